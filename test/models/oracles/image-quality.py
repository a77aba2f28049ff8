"""PSNR and SSIM of scikit-image for test/models/image-quality.test.ts, made once.

python3 image-quality.py > image-quality.json      (scikit-image 0.19.3)
"""
import json
import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def image(channels, height, width, phase):
    places = np.arange(channels * height * width).reshape(channels, height, width)
    return 0.5 + 0.3 * np.sin(0.11 * places + phase) + 0.2 * np.sin(1.7 * places)


cases = []
for channels, height, width in ((1, 16, 13), (3, 20, 24)):
    original, other = image(channels, height, width, 0.0), np.clip(image(channels, height, width, 0.4) + 0.05, 0, 1)
    similarity = structural_similarity(other, original, channel_axis=0, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    cases.append({"shape": [channels, height, width], "psnr": peak_signal_noise_ratio(original, other, data_range=1), "ssim": similarity})
print(json.dumps(cases, indent=2))
