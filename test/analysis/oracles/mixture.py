"""scikit-learn's GaussianMixture from a given start: python mixture.py > mixture.json"""
import json

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

random = np.random.default_rng(0)
points = np.concatenate([
    random.multivariate_normal([0, 0, 0], [[1, 0.6, 0], [0.6, 2, 0.3], [0, 0.3, 0.5]], 60),
    random.multivariate_normal([2, -1, 1], [[0.5, -0.2, 0.1], [-0.2, 0.4, 0], [0.1, 0, 1.5]], 40),
]).round(3)
start = {"weights": [0.5, 0.5], "means": [[0, 0, 0], [1, 0, 0]]}


def fitted(iterations):
    mixture = GaussianMixture(2, max_iter=iterations, tol=0, reg_covar=1e-3, weights_init=start["weights"], means_init=start["means"], precisions_init=[np.eye(3).tolist()] * 2)
    mixture.fit(points)
    return {
        "iterations": iterations,
        "weights": mixture.weights_.tolist(),
        "means": mixture.means_.tolist(),
        "covariances": mixture.covariances_.reshape(2, 9).tolist(),
        "meanLogLikelihood": mixture.score(points),
    }


print(json.dumps({"version": f"scikit-learn {sklearn.__version__}", "regularization": 1e-3, "points": points.ravel().tolist(), "start": start, "fits": [fitted(1), fitted(7)]}))
