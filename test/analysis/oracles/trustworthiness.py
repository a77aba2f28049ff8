"""Trustworthiness and k-NN accuracy by scikit-learn: python trustworthiness.py > trustworthiness.json"""
import json

import numpy as np
import sklearn
from sklearn.manifold import trustworthiness
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

random = np.random.default_rng(0)
original = random.normal(size=(40, 4)).round(3)
embedded = (original[:, :2] + 0.8 * random.normal(size=(40, 2))).round(3)
labels = (original[:, 0] > 0).astype(int) + (original[:, 1] > 0.5)
accuracy = {k: cross_val_score(KNeighborsClassifier(k), embedded, labels, cv=LeaveOneOut()).mean() for k in (1, 5, 10)}
print(json.dumps({
    "versions": {"scikit-learn": sklearn.__version__},
    "original": original.flatten().tolist(),
    "embedded": embedded.flatten().tolist(),
    "labels": labels.tolist(),
    "trustworthiness": {k: trustworthiness(original, embedded, n_neighbors=k) for k in (1, 5, 12)},
    "accuracy": accuracy,
}))
