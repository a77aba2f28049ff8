"""Training-step times of the benchmark cases on PyTorch (CPU).

A peer's side of `npm run bench`: the same networks, batch sizes and optimizers as bench/cases.ts, one JSON line per
case: {"case", "peer", "ms"} with ms the median wall time of RUNS training steps after a warm-up of a quarter as many.
Without names all cases; names that are not cases here are passed over.

    python3 -m venv VENV && VENV/bin/pip install torch==2.13.0 numpy
    OMP_NUM_THREADS=2 VENV/bin/python torch_steps.py [--compile] [--runs RUNS] [CASE ...]
"""
import argparse, json, math, time
import torch, torch.nn as nn, torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--compile", action="store_true", help="networks by torch.compile")
parser.add_argument("--runs", type=int, default=40)
parser.add_argument("cases", nargs="*")
arguments = parser.parse_args()
torch.manual_seed(0)


def median_ms(step, runs):
    for _ in range(runs // 4):
        step()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[len(times) // 2]


def supervised(model, loss, optimizer):
    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(model).backward()
        optimizer.step()
    return step


def maybe_compile(model):
    return torch.compile(model) if arguments.compile else model


def mlp_ae(batch):
    """784-100-30-100-784, ReLU, MSE, Nadam."""
    net = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 30), nn.ReLU(),
                        nn.Linear(30, 100), nn.ReLU(), nn.Linear(100, 784))
    x = torch.rand(batch, 784)
    return supervised(maybe_compile(net), lambda m: F.mse_loss(m(x), x), torch.optim.NAdam(net.parameters()))


class ConvVae(nn.Module):
    """conv 3x3/2 32, conv 3x3/2 64, dense to 16+16, dense 3136, convT 3x3/2 64, convT 3x3/2 32, conv 3x3 1."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(), nn.Flatten())
        self.mean, self.log_var, self.expand = nn.Linear(3136, 16), nn.Linear(3136, 16), nn.Linear(16, 3136)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(64, 64, 3, 2, 1, 1), nn.ReLU(),
                                     nn.ConvTranspose2d(64, 32, 3, 2, 1, 1), nn.ReLU(), nn.Conv2d(32, 1, 3, 1, 1))

    def forward(self, x):
        h = self.encoder(x)
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return self.decoder(F.relu(self.expand(z)).view(-1, 64, 7, 7)), mean, log_var


def conv_vae(batch):
    net, x = ConvVae(), torch.rand(batch, 1, 28, 28)

    def loss(m):
        logits, mean, log_var = m(x)
        kl = -0.5 * (1 + log_var - mean * mean - log_var.exp()).sum()
        return (F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + kl) / batch
    return supervised(maybe_compile(net), loss, torch.optim.Adam(net.parameters()))


def dcgan(batch):
    """The book's DCGAN (codings 100): one discriminator step on fake+real, one generator step; RMSprop."""
    g = nn.Sequential(nn.Linear(100, 6272), nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128),
                      nn.ConvTranspose2d(128, 64, 5, 2, 2, 1), nn.ReLU(), nn.BatchNorm2d(64),
                      nn.ConvTranspose2d(64, 1, 5, 2, 2, 1), nn.Tanh())
    d = nn.Sequential(nn.Conv2d(1, 64, 5, 2, 2), nn.LeakyReLU(.2), nn.Dropout(.4),
                      nn.Conv2d(64, 128, 5, 2, 2), nn.LeakyReLU(.2), nn.Dropout(.4), nn.Flatten(), nn.Linear(6272, 1))
    og, od = torch.optim.RMSprop(g.parameters()), torch.optim.RMSprop(d.parameters())
    real, ones = torch.rand(batch, 1, 28, 28) * 2 - 1, torch.ones(batch, 1)
    targets, bce = torch.cat([torch.zeros(batch, 1), ones]), F.binary_cross_entropy_with_logits
    gm, dm = maybe_compile(g), maybe_compile(d)

    def step():
        with torch.no_grad():
            fake = gm(torch.randn(batch, 100))
        od.zero_grad(set_to_none=True)
        bce(dm(torch.cat([fake, real])), targets).backward()
        od.step()
        og.zero_grad(set_to_none=True)
        bce(dm(gm(torch.randn(batch, 100))), ones).backward()
        og.step()
    return step


class ResBlock(nn.Module):
    def __init__(self, cin, cout, temb=128):
        super().__init__()
        self.n1, self.c1 = nn.GroupNorm(8, cin), nn.Conv2d(cin, cout, 3, 1, 1)
        self.t = nn.Linear(temb, cout)
        self.n2, self.c2 = nn.GroupNorm(8, cout), nn.Conv2d(cout, cout, 3, 1, 1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, t):
        h = self.c1(F.silu(self.n1(x))) + self.t(F.silu(t))[:, :, None, None]
        return self.skip(x) + self.c2(F.silu(self.n2(h)))


class Attention(nn.Module):
    def __init__(self, c, heads=4):
        super().__init__()
        self.heads, self.norm, self.qkv, self.out = heads, nn.GroupNorm(8, c), nn.Conv2d(c, 3 * c, 1), nn.Conv2d(c, c, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, 3, self.heads, c // self.heads, h * w).transpose(-1, -2).unbind(1)
        a = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2).reshape(b, c, h, w)
        return x + self.out(a)


class UNet(nn.Module):
    """Channels 32-64-128 at 28-14-7, two residual blocks a level, attention at 7x7, GroupNorm(8), SiLU."""

    def __init__(self, widths=(32, 64, 128)):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(32, 128), nn.SiLU(), nn.Linear(128, 128))
        self.stem = nn.Conv2d(1, widths[0], 3, 1, 1)
        self.down, self.up, skips, c = nn.ModuleList(), nn.ModuleList(), [widths[0]], widths[0]
        for i, w in enumerate(widths):
            for _ in range(2):
                self.down.append(nn.ModuleList([ResBlock(c, w), Attention(w) if i == 2 else nn.Identity()]))
                c = w
                skips.append(c)
            if i < 2:
                self.down.append(nn.ModuleList([nn.Conv2d(c, c, 3, 2, 1)]))
                skips.append(c)
        self.mid = nn.ModuleList([ResBlock(c, c), Attention(c), ResBlock(c, c)])
        for i, w in reversed(list(enumerate(widths))):
            for _ in range(3):
                self.up.append(nn.ModuleList([ResBlock(c + skips.pop(), w), Attention(w) if i == 2 else nn.Identity()]))
                c = w
            if i > 0:
                self.up.append(nn.ModuleList([nn.Conv2d(c, c, 3, 1, 1)]))
        self.norm, self.head = nn.GroupNorm(8, c), nn.Conv2d(c, 1, 3, 1, 1)

    def forward(self, x, t):
        freq = torch.exp(-math.log(10000) * torch.arange(16) / 16)
        e = t[:, None] * freq
        e = self.time(torch.cat([e.sin(), e.cos()], 1))
        h = self.stem(x)
        hs = [h]
        for m in self.down:
            h = m[1](m[0](h, e)) if len(m) == 2 else m[0](h)
            hs.append(h)
        h = self.mid[2](self.mid[1](self.mid[0](h, e)), e)
        for m in self.up:
            h = m[1](m[0](torch.cat([h, hs.pop()], 1), e)) if len(m) == 2 else m[0](F.interpolate(h, scale_factor=2))
        return self.head(F.silu(self.norm(h)))


def unet(batch):
    net = UNet()
    x, t = torch.randn(batch, 1, 28, 28), torch.rand(batch) * 1000
    run = maybe_compile(net)
    return supervised(run, lambda m: F.mse_loss(m(x, t), x), torch.optim.AdamW(net.parameters()))


CASES = {"mlp-ae-32": lambda: mlp_ae(32), "mlp-ae-128": lambda: mlp_ae(128), "conv-vae-128": lambda: conv_vae(128),
         "dcgan-32": lambda: dcgan(32), "unet-32": lambda: unet(32)}

if __name__ == "__main__":
    peer = "torch-" + torch.__version__ + ("-compile" if arguments.compile else "")
    for case in arguments.cases or CASES:
        if case in CASES:
            print(json.dumps({"case": case, "peer": peer, "ms": round(median_ms(CASES[case](), arguments.runs), 3)}), flush=True)
