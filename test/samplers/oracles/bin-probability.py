"""log of the area of N(mean, deviation^2) over the bin of an 8-bit value in [-1, 1], by SciPy: python3 bin-probability.py > bin-probability.json (SciPy 1.17)."""
import json
import numpy as np
from scipy.special import log_ndtr

HALF = 1 / 255
rows = []
for value in (0, 1, 100, 127, 200, 254, 255):
    x = value / 127.5 - 1
    for mean in (-1.0, -0.97, -0.2, 0.0, 0.003, 0.57, 0.99, 1.0):
        for deviation in (0.003, 0.005, 0.05, 0.6):
            low, high = (x - HALF - mean) / deviation, (x + HALF - mean) / deviation
            if value == 0:
                log = log_ndtr(high)
            elif value == 255:
                log = log_ndtr(-low)
            else:
                # In the tail where areas are small.
                a, b = (log_ndtr(high), log_ndtr(low)) if low + high < 0 else (log_ndtr(-low), log_ndtr(-high))
                log = a + np.log(-np.expm1(b - a))
            rows.append([x, mean, deviation, float(log)])
print(json.dumps(rows))
