"""Values of PyTorch in float64 for test/tensor/pytorch.test.ts.

python pytorch.py > pytorch.json   (made with torch 2.13.0)
"""
import json
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def values(*shape, phase=0.0):
    count = 1
    for n in shape:
        count *= n
    return torch.sin(torch.arange(count, dtype=torch.float64) * 1.7 + phase).reshape(shape) * 1.5


def case(f, *inputs):
    xs = [x.clone().requires_grad_(True) for x in inputs]
    y = f(*xs)
    grads = torch.autograd.grad((y * torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)).sum(), xs)
    return {"inputs": [{"shape": list(x.shape), "values": x.flatten().tolist()} for x in inputs],
            "y": y.flatten().tolist(), "shape": list(y.shape), "gradients": [g.flatten().tolist() for g in grads]}


def gradient_penalty():
    x, k = values(2, 1, 4, 4), values(2, 1, 3, 3, phase=1.0).requires_grad_(True)
    x.requires_grad_(True)
    score = F.leaky_relu(F.conv2d(x, k, stride=2, padding=1), 0.2).pow(2).sum()
    (g,) = torch.autograd.grad(score, x, create_graph=True)
    penalty = ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()
    (dk,) = torch.autograd.grad(penalty, k)
    return {"penalty": penalty.item(), "kernelGradient": dk.flatten().tolist(),
            "x": x.detach().flatten().tolist(), "kernel": k.detach().flatten().tolist()}


image, kernel = values(2, 4, 5, 6), values(6, 2, 3, 2, phase=2.0)
print(json.dumps({
    "conv2d": case(lambda x, k: F.conv2d(x, k, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), image, kernel),
    "convTranspose2d": case(lambda x, k: F.conv_transpose2d(x, k, stride=(3, 2), padding=(1, 0), output_padding=(2, 1), groups=2), image, values(4, 3, 3, 2, phase=2.0)),
    "maxPool": case(lambda x: F.max_pool2d(x, (3, 2), stride=(2, 1), padding=(1, 0)), image),
    "averagePool": case(lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False), image),
    "upsampleNearest": case(lambda x: F.interpolate(x, scale_factor=2), image),
    "batchNorm": case(lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True, eps=1e-5), image, values(4, phase=3.0), values(4, phase=4.0)),
    "layerNorm": case(lambda x, g, b: F.layer_norm(x, (5, 6), g, b), image, values(5, 6, phase=3.0), values(5, 6, phase=4.0)),
    "groupNorm": case(lambda x, g, b: F.group_norm(x, 2, g, b), image, values(4, phase=3.0), values(4, phase=4.0)),
    "gelu": case(F.gelu, image), "silu": case(F.silu, image), "softplus": case(F.softplus, image), "elu": case(lambda x: F.elu(x, 0.7), image),
    "selu": case(F.selu, image), "leakyRelu": case(lambda x: F.leaky_relu(x, 0.2), image),
    "logSumExp": case(lambda x: torch.logsumexp(x, 1), image), "logSoftmax": case(lambda x: F.log_softmax(x, -1), image),
    "gradientPenalty": gradient_penalty(),
}))
