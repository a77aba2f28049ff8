"""Values and gradients of Keras' recurrent layers for test/nn/recurrent.test.ts, made once.

KERAS_VENV/bin/python recurrent.py > recurrent.json      (keras 3.15.1 on tensorflow 2.21.0)
"""
import json
import numpy as np
import keras
import tensorflow as tf

keras.backend.set_floatx("float64")


def values(*shape, phase=0.0):
    return (np.sin(np.arange(int(np.prod(shape))) * 1.7 + phase).reshape(shape) * 1.5).astype("float64")


flat = lambda x: np.asarray(x).flatten().tolist()
BATCH, STEPS, FEATURES, UNITS = 2, 4, 3, 5
x = values(BATCH, STEPS, FEATURES)
out = {}
for kind, gates in (("LSTM", 4), ("GRU", 3)):
    for sequences in (False, True):
        layer = getattr(keras.layers, kind)(UNITS, return_sequences=sequences)
        layer.build((None, STEPS, FEATURES))
        first = {w.name: flat(w) for w in layer.weights if w.name == "bias"}
        width = gates * UNITS
        layer.set_weights([0.4 * values(FEATURES, width, phase=1.0), 0.4 * values(UNITS, width, phase=2.0), 0.4 * values(*layer.weights[2].shape, phase=3.0)])
        variable = tf.Variable(x)
        with tf.GradientTape() as tape:
            y = layer(variable)
            loss = tf.reduce_sum(tf.square(y))
        gradients = tape.gradient(loss, [variable, *[w.value for w in layer.weights]])
        out[f"{kind}-{'sequences' if sequences else 'last'}"] = {"y": flat(y), "firstBias": first["bias"], "gradients": [flat(g) for g in gradients]}
print(json.dumps(out))
