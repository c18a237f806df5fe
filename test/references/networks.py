"""Losses and gradients of small whole networks in PyTorch float64, for test/engine/networks.test.ts; writes networks.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/networks.py
   Of each gradient only its length and its products with two waves are kept.
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

def wave(shape, seed, scale=1.0):
    """scale sin(0.37 i + seed), rounded to float32 as the engine reads it."""
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(0.37 * i + seed) for i in range(n)]).float().double().reshape(shape)

def parameters(**shapes):
    """Weights: a wave per name in order, smaller where more inputs are summed; gains start at 1."""
    made = {}
    for k, (name, shape) in enumerate(shapes.items()):
        scale = 1.5 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.3
        w = wave(shape, k + 1.0, scale)
        made[name] = (1 + w if name.startswith("gain") else w).float().double().requires_grad_()
    return made

out = {}
def store(name, loss, p):
    gradients = torch.autograd.grad(loss, list(p.values()))
    out[name] = dict(loss=loss.item(), gradients={k: [g.norm().item(), (g * wave(g.shape, 0.2)).sum().item(),
        (g * wave(g.shape, 1.7)).sum().item()] for k, g in zip(p, gradients)})

norm = lambda x, gain, shift: F.batch_norm(x, None, None, gain, shift, training=True, eps=1e-5)

# DCGAN: generator and discriminator with batch norm, non-saturating loss
G = parameters(w0=(6, 32), gain0=(8,), shift0=(8,), w1=(8, 6, 4, 4), gain1=(6,), shift1=(6,), w2=(6, 3, 4, 4))
D = parameters(w0=(5, 3, 4, 4), w1=(7, 5, 4, 4), gain1=(7,), shift1=(7,), w2=(28, 1), b2=(1,))
def generate(z):
    h = F.leaky_relu(norm((z @ G["w0"]).reshape(4, 8, 2, 2), G["gain0"], G["shift0"]), 0.2)
    h = F.relu(norm(F.conv_transpose2d(h, G["w1"], stride=2, padding=1), G["gain1"], G["shift1"]))
    return torch.tanh(F.conv_transpose2d(h, G["w2"], stride=2, padding=1))
def discriminate(x):
    h = F.leaky_relu(F.conv2d(x, D["w0"], stride=2, padding=1), 0.2)
    h = F.leaky_relu(norm(F.conv2d(h, D["w1"], stride=2, padding=1), D["gain1"], D["shift1"]), 0.2)
    return h.reshape(4, 28) @ D["w2"] + D["b2"]
z, real = wave((4, 6), 20.0, 2.0), wave((4, 3, 8, 8), 21.0)
store("dcgan discriminator", F.softplus(-discriminate(real)).mean() + F.softplus(discriminate(generate(z).detach())).mean(), D)
store("dcgan generator", F.softplus(-discriminate(generate(z))).mean(), G)

# MLP with layer norm, gelu and cross-entropy
M = parameters(w0=(7, 9), b0=(9,), gain=(9,), shift=(9,), w1=(9, 4), b1=(4,))
h = F.gelu(F.layer_norm(wave((5, 7), 22.0) @ M["w0"] + M["b0"], [9], M["gain"], M["shift"], eps=1e-5))
store("mlp", F.cross_entropy(h @ M["w1"] + M["b1"], torch.tensor([0, 3, 1, 2, 1])), M)

# Classifier with both poolings, sizes that do not divide evenly
C = parameters(w0=(4, 3, 3, 3), b0=(1, 4, 1, 1), w1=(6, 2, 3, 2), w2=(6, 3), b2=(3,))
h = F.max_pool2d(F.relu(F.conv2d(wave((2, 3, 9, 11), 23.0), C["w0"], padding=1) + C["b0"]), 3, 2, 1)
h = F.avg_pool2d(F.elu(F.conv2d(h, C["w1"], stride=(1, 2), padding=(1, 0), groups=2)), 3, 3)
store("classifier", F.cross_entropy(h.reshape(2, 6) @ C["w2"] + C["b2"], torch.tensor([2, 0])), C)

# WGAN-GP: the critic's loss with the penalty on the gradient in x, a derivative of a derivative
W = parameters(w0=(4, 2, 4, 4), b0=(1, 4, 1, 1), w1=(5, 4, 3, 3), w2=(20, 1))
def critic(x):
    h = F.leaky_relu(F.conv2d(x, W["w0"], stride=2, padding=1) + W["b0"], 0.2)
    return torch.tanh(F.conv2d(h, W["w1"])).reshape(3, 20) @ W["w2"]
real, fake = wave((3, 2, 8, 8), 24.0), wave((3, 2, 8, 8), 25.5)
share = torch.tensor([0.25, 0.5, 0.75]).double().reshape(3, 1, 1, 1)
between = (share * real + (1 - share) * fake).requires_grad_()
slope, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
penalty = ((slope.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
store("wgan-gp critic", critic(fake).mean() - critic(real).mean() + 10 * penalty, W)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
