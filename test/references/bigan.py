"""Three training steps of BiGAN in PyTorch float64, for test/methods/bigan.test.ts; writes bigan.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/bigan.py
   Weights, draws and pictures are a formula of their name that the test computes as well (twin.py).
"""
import torch
import torch.nn.functional as F
from twin import noise, write
from two_way import BATCH, LATENT, RULE, SIDE, Nets, train

def run(encoder="deterministic", order="simultaneous", flip=False, net="dense", channels=1, **rule):
    nets = Nets(net, channels)
    def updates(step):
        draw = lambda name: noise(f"draw/{name}", BATCH, LATENT, step=step)
        x = (noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2
        z = draw("z")
        def pairs(seen):
            if encoder == "stochastic":
                mean, log_variance = nets.encode(x, 2 * LATENT, seen).chunk(2, 1)
                guess = torch.distributions.Normal(mean, (log_variance / 2).exp())
                guess = guess.loc + guess.scale * draw("epsilon")
            else: guess = torch.tanh(nets.encode(x, LATENT, seen) / 2)
            judge = lambda x, z: nets.judge(x, [z], seen, normalise=encoder == "deterministic")
            return judge(x, guess), judge(torch.sigmoid(nets.generate(z, seen)), z)
        def loss_of(label):
            def loss():
                seen = []
                real, fake = pairs(seen)
                target = torch.full_like(real, label)
                cross = F.binary_cross_entropy_with_logits
                return cross(real, target) + cross(fake, 1 - target), seen
            return loss
        right = 0.0 if flip else 1.0
        return [([nets.D], loss_of(right)), ([nets.E, nets.G], loss_of(1 - right))]
    return train([nets.E, nets.G, nets.D], updates, order == "simultaneous", **rule)

CASES = {
    "bigan": dict(),
    "bigan, D first": dict(order="course"),
    "bigan, flipped, in colour": dict(flip=True, channels=3),
    "bigan, convolutional": dict(net="convolutional", channels=3),
    "ali": dict(encoder="stochastic"),
    "ali, convolutional, D first, flipped": dict(encoder="stochastic", net="convolutional", order="course", flip=True),
}
write(__file__, {name: dict(options=dict(latent=LATENT, width=0.1, **RULE, **options), **run(**options, **RULE))
    for name, options in CASES.items()})
