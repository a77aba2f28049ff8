"""Values of PyTorch for test/models/unet.test.ts, dit.test.ts and time-embedding.test.ts, made once.

TORCH_VENV/bin/python diffusion-networks.py > diffusion-networks.json      (torch 2.13.0)

The U-Net and its attention are those of the benchmark, bench/peers/torch_steps.py; DiT follows facebookresearch/DiT, with the sinusoids of the time and the values of a
patch in our order. The k-th parameter, in our order and layout, is 0.2 sin(1.7 i + k) at its i-th value; inputs are 1.5 sin(1.7 i).
"""
import json, math, pathlib, sys
import torch, torch.nn as nn, torch.nn.functional as F

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "bench/peers"))
from torch_steps import Attention, ResBlock, UNet

torch.set_default_dtype(torch.float64)


def values(*shape, phase=0.0, scale=1.5):
    return torch.sin(torch.arange(math.prod(shape)) * 1.7 + phase).reshape(shape) * scale


def written(modules):
    """Writes the parameters of modules, which come in our order: of each the kernel or gain, then the bias."""
    k = 0
    for module in (leaf for part in modules for leaf in part.modules()):
        for parameter in module.parameters(recurse=False):
            dense = isinstance(module, nn.Linear) and parameter.dim() == 2
            new = values(*(reversed(parameter.shape) if dense else parameter.shape), phase=k, scale=0.2)
            parameter.data = new.T.contiguous() if dense else new
            k += 1


def waves(t, count):
    angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(count) / count)
    return torch.cat([angles.sin(), angles.cos()], 1)


class Time(nn.Module):
    def __init__(self, frequencies, width, scale, classes):
        super().__init__()
        self.frequencies, self.scale = frequencies, scale
        self.mlp, self.table = nn.Sequential(nn.Linear(2 * frequencies, width), nn.SiLU(), nn.Linear(width, width)), nn.Embedding(classes + 1, width)

    def forward(self, t, labels):
        return self.mlp(waves(self.scale * t, self.frequencies)) + self.table(labels)


def modulate(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale[:, None]) + shift[:, None]


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads, self.adaLN = heads, nn.Linear(width, 6 * width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, width))

    def attn(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))

    def forward(self, x, c):
        shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp = self.adaLN(F.silu(c)).chunk(6, 1)
        x = x + gate_msa[:, None] * self.attn(modulate(x, shift_msa, scale_msa))
        return x + gate_mlp[:, None] * self.mlp(modulate(x, shift_mlp, scale_mlp))


class DiT(nn.Module):
    def __init__(self, channels, height, width, patch, hidden, depth, heads, ratio, out, scale, classes):
        super().__init__()
        self.size, self.patch, self.out = (height // patch, width // patch), patch, out
        self.time, self.stem = Time(128, hidden, scale, classes), nn.Linear(channels * patch * patch, hidden)
        self.blocks = nn.ModuleList([Block(hidden, heads, ratio * hidden) for _ in range(depth)])
        self.adaLN, self.head = nn.Linear(hidden, 2 * hidden), nn.Linear(hidden, out * patch * patch)
        rows, columns = torch.meshgrid(torch.arange(self.size[0]), torch.arange(self.size[1]), indexing="ij")
        self.positions = torch.cat([waves(columns.flatten(), hidden // 4), waves(rows.flatten(), hidden // 4)], 1)

    def forward(self, x, t, labels):
        c = self.time(t, labels)
        h = self.stem(F.unfold(x, self.patch, stride=self.patch).transpose(1, 2)) + self.positions
        for block in self.blocks:
            h = block(h, c)
        shift, scale = self.adaLN(F.silu(c)).chunk(2, 1)
        y = self.head(modulate(h, shift, scale)).transpose(1, 2)
        return F.fold(y, (self.size[0] * self.patch, self.size[1] * self.patch), self.patch, stride=self.patch)


class ScaleShift(ResBlock):
    """Adaptive group normalization, as in openai/guided-diffusion; its dense layer says the shift first, as ours."""

    def __init__(self, cin, cout, temb):
        super().__init__(cin, cout, temb)
        self.t = nn.Linear(temb, 2 * cout)

    def forward(self, x, t):
        shift, scale = self.t(F.silu(t))[:, :, None, None].chunk(2, 1)
        h = self.n2(self.c1(F.silu(self.n1(x)))) * (1 + scale) + shift
        return self.skip(x) + self.c2(F.silu(h))


t, labels = torch.tensor([0.02, 0.7]), torch.tensor([1, 3])

time = Time(3, 5, 1000, 3)
written([time])

attention = Attention(16)
written([attention])

residual = ScaleShift(8, 16, 6)
written([residual])

unet = UNet((32, 8, 16))
written([unet.time, unet.stem, unet.down, unet.mid, unet.up, unet.norm, unet.head])

dit = DiT(3, 4, 6, 2, 8, 2, 2, 3, 2, 1000, 3)
written([dit])

with torch.no_grad():
    results = {
        "time": time(t, labels),
        "attention": attention(values(1, 16, 3, 2)),
        "residual": residual(values(2, 8, 3, 2), values(2, 6, phase=1)),
        "unet": unet(values(2, 1, 8, 8), 1000 * t),
        "dit": dit(values(2, 3, 4, 6), t, labels),
    }
print(json.dumps({name: result.flatten().tolist() for name, result in results.items()}))
