"""Three training steps of InfoGAN in PyTorch float64, for test/methods/infogan.test.ts; writes infogan.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/infogan.py
   Weights, draws and pictures are a formula of their name that the test computes as well. Kept per case: its options, the
   losses of every step, and at the end the length of each network's parameters and of its running statistics, and the
   product of its parameters with noise, which no permutation or sign leaves as it is.
"""
import math
import torch
import torch.nn.functional as F
from twin import Player, move, noise, summary, write

BATCH, SIDE, LATENT = 8, 8, dict(noise=3, categories=4, continuous=2)

def augment(x, name, a, step):
    if a == 0: return x
    draw = lambda what, limit: limit * noise(f"draw/{name}/{what}", BATCH, step=step)
    angle, shear = draw("rotation", math.radians(10 * a)), draw("shear", 0.2 * a)
    sx, sy = draw("scale x", 0.1 * a).exp(), draw("scale y", 0.1 * a).exp()
    shift = 2 * (2 * SIDE / 28 * a) / SIDE
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros(BATCH).double(), torch.ones(BATCH).double()
    matrix = lambda p, q, r, t: torch.stack([torch.stack([p, q], 1), torch.stack([r, t], 1)], 1)
    turn = matrix(c, -s, s, c) @ matrix(one, shear, zero, one) @ matrix(sx, zero, zero, sy)
    maps = torch.cat([turn, torch.stack([draw("shift x", shift), draw("shift y", shift)], 1)[:, :, None]], 2)
    return F.grid_sample(x, F.affine_grid(maps, x.shape, align_corners=False), align_corners=False)

def run(variant="infogan", qWith="d", variance="fixed", lambdaCategorical=1.0, lambdaContinuous=1.0, augmentation=0,
        leak=0.1, learningRateD=2e-3, learningRateG=5e-3, decayFrom=1.0, decayTo=0.02, channels=1):
    G, trunk, D, Q = (Player(n) for n in ["G", "trunk", "D", "Q"])
    K, C = LATENT["categories"], LATENT["continuous"]
    leaky = lambda x: F.leaky_relu(x, leak)

    def generate(latent, seen):
        h = F.relu(G.norm(1, G.linear(0, latent, 102, False), seen))
        h = F.relu(G.norm(4, G.linear(3, h, 13 * 4, False), seen)).reshape(BATCH, 13, 2, 2)
        h = F.relu(G.norm(8, G.double(7, h, 6, False), seen))
        return torch.sigmoid(G.double(10, h, channels, True))
    def look(x, seen):
        h = leaky(trunk.halve(0, x, 6, True))
        h = leaky(trunk.norm(3, trunk.halve(2, h, 13, False), seen)).flatten(1)
        return leaky(trunk.norm(7, trunk.linear(6, h, 102, False), seen))
    def judge(h): return D.linear(0, h, 1, True)
    def read(h, seen): return Q.linear(3, leaky(Q.norm(1, Q.linear(0, h, 128, False), seen)), K + C * (2 if variance == "learned" else 1), True)
    def information(q, labels, codes):
        spread = q[:, K + C:].clamp(-3, 3).exp() if variance == "learned" else torch.ones_like(codes)
        gaussian = torch.distributions.Normal(q[:, K:K + C], spread).log_prob(codes) + math.log(2 * math.pi) / 2
        return lambdaCategorical * F.cross_entropy(q[:, :K], labels) - lambdaContinuous * gaussian.sum(1).mean()

    def updates(step):
        """The step's updates in order: players, optimiser's key, a function that gives the loss and what was seen."""
        draw = lambda name, *shape: noise(f"draw/{name}", *shape, step=step)
        labels = ((draw("c1", BATCH) + 1) / 2 * K).floor().long()
        codes, z = draw("continuous", BATCH, C), draw("z", BATCH, LATENT["noise"])
        x = (noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2
        latent = torch.cat([F.one_hot(labels, K).double(), codes, z], 1)
        def first():
            seen = []
            real = judge(look(augment(x, "real", augmentation, step), seen)) if variant != "without-d" else None
            with torch.no_grad(): fake = augment(generate(latent, []), "fake", augmentation, step)
            h = look(fake, seen)
            adversarial = (lambda: F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
                + F.binary_cross_entropy_with_logits(judge(h), torch.zeros_like(real)))
            if variant == "without-d": return information(read(h, seen), labels, codes), seen
            if variant == "gan" or qWith == "g": return adversarial(), seen
            return adversarial() + information(read(h, seen), labels, codes), seen
        def second():
            seen = []
            h = look(augment(generate(latent, seen), "fake", augmentation, step), seen)
            logit = judge(h)
            fooled = F.binary_cross_entropy_with_logits(logit, torch.ones_like(logit))
            if variant == "gan": return fooled, seen
            told = information(read(h, seen), labels, codes)
            return (told if variant == "without-d" else fooled + told), seen
        one = dict(gan=[trunk, D]).get(variant, [trunk, Q] if variant == "without-d" else [trunk, D, Q] if qWith == "d" else [trunk, D])
        two = [G, Q] if variant == "infogan" and qWith == "g" else [G]
        return [(one, learningRateD, first), (two, learningRateG, second)]

    rules, losses = {}, []
    for step in range(3):
        logged = []
        for k, (players, rate, loss_of) in enumerate(updates(step)):
            loss, seen = loss_of()
            progress = step / 3
            fall = 0 if progress <= decayFrom else (progress - decayFrom) / (1 - decayFrom)
            logged.append(move(rules, k, players, rate * (1 - (1 - decayTo) * fall), loss, seen))
        losses.append(logged)
    return summary(losses, [G, trunk, D, Q])

CASES = {
    "infogan": dict(),
    "infogan, learned deviation": dict(variance="learned"),
    "infogan, Q with G": dict(qWith="g"),
    "infogan, Q with G, learned deviation": dict(qWith="g", variance="learned"),
    "infogan, all else": dict(variance="learned", lambdaCategorical=0.3, lambdaContinuous=0.1, augmentation=1.5, leak=0.2,
        decayFrom=0.25, decayTo=0.5),
    "gan": dict(variant="gan"),
    "without-d": dict(variant="without-d", variance="learned"),
}
out = {}
for name, options in CASES.items():
    found = run(**options)
    rates = dict(learningRateD=2e-3, learningRateG=5e-3)
    out[name] = dict(options={**LATENT, "width": 0.1, **rates, **options}, **found)
write(__file__, out)
