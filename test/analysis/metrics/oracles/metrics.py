"""Scores of two sets of features by numpy and scipy: python metrics.py > metrics.json"""
import json

import numpy as np
import scipy
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.special import rel_entr, softmax

random = np.random.default_rng(0)
SIZE, BLOCKS, K, SPLITS = 4, 10, 5, 3
real = random.normal(size=(60, SIZE)).round(3)
made = (0.7 * random.normal(size=(60, SIZE)) @ random.normal(size=(SIZE, SIZE)) + 0.4).round(3)
# Fewer points than values: their covariances are singular.
few = [random.normal(size=(3, 6)).round(3), (random.normal(size=(4, 6)) + 1).round(3)]
probabilities = softmax(2 * random.normal(size=(30, SIZE)), axis=1).round(4)


def frechet(a, b):
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c + d - 2 * sqrtm(c @ d).real))


def kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def unbiased(x, y):
    n = len(x)
    within = sum((k.sum() - np.trace(k)) / (n * (n - 1)) for k in (kernel(x, x), kernel(y, y)))
    return within - 2 * kernel(x, y).mean()


blocks = [unbiased(x, y) for x, y in zip(np.split(real, BLOCKS), np.split(made, BLOCKS))]


def radii(x):
    return np.sort(cdist(x, x), axis=1)[:, K]  # the first is the point itself


distances = cdist(real, made)
in_real, in_made = distances <= radii(real)[:, None], distances <= radii(made)[None, :]
parts = np.array_split(probabilities, SPLITS)
scores = [np.exp(rel_entr(part, part.mean(0)).sum(1).mean()) for part in parts]

print(json.dumps({
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
    "size": SIZE,
    "real": real.flatten().tolist(),
    "made": made.flatten().tolist(),
    "frechet": frechet(real, made),
    "kernel": {"mean": float(np.mean(blocks)), "standardError": float(np.std(blocks, ddof=1) / np.sqrt(BLOCKS))},
    "precisionRecall": {
        "precision": float(in_real.any(0).mean()),
        "recall": float(in_made.any(1).mean()),
        "density": float(in_real.sum() / (K * len(made))),
        "coverage": float(in_real.any(1).mean()),
    },
    "nearest": {"indices": distances.argmin(0).tolist(), "distances": distances.min(0).tolist()},
    "few": [x.flatten().tolist() for x in few],
    "frechetOfFew": frechet(*few),
    "probabilities": probabilities.flatten().tolist(),
    "inceptionScore": {"mean": float(np.mean(scores)), "standardDeviation": float(np.std(scores))},
}))
