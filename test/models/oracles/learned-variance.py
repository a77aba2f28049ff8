"""The hybrid loss of Nichol & Dhariwal 2021 in the paper's coordinates: python learned-variance.py > learned-variance.json      (numpy 2.4.6)

x_t = sqrt(a_t) x0 + sqrt(1 - a_t) n. Equations 4 to 7 for the terms of the bound, equation 15 for the variance, Ho et al. 2020, equation 13, for t = 1. The variances of the
reverse steps are those of the code of Nichol & Dhariwal: at t = 1 the posterior's is that of t = 2. Nothing here is shared with the code that is tested.
"""
import json
from math import erf, inf, log, sqrt

import numpy as np

BETAS = np.array([0.02, 0.1, 0.3, 0.7])
A = np.cumprod(1 - BETAS)
A_BEFORE = np.append(1.0, A[:-1])
POSTERIOR = BETAS * (1 - A_BEFORE) / (1 - A)
SMALL = np.log(np.append(POSTERIOR[1], POSTERIOR[1:]))
LARGE = np.log(BETAS)


def phi(value):
    return 0.5 * (1 + erf(value / sqrt(2)))


def term(x0, noise, expected, v, t):
    i = t - 1
    x_t = sqrt(A[i]) * x0 + sqrt(1 - A[i]) * noise

    def posterior_mean(clean):
        return sqrt(A_BEFORE[i]) * BETAS[i] / (1 - A[i]) * clean + sqrt(1 - BETAS[i]) * (1 - A_BEFORE[i]) / (1 - A[i]) * x_t

    log_variance = v * LARGE[i] + (1 - v) * SMALL[i]
    mean = posterior_mean(expected)
    if t == 1:
        upper = inf if x0 > 0.999 else (x0 + 1 / 255 - mean) / sqrt(np.exp(log_variance))
        lower = -inf if x0 < -0.999 else (x0 - 1 / 255 - mean) / sqrt(np.exp(log_variance))
        return -log(max(phi(upper) - phi(lower), 1e-12)) / log(2)
    true = posterior_mean(x0)
    return 0.5 * (log_variance - SMALL[i] + np.exp(SMALL[i] - log_variance) + (true - mean) ** 2 / np.exp(log_variance) - 1) / log(2)


X0 = [[-1.0, 1.0, 0.2, -51 / 255], [0.6, -0.2, 1.0, -1.0], [-1.0, 0.0, 0.1, 0.8], [0.3, -0.3, 0.9, 1.0], [1.0, -1.0, 5 / 255, 0.0]]
EXPECTED = [[-0.98, 0.99, 0.21, -0.3], [0.5, -0.1, 0.7, -0.9], [-0.8, 0.2, 0.4, 0.5], [0.1, 0.1, 0.1, 0.1], [0.5, -0.5, 0.03, 0.01]]
SHARE = [[0.0, 1.0, 0.5, 0.3], [0.2, 0.4, 0.6, 0.8], [1.0, 0.9, 0.1, 0.0], [0.5, -0.1, 1.1, 0.7], [0.1, 0.2, 0.3, 0.4]]
TIME = [1, 2, 3, 4, 1]
NOISE = 0.4
terms = [np.mean([term(x, NOISE, e, v, t) for x, e, v in zip(*row)]) for *row, t in zip(X0, EXPECTED, SHARE, TIME)]
print(json.dumps({"alphasCumprod": A.tolist(), "x0": X0, "expected": EXPECTED, "share": SHARE, "time": TIME, "terms": terms, "logVariances": {"small": SMALL.tolist(), "large": LARGE.tolist()}}))
