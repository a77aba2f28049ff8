"""Small and large images of Pillow, and edges of SciPy, for test/data/pair-tasks.test.ts, made once.

python3 resampling.py > resampling.json      (Pillow 9.4.0, scipy 1.10.1)
"""
import json
import numpy as np
from PIL import Image
from scipy import ndimage

HEIGHT, WIDTH = 8, 12
image = (np.arange(HEIGHT * WIDTH) ** 2 * 7 % 256).reshape(HEIGHT, WIDTH).astype("float32")


def through(factor):
    small = Image.fromarray(image).resize((WIDTH // factor, HEIGHT // factor), Image.BOX)
    return np.asarray(small.resize((WIDTH, HEIGHT), Image.BICUBIC))


edges = np.hypot(ndimage.sobel(image, axis=0, mode="nearest"), ndimage.sobel(image, axis=1, mode="nearest")) / 4
listed = lambda values: [round(float(value), 4) for value in values.flatten()]
print(json.dumps({
    "shape": [HEIGHT, WIDTH],
    "image": [int(value) for value in image.flatten()],
    "superres": {factor: listed(through(factor)) for factor in (2, 4)},
    "edges": listed(edges),
}))
