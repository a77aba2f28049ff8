"""Training-step times of the dense benchmark cases on JAX (CPU, jit); see torch_steps.py for the rest.

    python3 -m venv VENV && VENV/bin/pip install jax==0.10.2 jaxlib==0.10.2
    VENV/bin/python jax_steps.py [--runs RUNS] [CASE ...]
"""
import argparse, json, time
import jax, jax.numpy as jnp

key = jax.random.PRNGKey(0)


def median_ms(step, runs):
    for _ in range(runs // 4):
        step()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[len(times) // 2]


def nadam(params, grads, m, v, t, rate=1e-3, b1=.9, b2=.999, eps=1e-8):
    """One step of optax.nadam, written out so that JAX alone is needed; `t` counts from 1."""
    each = jax.tree.map
    m = each(lambda m, g: b1 * m + (1 - b1) * g, m, grads)
    v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, grads)
    ahead = each(lambda m, g: b1 * m / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1 ** t), m, grads)
    return each(lambda p, a, v: p - rate * a / (jnp.sqrt(v / (1 - b2 ** t)) + eps), params, ahead, v), m, v, t + 1


def mlp_ae(batch):
    sizes = [(784, 100), (100, 30), (30, 100), (100, 784)]
    params = [(jax.random.normal(key, s) * .05, jnp.zeros(s[1])) for s in sizes]
    x = jax.random.uniform(key, (batch, 784))

    def loss(params):
        h = x
        for i, (w, b) in enumerate(params):
            h = h @ w + b
            h = jax.nn.relu(h) if i < 3 else h
        return ((h - x) ** 2).mean()

    @jax.jit
    def update(params, m, v, t):
        return nadam(params, jax.grad(loss)(params), m, v, t)

    zeros = jax.tree.map(jnp.zeros_like, params)
    carry = [params, zeros, zeros, jnp.float32(1)]

    def step():
        carry[:] = update(*carry)
        jax.block_until_ready(carry)
    return step


CASES = {"mlp-ae-32": lambda: mlp_ae(32), "mlp-ae-128": lambda: mlp_ae(128)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    for case in arguments.cases or CASES:
        if case in CASES:
            print(json.dumps({"case": case, "peer": "jax-" + jax.__version__, "ms": round(median_ms(CASES[case](), arguments.runs), 3)}), flush=True)
