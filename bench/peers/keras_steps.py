"""Training-step times of the benchmark cases on Keras with TensorFlow (CPU), except the U-Net; see torch_steps.py for the rest.

    python3 -m venv VENV && VENV/bin/pip install tensorflow_cpu==2.21.0 keras==3.15.1
    OMP_NUM_THREADS=2 VENV/bin/python keras_steps.py [--runs RUNS] [CASE ...]
"""
import argparse, json, os, time
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
import keras, tensorflow as tf
L = keras.layers
tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("OMP_NUM_THREADS", 0)))  # 0: as many as cores


def median_ms(step, runs):
    for _ in range(runs // 4):
        step()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[len(times) // 2]


def minimize(loss, variables, optimizer):
    optimizer.build(variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss()
        optimizer.apply(tape.gradient(value, variables), variables)
        return value
    return step


def mlp_ae(batch):
    net = keras.Sequential([keras.Input((784,)), L.Dense(100, "relu"), L.Dense(30, "relu"), L.Dense(100, "relu"), L.Dense(784)])
    x = tf.random.uniform((batch, 784))
    return minimize(lambda: tf.reduce_mean((net(x, training=True) - x) ** 2), net.trainable_variables, keras.optimizers.Nadam())


def conv_vae(batch):
    enc = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(32, 3, 2, "same", activation="relu"),
                            L.Conv2D(64, 3, 2, "same", activation="relu"), L.Flatten(), L.Dense(32)])
    dec = keras.Sequential([keras.Input((16,)), L.Dense(3136, "relu"), L.Reshape((7, 7, 64)),
                            L.Conv2DTranspose(64, 3, 2, "same", activation="relu"),
                            L.Conv2DTranspose(32, 3, 2, "same", activation="relu"), L.Conv2D(1, 3, padding="same")])
    x = tf.random.uniform((batch, 28, 28, 1))

    def loss():
        mean, log_var = tf.split(enc(x, training=True), 2, axis=1)
        logits = dec(mean + tf.exp(.5 * log_var) * tf.random.normal((batch, 16)), training=True)
        rec = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, logits))
        return (rec - .5 * tf.reduce_sum(1 + log_var - mean * mean - tf.exp(log_var))) / batch
    return minimize(loss, enc.trainable_variables + dec.trainable_variables, keras.optimizers.Adam())


def dcgan(batch):
    g = keras.Sequential([keras.Input((100,)), L.Dense(6272), L.Reshape((7, 7, 128)), L.BatchNormalization(),
                          L.Conv2DTranspose(64, 5, 2, "same", activation="relu"), L.BatchNormalization(),
                          L.Conv2DTranspose(1, 5, 2, "same", activation="tanh")])
    d = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(64, 5, 2, "same"), L.LeakyReLU(negative_slope=.2), L.Dropout(.4),
                          L.Conv2D(128, 5, 2, "same"), L.LeakyReLU(negative_slope=.2), L.Dropout(.4), L.Flatten(), L.Dense(1)])
    og, od = keras.optimizers.RMSprop(), keras.optimizers.RMSprop()
    og.build(g.trainable_variables)
    od.build(d.trainable_variables)
    real, bce = tf.random.uniform((batch, 28, 28, 1)), keras.losses.BinaryCrossentropy(from_logits=True)
    ones = tf.ones((batch, 1))
    targets = tf.concat([tf.zeros((batch, 1)), ones], 0)

    @tf.function
    def step():
        fake = g(tf.random.normal((batch, 100)), training=True)
        with tf.GradientTape() as tape:
            loss = bce(targets, d(tf.concat([fake, real], 0), training=True))
        od.apply(tape.gradient(loss, d.trainable_variables), d.trainable_variables)
        with tf.GradientTape() as tape:
            loss = bce(ones, d(g(tf.random.normal((batch, 100)), training=True), training=True))
        og.apply(tape.gradient(loss, g.trainable_variables), g.trainable_variables)
    return step


CASES = {"mlp-ae-32": lambda: mlp_ae(32), "mlp-ae-128": lambda: mlp_ae(128), "conv-vae-128": lambda: conv_vae(128), "dcgan-32": lambda: dcgan(32)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    peer = "keras-" + keras.__version__ + "-tensorflow-" + tf.__version__
    for case in arguments.cases or CASES:
        if case in CASES:
            print(json.dumps({"case": case, "peer": peer, "ms": round(median_ms(CASES[case](), arguments.runs), 3)}), flush=True)
