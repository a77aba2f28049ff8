"""What the papers' algorithms do, in the papers' own coordinates: python make.py > samplers.json      (numpy 2.4.6)

DDPM, DDIM, DPM-Solver++ and UniPC are written for x_t = alpha_t x0 + sigma_t n with alpha_t^2 + sigma_t^2 = 1 and a network that predicts the noise; EDM for
x = x0 + sigma n. Every x that is stored was divided by its alpha_t, and so is x0 + sigma n. Nothing here is shared with the code that is tested.

Compared once, in float64, with the same denoiser, levels and noise: k-diffusion 0.2.0.dev0 (sample_euler, sample_heun with and without churn, sample_dpmpp_2m) and
diffusers 0.40.0.dev0 (UniPCMultistepScheduler of order 2 with bh2, DDIMScheduler, DDPMScheduler with either variance) differ by no more than 2e-15, relative to the
larger of 1 and the value.
"""
import json

import numpy as np

SIGMAS = np.array([40.0, 14.0, 6.0, 2.5, 1.1, 0.45, 0.12, 0.02])
STARTS = np.array([-62.0, -9.5, 3.25, 48.0])
MEAN, DEVIATION = 0.5, 0.3
NOISES = np.sin(1.0 + 1.7 * np.arange(SIGMAS.size * STARTS.size)).reshape(SIGMAS.size, STARTS.size) * 1.4


def denoiser(x, sigma):
    """D(x; sigma): that of N(MEAN, DEVIATION^2), and something that is not linear."""
    return (DEVIATION**2 * x + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2) + 0.1 * np.sin(3 * x) * np.exp(-sigma)


ALPHAS_CUMPROD = 1 / (1 + SIGMAS**2)


def predicted_share(x, sigma):
    """v(x; sigma) of a model that learns variances."""
    return 0.5 + 0.4 * np.sin(x) + 0.1 * np.cos(sigma)


def predicted_noise(x_t, alpha_cumprod):
    """epsilon(x_t, t) of the same denoiser."""
    scale, spread = np.sqrt(alpha_cumprod), np.sqrt(1 - alpha_cumprod)
    return (x_t - scale * denoiser(x_t / scale, spread / scale)) / spread


def walk(step):
    """x after each step(x_t, i) -> x_{t-1}; times run from the noisiest level down."""
    x_t, visited = STARTS * np.sqrt(ALPHAS_CUMPROD[0]), []
    for i in range(SIGMAS.size - 1):
        x_t = step(x_t, i)
        visited.append((x_t / np.sqrt(ALPHAS_CUMPROD[i + 1])).tolist())
    return visited


def ddpm(variance):
    """Ho et al. 2020: algorithm 2; sigma_t^2 is beta~_t of equation 7 or beta_t (section 3.2), or between them by equation 15 of Nichol & Dhariwal 2021."""

    def step(x_t, i):
        a, a_before = ALPHAS_CUMPROD[i], ALPHAS_CUMPROD[i + 1]
        alpha_t = a / a_before
        beta_t = 1 - alpha_t
        posterior = (1 - a_before) / (1 - a) * beta_t
        v = {"small": 0, "large": 1, "learned": predicted_share(x_t / np.sqrt(a), SIGMAS[i])}[variance]
        spread = np.sqrt(np.exp(v * np.log(beta_t) + (1 - v) * np.log(posterior)))
        return (x_t - beta_t / np.sqrt(1 - a) * predicted_noise(x_t, a)) / np.sqrt(alpha_t) + spread * NOISES[i]

    return walk(step)


def ddim(eta):
    """Song et al. 2021: equations 12 and 16, whose alpha is the product that Ho et al. call alpha with a bar."""

    def step(x_t, i):
        a, a_before = ALPHAS_CUMPROD[i], ALPHAS_CUMPROD[i + 1]
        spread = eta * np.sqrt((1 - a_before) / (1 - a)) * np.sqrt(1 - a / a_before)
        noise = predicted_noise(x_t, a)
        x0 = (x_t - np.sqrt(1 - a) * noise) / np.sqrt(a)
        return np.sqrt(a_before) * x0 + np.sqrt(1 - a_before - spread**2) * noise + spread * NOISES[i]

    return walk(step)


ALPHA, SIGMA = np.sqrt(ALPHAS_CUMPROD), np.sqrt(1 - ALPHAS_CUMPROD)
LAMBDA = np.log(ALPHA / SIGMA)


def predicted_x0(x_t, i):
    return (x_t - SIGMA[i] * predicted_noise(x_t, ALPHAS_CUMPROD[i])) / ALPHA[i]


def dpm_solver():
    """Lu et al. 2022, DPM-Solver++: algorithm 2."""
    buffer = []

    def step(x_t, i):
        buffer.append(predicted_x0(x_t, i))
        h = LAMBDA[i + 1] - LAMBDA[i]
        if i == 0:
            d = buffer[0]
        else:
            r = (LAMBDA[i] - LAMBDA[i - 1]) / h
            d = (1 + 1 / (2 * r)) * buffer[i] - 1 / (2 * r) * buffer[i - 1]
        return SIGMA[i + 1] / SIGMA[i] * x_t - ALPHA[i + 1] * (np.exp(-h) - 1) * d

    return walk(step)


def unipc():
    """Zhao et al. 2023: UniC-2 after UniP-2, with predictions of x0 and B_2; the first step is UniP-1, corrected by UniC-1. As in the authors' code, a is 1/2 where there is one of them."""
    order, predictions = 2, []

    def update(x_start, i, p, corrected_by=None):
        """x at level i + 1 from x at level i by the p predictions up to level i, and by that at level i + 1 if it is known."""
        h = LAMBDA[i + 1] - LAMBDA[i]
        r = [(LAMBDA[i - m] - LAMBDA[i]) / h for m in range(1, p)]
        differences = [predictions[i - m] - predictions[i] for m in range(1, p)]
        if corrected_by is not None:
            r, differences = r + [1.0], differences + [corrected_by - predictions[i]]
        count = len(r)
        b = np.exp(-h) - 1
        # phi_{k+1}(-h) = (phi_k(-h) - 1 / k!) / -h, phi_0(-h) = exp(-h).
        phi, factorials = [np.exp(-h)], [1.0]
        for k in range(count + 1):
            phi.append((phi[k] - 1 / factorials[k]) / -h)
            factorials.append(factorials[k] * (k + 1))
        # With x0, -h takes the place of h: sum a_m r_m^(n-1) = n! (-h) phi_{n+1}(-h) / B(-h).
        wanted = np.array([factorials[n] * -h * phi[n + 1] / b for n in range(1, count + 1)])
        a = np.full(1, 0.5) if count == 1 else np.linalg.solve(np.vander(r, increasing=True).T, wanted)
        return SIGMA[i + 1] / SIGMA[i] * x_start - ALPHA[i + 1] * b * (predictions[i] + sum(a_m * d / r_m for a_m, d, r_m in zip(a, differences, r)))

    x = [STARTS * ALPHA[0]]

    def step(x_t, i):
        found = predicted_x0(x_t, i)
        if i > 0:
            x[i] = update(x[i - 1], i - 1, min(i, order), found)
        predictions.append(found)
        x.append(update(x[i], i, min(i + 1, order)))
        return x[i + 1]

    return walk(step)


def edm(heun, churn=0.0, churn_from=0.0, churn_to=np.inf, churn_noise=1.0):
    """Karras et al. 2022: algorithm 2 up to the last sigma above 0; without `heun` each step ends at its line 8."""
    x, visited = STARTS, []
    for i in range(SIGMAS.size - 1):
        gamma = min(churn / SIGMAS.size, np.sqrt(2) - 1) if churn_from <= SIGMAS[i] <= churn_to else 0
        hat = SIGMAS[i] + gamma * SIGMAS[i]
        x_hat = x + np.sqrt(hat**2 - SIGMAS[i] ** 2) * churn_noise * NOISES[i]
        d = (x_hat - denoiser(x_hat, hat)) / hat
        x = x_hat + (SIGMAS[i + 1] - hat) * d
        if heun:
            d_there = (x - denoiser(x, SIGMAS[i + 1])) / SIGMAS[i + 1]
            x = x_hat + (SIGMAS[i + 1] - hat) * (d / 2 + d_there / 2)
        visited.append(x.tolist())
    return visited


def consistency():
    """Song et al. 2023: algorithm 1 with epsilon 0."""
    x, visited = STARTS, []
    for i in range(SIGMAS.size - 1):
        x = denoiser(x, SIGMAS[i]) + SIGMAS[i + 1] * NOISES[i]
        visited.append(x.tolist())
    return visited


if __name__ == "__main__":
    churn = {"churn": 2.4, "churnFrom": 0.2, "churnTo": 20.0, "churnNoise": 1.007}
    cases = [
        {"sampler": "ddpm", "options": {"variance": "small"}, "visited": ddpm("small")},
        {"sampler": "ddpm", "options": {"variance": "large"}, "visited": ddpm("large")},
        {"sampler": "ddpm", "options": {"variance": "learned"}, "visited": ddpm("learned")},
        {"sampler": "ddim", "options": {"eta": 0}, "visited": ddim(0)},
        {"sampler": "ddim", "options": {"eta": 0.5}, "visited": ddim(0.5)},
        {"sampler": "ddim", "options": {"eta": 1}, "visited": ddim(1)},
        {"sampler": "euler", "options": {}, "visited": edm(False)},
        {"sampler": "heun", "options": {}, "visited": edm(True)},
        {"sampler": "heun", "options": churn, "visited": edm(True, *churn.values())},
        {"sampler": "heun", "options": {"churn": 100}, "visited": edm(True, 100)},
        {"sampler": "dpm-solver", "options": {}, "visited": dpm_solver()},
        {"sampler": "unipc", "options": {}, "visited": unipc()},
        {"sampler": "consistency", "options": {}, "visited": consistency()},
    ]
    print(json.dumps({"mean": MEAN, "deviation": DEVIATION, "sigmas": SIGMAS.tolist(), "starts": STARTS.tolist(), "noises": NOISES.tolist(), "cases": cases}))
