"""Areas under ROC curves (from the U statistic of scipy) and quantiles (numpy): python3 anomaly.py > anomaly.json"""
import json
import numpy as np
from scipy.stats import mannwhitneyu

rng = np.random.default_rng(3)
cases = []
for n, levels in [(40, 1000), (60, 5), (30, 2)]:
    anomalous = rng.random(n) < 0.3
    scores = np.round(rng.normal(size=n) + anomalous, 3 if levels == 1000 else 0) if levels > 2 else rng.integers(0, 2, n).astype(float)
    u = mannwhitneyu(scores[anomalous], scores[~anomalous]).statistic
    cases.append({
        "scores": scores.tolist(),
        "anomalous": anomalous.astype(int).tolist(),
        "auc": float(u / (anomalous.sum() * (~anomalous).sum())),
        "quantiles": {str(q): float(np.quantile(scores, q)) for q in (0, 0.1, 0.5, 0.99, 1)},
    })
print(json.dumps(cases))
