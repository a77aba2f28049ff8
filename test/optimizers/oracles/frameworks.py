"""Parameters after each of 20 updates with given gradients, for test/optimizers, made once.

KERAS_VENV/bin/python frameworks.py keras > keras.json      (keras 3.15.1 on tensorflow 2.21.0)
TORCH_VENV/bin/python frameworks.py torch > pytorch.json    (torch 2.13.0)
"""
import json, sys
import numpy as np

START = np.array([0.5, -1.0, 2.0, 0.1])


def gradient(step, p):
    return np.sin(np.arange(4) * 1.3 + step * 0.7) * 0.3 + 0.2 * p


def with_keras():
    import keras
    keras.backend.set_floatx("float64")
    o = keras.optimizers
    makers = {
        "nadam": lambda: o.Nadam(0.01), "adam": lambda: o.Adam(0.01, epsilon=1e-12), "adamw": lambda: o.AdamW(0.01, weight_decay=0.1, epsilon=1e-12), "rmsprop": lambda: o.RMSprop(0.01),
        "rmsprop-centered": lambda: o.RMSprop(0.01, momentum=0.5, centered=True), "sgd": lambda: o.SGD(0.01), "sgd-momentum": lambda: o.SGD(0.01, momentum=0.9),
        "sgd-nesterov": lambda: o.SGD(0.01, momentum=0.9, nesterov=True), "nadam-clipped": lambda: o.Nadam(0.01, global_clipnorm=0.4),
    }
    out = {}
    for name, make in makers.items():
        p, optimizer, path = keras.Variable(START, dtype="float64"), make(), []
        for step in range(20):
            optimizer.apply([keras.ops.convert_to_tensor(gradient(step, p.numpy()))], [p])
            path.append(p.numpy().tolist())
        out[name] = path
    cosine = o.schedules.CosineDecay(0.1, 10, alpha=0.2)
    exponential = o.schedules.ExponentialDecay(0.1, 4, 0.5)
    stairs = o.schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True)
    out["schedules"] = {"cosine": [float(cosine(i)) for i in range(15)], "exponential": [float(exponential(i)) for i in range(15)], "stairs": [float(stairs(i)) for i in range(15)]}
    return out


def with_torch():
    import torch
    o = torch.optim
    makers = {
        "adam": lambda p: o.Adam(p, 0.01), "adamw": lambda p: o.AdamW(p, 0.01, weight_decay=0.1), "sgd-momentum": lambda p: o.SGD(p, 0.01, momentum=0.9),
        "sgd-nesterov": lambda p: o.SGD(p, 0.01, momentum=0.9, nesterov=True),
    }
    out = {}
    for name, make in makers.items():
        p = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
        optimizer, path = make([p]), []
        for step in range(20):
            p.grad = torch.tensor(gradient(step, p.detach().numpy()))
            optimizer.step()
            path.append(p.tolist())
        out[name] = path
    return out


print(json.dumps(with_keras() if sys.argv[1] == "keras" else with_torch()))
