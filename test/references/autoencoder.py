"""Three training steps of the autoencoders in PyTorch float64, for test/methods/autoencoders.test.ts; writes autoencoder.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/autoencoder.py
   Weights, draws and pictures are a formula of their name that the test computes as well (twin.py).
"""
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence
from twin import noise, write
from two_way import BATCH, LATENT, RULE, SIDE, Nets, train

cross = F.binary_cross_entropy_with_logits
summed = lambda error, a, b: error(a, b, reduction="sum") / BATCH
latent_error = lambda out, z: cross(out, (z + 1) / 2)

def start(net, channels):
    nets = Nets(net, channels)
    draw = lambda name, step: noise(f"draw/{name}", BATCH, LATENT, step=step)
    pictures = lambda step: (noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2
    return nets, draw, pictures

def ae(variant="ae", error="squared", **given):
    options = {"lambda": 1.0, "net": "dense", "channels": 1, **given}
    nets, draw, pictures = start(options["net"], options["channels"])
    def between(logits, x):
        if error == "bernoulli": return summed(cross, logits, x)
        return summed(F.l1_loss if error == "absolute" else F.mse_loss, logits.sigmoid(), x)
    def updates(step):
        x = pictures(step)
        def loss():
            seen = []
            code = torch.tanh(nets.encode(x, LATENT, seen) / 2)
            if variant == "ae": return between(nets.generate(code, seen), x), seen
            z = draw("z", step)
            back, drawn = nets.generate(torch.cat([code, z]), seen).chunk(2)
            return between(back, x) + options["lambda"] * latent_error(nets.encode(drawn.sigmoid(), LATENT, seen), z), seen
        return [([nets.E, nets.G], loss)]
    return train([nets.E, nets.G], updates, False, **RULE)

def inverse_ae(**given):
    options = {"lambda": 0.0, "net": "dense", "channels": 1, **given}
    nets, draw, pictures = start(options["net"], options["channels"])
    def updates(step):
        x, z = pictures(step), draw("z", step)
        def fake(seen): return nets.generate(z, seen).sigmoid()
        def judged():
            seen = []
            real = nets.judge(x, [], seen, normalise=False)
            told = nets.judge(fake(seen), [], seen, normalise=False)
            return cross(real, torch.ones_like(real)) + cross(told, torch.zeros_like(told)), seen
        def generated():
            seen = []
            x_ = fake(seen)
            told = nets.judge(x_, [], seen, normalise=False)
            loss = cross(told, torch.ones_like(told))
            if options["lambda"] > 0: loss = loss + options["lambda"] * latent_error(nets.encode(x_, LATENT, seen), z)
            return loss, seen
        def read():
            seen = []
            return latent_error(nets.encode(fake(seen), LATENT, seen), z), seen
        return [([nets.D], judged), ([nets.G], generated), ([nets.E], read)]
    # A first pass makes every parameter.
    nets.encode(nets.generate(draw("z", 0), []).sigmoid(), LATENT, [])
    return train([nets.E, nets.G, nets.D], updates, True, **RULE)

def vae(likelihood="bernoulli", deviation=0.3, beta=1.0, net="dense", channels=1):
    nets, draw, pictures = start(net, channels)
    def updates(step):
        x = pictures(step)
        def loss():
            seen = []
            mean, log_variance = nets.encode(x, 2 * LATENT, seen).chunk(2, 1)
            q = Normal(mean, (log_variance / 2).exp())
            logits = nets.generate(q.loc + q.scale * draw("epsilon", step), seen)
            gaussian = lambda: summed(F.mse_loss, logits.sigmoid(), x) / (2 * deviation ** 2)
            found = summed(cross, logits, x) if likelihood == "bernoulli" else gaussian()
            return found + beta * kl_divergence(q, Normal(0, 1)).sum(1).mean(), seen
        return [([nets.E, nets.G], loss)]
    return train([nets.E, nets.G], updates, False, **RULE)

METHODS = {"ae": ae, "inverse-ae": inverse_ae, "vae": vae}
CASES = {
    "ae": ("ae", dict()),
    "ae, absolute error, convolutional": ("ae", dict(error="absolute", net="convolutional")),
    "ae, joint, Bernoulli, in colour": ("ae", {"variant": "joint", "error": "bernoulli", "lambda": 3.0, "channels": 3}),
    "inverse-ae": ("inverse-ae", dict()),
    "inverse-ae, G helps": ("inverse-ae", {"lambda": 0.25}),
    "inverse-ae, convolutional": ("inverse-ae", {"lambda": 2.0, "net": "convolutional", "channels": 3}),
    "vae": ("vae", dict()),
    "vae, Gaussian, convolutional": ("vae", dict(likelihood="gaussian", deviation=0.2, beta=4.0, net="convolutional", channels=3)),
}
write(__file__, {name: dict(method=method, options={"latent": LATENT, "width": 0.1, **RULE, **options}, **METHODS[method](**options))
    for name, (method, options) in CASES.items()})
