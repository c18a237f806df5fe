"""Layers, the random affine map and scheduled optimisers in PyTorch float64, for test/nn/*.test.ts; writes layers.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/layers.py
   Ours differs from PyTorch in one thing: running variances are biased (divided by n), PyTorch's unbiased (n - 1).
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

def wave(*shape, seed, scale=1.0):
    """scale sin(0.37 i + seed), rounded to float32 as the engine reads it."""
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.37 * i + seed) for i in range(n)]).float().double().reshape(shape)

out = {}
keep = lambda name, *tensors: out.update({name: [t.detach().flatten().tolist() for t in tensors]})

# Layers: x has seed 1, weights 2, biases 3
keep("linear", F.linear(wave(3, 5, seed=1), wave(5, 4, seed=2).T, wave(4, seed=3)))
keep("conv2d", F.conv2d(wave(2, 4, 7, 6, seed=1), wave(6, 2, 3, 3, seed=2), wave(6, seed=3), stride=2, padding=1, groups=2))
keep("convTranspose2d", F.conv_transpose2d(wave(2, 4, 3, 4, seed=1), wave(4, 3, 4, 4, seed=2), wave(3, seed=3), stride=2, padding=1))
keep("embedding", F.embedding(torch.tensor([2, 0, 2, 4]), wave(5, 3, seed=2)))

# Batch normalisation: training passes with momentum 0.25, then inference
for name, shape in [("batchNorm pictures", (4, 3, 2, 5)), ("batchNorm rows", (6, 3))]:
    norm = torch.nn.BatchNorm2d(3, eps=1e-4, momentum=0.25) if len(shape) == 4 else torch.nn.BatchNorm1d(3, eps=1e-4, momentum=0.25)
    norm = norm.double()
    norm.weight.data, norm.bias.data = 1 + wave(3, seed=2, scale=0.5), wave(3, seed=3)
    n = math.prod(shape) / 3
    passes, variance = [], torch.ones(3).double()
    for k in range(2):
        x = wave(*shape, seed=1 + k, scale=2.0)
        passes.append(norm(x))
        variance = 0.75 * variance + 0.25 * x.transpose(0, 1).reshape(3, -1).var(1, unbiased=False)
    norm.running_var = variance
    norm.eval()
    keep(name, *passes, norm.running_mean, variance, norm(wave(*shape, seed=9)))

# Random affine map: the draws are waves of seeds 11 to 16 within each range
B, C, H, W = 5, 2, 9, 12
draw = lambda seed, limit: wave(B, seed=seed, scale=limit)
angle, shear = draw(11, math.radians(25)), draw(12, 0.4)
sx, sy = draw(13, 0.3).exp(), draw(14, 0.3).exp()
tx, ty = draw(15, 2 * 2.5 / W), draw(16, 2 * 2.5 / H)
c, s, zero, one = angle.cos(), angle.sin(), torch.zeros(B).double(), torch.ones(B).double()
matrix = lambda a, b, d, e: torch.stack([torch.stack([a, b], 1), torch.stack([d, e], 1)], 1)
turn, slant, size = matrix(c, -s, s, c), matrix(one, shear, zero, one), matrix(sx, zero, zero, sy)
maps = torch.cat([turn @ slant @ size, torch.stack([tx, ty], 1)[:, :, None]], 2)
x = wave(B, C, H, W, seed=1).requires_grad_()
y = F.grid_sample(x, F.affine_grid(maps, (B, C, H, W), align_corners=False), mode="bilinear", padding_mode="zeros", align_corners=False)
keep("randomAffine", y, torch.autograd.grad((y * wave(B, C, H, W, seed=2)).sum(), x)[0])

# Optimisers: 8 steps of mean((x w - y)^2), the rate constant to 1/4 of the run, then linear to a tenth
def trained(make):
    w = wave(4, 2, seed=2).requires_grad_()
    rule = make([w])
    rate = torch.optim.lr_scheduler.LambdaLR(rule, lambda t: 1 - 0.9 * max(0, t / 8 - 0.25) / 0.75)
    for _ in range(8):
        rule.zero_grad()
        ((wave(5, 4, seed=1) @ w - wave(5, 2, seed=3)) ** 2).mean().backward()
        rule.step()
        rate.step()
    return w
keep("adam", trained(lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.5, 0.999), eps=1e-8)))
keep("adam with options", trained(lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.2)))
keep("rmsProp", trained(lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, eps=1e-6, weight_decay=0.1)))
keep("sgd", trained(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.8, weight_decay=0.1)))

rounded = {name: [[float(f"{v:.9g}") for v in values] for values in lists] for name, lists in out.items()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(rounded) + "\n")
