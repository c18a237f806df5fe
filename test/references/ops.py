"""Values, first and second derivatives of ops in PyTorch float64, for test/engine/ops-torch.test.ts; writes ops.json beside itself.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/ops.py
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

def wave(shape, seed, scale=1.0):
    """sin(0.37 i + seed), rounded to float32 as the engine reads it."""
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.37 * i + seed) for i in range(n)]).float().double().reshape(shape)

out = {}
def case(name, shapes, f, order=2):
    """Outputs y; g = d<v, y>/dx; h = d<u, g>/dx; v and u are waves as well."""
    xs = [wave(s, k + 1.0).requires_grad_() for k, s in enumerate(shapes)]
    y = f(*xs)
    g = torch.autograd.grad((y * wave(y.shape, 0.5)).sum(), xs, create_graph=True)
    stored = dict(shapes=shapes, y=y, g=g)
    if order == 2:
        below = sum((d * wave(d.shape, 10.0 + k)).sum() for k, d in enumerate(g))
        h = torch.autograd.grad(below, xs, allow_unused=True) if below.requires_grad else [None] * len(xs)
        stored["h"] = [torch.zeros_like(x) if d is None else d for x, d in zip(xs, h)]
    flat = lambda t: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]
    out[name] = dict(shapes=shapes, shape=list(y.shape), y=flat(y), **{k: [flat(d) for d in stored[k]] for k in ("g", "h") if k in stored})

case("conv", [[2, 3, 9, 8], [4, 3, 3, 3]], lambda x, w: F.conv2d(x, w, stride=2, padding=1))
case("conv dilated, in groups, padded unevenly", [[2, 4, 7, 9], [6, 2, 3, 2]],
     lambda x, w: F.conv2d(F.pad(x, (2, 1, 0, 1)), w, stride=(1, 2), dilation=(2, 3), groups=2))
case("conv 1d", [[2, 2, 11], [3, 2, 4]], lambda x, w: F.conv1d(x, w, stride=3, padding=2))
case("conv 3d", [[1, 2, 4, 5, 3], [2, 2, 2, 3, 2]], lambda x, w: F.conv3d(x, w, stride=2, padding=1))
case("convTranspose", [[2, 4, 3, 4], [4, 3, 4, 4]], lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1))
case("convTranspose with output padding, in groups, dilated", [[2, 4, 3, 2], [4, 1, 3, 3]],
     lambda x, w: F.conv_transpose2d(x, w, stride=3, padding=2, output_padding=2, groups=2, dilation=2))
case("averagePool", [[2, 2, 7, 6]], lambda x: F.avg_pool2d(x, 3, 2, 1))
case("maxPool", [[2, 2, 7, 6]], lambda x: F.max_pool2d(x, 3, 2, 1))
for name, to in dict(up=(9, 7), down=(2, 3), doubled=(10, 8), halved=(3, 2)).items():
    for mode, torch_mode in dict(nearest="nearest-exact", bilinear="bilinear").items():
        case(f"resize {mode} {name}", [[2, 2, 5, 4]], lambda x: F.interpolate(x, to, mode=torch_mode,
             **(dict(align_corners=False) if mode == "bilinear" else {})))
case("resize nearest by whole factors", [[1, 2, 3, 2]], lambda x: F.interpolate(x, (6, 6), mode="nearest"))
maps = torch.tensor([[[0.9, 0.2, 0.1], [-0.3, 1.1, -0.2]], [[-1.3, 0.4, 0.0], [0.1, 0.6, 0.7]]]).float().double()
case("affineSample", [[2, 2, 5, 6]], lambda x: F.grid_sample(x, F.affine_grid(maps, list(x.shape), align_corners=False),
     mode="bilinear", padding_mode="zeros", align_corners=False), order=1)  # has no second derivative in PyTorch
case("batchNormalize of pictures", [[3, 2, 2, 3], [2], [2]],
     lambda x, a, b: F.batch_norm(x, None, None, a, b, training=True, eps=1e-3))
case("batchNormalize of rows", [[5, 3], [3], [3]], lambda x, a, b: F.batch_norm(x, None, None, a, b, training=True, eps=1e-3))
case("standardize", [[3, 4, 2]], lambda x: F.layer_norm(x, [4, 2], eps=1e-3))
case("gelu", [[13]], lambda x: F.gelu(3 * x))
case("elu", [[13]], lambda x: F.elu(3 * x, 0.7))
case("softplus", [[13]], lambda x: F.softplus(3 * x))
case("leakyRelu", [[13]], lambda x: F.leaky_relu(x, 0.2))
case("logSoftmax", [[3, 5]], lambda x: F.log_softmax(4 * x, 1))
case("softmax", [[3, 5]], lambda x: F.softmax(4 * x, 0))
case("logSumExp", [[3, 5]], lambda x: torch.logsumexp(4 * x, (0, 1)))
case("variance", [[3, 5]], lambda x: x.var(0, unbiased=False))
case("matmul", [[2, 1, 3, 4], [3, 4, 2]], torch.matmul)
index = torch.tensor([[2, 0, 2], [1, 1, 2]])
case("gather", [[2, 3, 2]], lambda x: x[:, index] ** 3)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
