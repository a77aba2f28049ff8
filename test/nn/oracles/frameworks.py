"""Values of Keras and PyTorch for test/nn, made once.

KERAS_VENV/bin/python frameworks.py keras > keras.json      (keras 3.15.1 on tensorflow 2.21.0)
TORCH_VENV/bin/python frameworks.py torch > pytorch.json    (torch 2.13.0)
"""
import json, math, sys
import numpy as np


def values(*shape, phase=0.0):
    return (np.sin(np.arange(int(np.prod(shape))) * 1.7 + phase).reshape(shape) * 1.5).astype("float64")


def entry(y, **inputs):
    return {"y": np.asarray(y, "float64").flatten().tolist(), "shape": list(np.shape(y)), **{k: np.asarray(v).flatten().tolist() for k, v in inputs.items()}}


def with_keras():
    import keras
    keras.backend.set_floatx("float64")
    nhwc, nchw = lambda x: np.transpose(x, (0, 2, 3, 1)), lambda y: np.transpose(np.asarray(y), (0, 3, 1, 2))
    out = {}
    image = values(2, 3, 7, 5)
    for padding in ("same", "valid"):
        for stride in (1, 2, 3):
            kernel = values(4, 3, 3, 2, phase=1.0)  # [out, in, h, w]
            layer = keras.layers.Conv2D(4, (3, 2), strides=stride, padding=padding, use_bias=False)
            layer.build((None, 7, 5, 3))
            layer.set_weights([np.transpose(kernel, (2, 3, 1, 0))])
            out[f"conv-{padding}-{stride}"] = entry(nchw(layer(nhwc(image))))
            kernel = values(3, 4, 3, 2, phase=1.0)  # [in, out, h, w]
            layer = keras.layers.Conv2DTranspose(4, (3, 2), strides=stride, padding=padding, use_bias=False)
            layer.build((None, 7, 5, 3))
            layer.set_weights([np.transpose(kernel, (2, 3, 1, 0))])
            out[f"transposed-{padding}-{stride}"] = entry(nchw(layer(nhwc(image))))
    for padding in ("same", "valid"):
        out[f"max-{padding}"] = entry(nchw(keras.layers.MaxPooling2D((3, 2), strides=2, padding=padding)(nhwc(image))))
        out[f"average-{padding}"] = entry(nchw(keras.layers.AveragePooling2D((3, 2), strides=2, padding=padding)(nhwc(image))))
    norm = keras.layers.BatchNormalization(axis=1)
    norm.build((None, 3, 7, 5))
    norm.set_weights([values(3, phase=2.0), values(3, phase=3.0), np.zeros(3), np.ones(3)])
    y = norm(image, training=True)
    out["batchNorm-training"] = entry(y, mean=norm.moving_mean, variance=norm.moving_variance)
    out["batchNorm-inference"] = entry(norm(image, training=False))
    layer = keras.layers.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5)
    layer.build((None, 3, 7, 5))
    out["layerNorm"] = entry(layer(image))
    from keras.src.initializers.random_initializers import compute_fans
    out["fans"] = {"conv": compute_fans((3, 2, 6, 8)), "transposed": compute_fans((3, 2, 8, 6))}  # [h, w, in, out] and [h, w, out, in]
    dense = keras.layers.Dense(4, activation="selu")
    dense.build((None, 5))
    dense.set_weights([values(5, 4, phase=1.0), values(4, phase=2.0)])
    out["dense"] = entry(dense(values(3, 5)))
    p, t = values(4, 3), (values(4, 3, phase=1.0) + 1.5) / 3
    losses = keras.losses
    out["losses"] = {
        "mse": float(losses.MeanSquaredError()(t, p)), "mae": float(losses.MeanAbsoluteError()(t, p)), "huber": float(losses.Huber(0.8)(t, p)),
        "bce": float(losses.BinaryCrossentropy(from_logits=True)(t, p)),
        "cce": float(losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([0, 2, 1, 1]), p)),
        "ccePerExample": losses.CategoricalCrossentropy(from_logits=True, reduction="none")(t / t.sum(1, keepdims=True), p).numpy().tolist(),
    }
    return out


def with_torch():
    import torch, torch.nn as nn, torch.nn.functional as F
    torch.set_default_dtype(torch.float64)
    image, t = torch.tensor(values(2, 4, 5, 3)), torch.tensor
    p, target = t(values(4, 3)), t((values(4, 3, phase=1.0) + 1.5) / 3)
    norm = nn.BatchNorm2d(4, momentum=0.1, eps=1e-5)
    normalized = norm(image)
    return {
        "batchNorm": entry(normalized.detach(), mean=norm.running_mean),
        "grouped": entry(F.conv2d(image, t(values(6, 2, 2, 2, phase=1.0)), stride=(2, 1), padding=(2, 1), dilation=(2, 1), groups=2)),
        "groupedTransposed": entry(F.conv_transpose2d(image, t(values(4, 3, 2, 2, phase=1.0)), stride=(2, 1), padding=(1, 0), dilation=(2, 1), groups=2)),
        "groupNorm": entry(F.group_norm(image, 2, t(values(4, phase=2.0)), t(values(4, phase=3.0)))),
        "transposed": entry(F.conv_transpose2d(image, t(values(4, 2, 3, 3, phase=1.0)), t(values(2, phase=2.0)), stride=2, padding=1, output_padding=1)),
        "losses": {
            "huber": F.huber_loss(p, target, delta=0.8).item(), "bce": F.binary_cross_entropy_with_logits(p, target, reduction="sum").item(),
            "cce": F.cross_entropy(p, t([0, 2, 1, 1])).item(),
            "kl": torch.distributions.kl_divergence(torch.distributions.Normal(p, torch.exp(0.5 * target)), torch.distributions.Normal(0.0, 1.0)).flatten().tolist(),
            "klNormals": torch.distributions.kl_divergence(torch.distributions.Normal(p, torch.exp(0.5 * target)), torch.distributions.Normal(target, torch.exp(0.5 * p))).flatten().tolist(),
            "klBernoulli": torch.distributions.kl_divergence(torch.distributions.Bernoulli(t(0.1)), torch.distributions.Bernoulli(target.clamp(0.01, 0.99))).flatten().tolist(),
        },
    }


print(json.dumps(with_keras() if sys.argv[1] == "keras" else with_torch()))
