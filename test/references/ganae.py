"""Four training steps of a GAN and then its encoder in PyTorch float64, for test/methods/ganae.test.ts; writes ganae.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/ganae.py
   Weights, draws and pictures are a formula of their name that the test computes as well (twin.py).
"""
import torch
import torch.nn.functional as F
from twin import Player, move, noise, summary, write

BATCH, SIDE, LATENT, STEPS = 8, 8, 3, 4

def run(prior="uniform", ganShare=0.5, initial="discriminator", latentWeight=0.0, priorWeight=0.0, leak=0.1,
        learningRateD=2e-4, learningRateG=5e-4, learningRateE=3e-4, channels=1):
    G, trunkD, D, trunkE, E = (Player(n) for n in ["G", "trunkD", "D", "trunkE", "E"])
    leaky = lambda x: F.leaky_relu(x, leak)

    settled = lambda layer, x: G.norm(layer, x, None)
    def decode(z, norm):
        h = F.relu(norm(1, G.linear(0, z, 102, False)))
        h = F.relu(norm(4, G.linear(3, h, 13 * 4, False))).reshape(BATCH, 13, 2, 2)
        return torch.sigmoid(G.double(10, F.relu(norm(8, G.double(7, h, 6, False))), channels, True))
    def look(trunk, x, seen):
        h = leaky(trunk.halve(0, x, 6, True))
        h = leaky(trunk.norm(3, trunk.halve(2, h, 13, False), seen)).flatten(1)
        return leaky(trunk.norm(7, trunk.linear(6, h, 102, False), seen))
    def judge(x, seen): return D.linear(0, look(trunkD, x, seen), 1, True)
    def encode(x, seen):
        h = E.linear(0, look(trunkE, x, seen), LATENT, True)
        return torch.tanh(h) if prior == "uniform" else h
    verdict = lambda logit, is_real: F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, float(is_real)))

    def losses(step):
        """The step's updates in order: players, rate, a function that gives the loss and what was seen; None for one that rests."""
        x = (noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2
        z = noise("draw/z", BATCH, LATENT, step=step)
        progress, first = step / STEPS, step < round(ganShare * STEPS)
        fall = lambda rate, at, start: rate * (1 - 0.98 * max(0, (at - start) / (1 - start)))
        def discriminator():
            seen = []
            return verdict(judge(x, seen), True) + verdict(judge(decode(z, lambda l, h: G.norm(l, h, [])), seen), False), seen
        def generator():
            seen = []
            return verdict(judge(decode(z, lambda l, h: G.norm(l, h, seen)), seen), True), seen
        def encoder():
            seen = []
            code = encode(x, seen)
            loss = F.mse_loss(decode(code, settled), x)
            if latentWeight > 0: loss = loss + latentWeight * F.mse_loss(encode(decode(z, settled), seen), z)
            wanted = 1 / 3 if prior == "uniform" else 1
            if priorWeight > 0: loss = loss + priorWeight * (code.mean(0) ** 2 + (code.var(0, unbiased=False) - wanted) ** 2).mean()
            return loss, seen
        during = progress / ganShare if first else 1
        return [([trunkD, D], fall(learningRateD, during, 0.5), discriminator if first else None),
            ([G], fall(learningRateG, during, 0.5), generator if first else None),
            ([trunkE, E], fall(learningRateE, progress, ganShare), None if first else encoder)]

    # All parameters are there before the first step, as the copy needs them.
    for trunk in (trunkD, trunkE): look(trunk, torch.zeros(BATCH, channels, SIDE, SIDE).double(), [])
    rules, logged = {}, []
    for step in range(STEPS):
        line, copied = [], None
        for k, (players, rate, loss_of) in enumerate(losses(step)):
            if k == 2 and initial == "discriminator":
                if step == round(ganShare * STEPS):
                    # What D's weights say at the length of E's own; the first layer's bias goes with its weight.
                    own = lambda n: n.replace("trunkD", "trunkE")
                    factor = lambda n: (trunkE.p[own(n)].norm() / trunkD.p[n].norm()).item()
                    like = lambda n: n.replace(".bias", ".weight")
                    scaled = lambda n: factor(like(n)) if like(n).endswith(".weight") else 1.0
                    pairs = [(trunkE.p[own(n)], scaled(n) * p.detach()) for n, p in trunkD.p.items()]
                    copied = sum(((mine - theirs) ** 2).sum().item() / 2 for mine, theirs in pairs)
                    with torch.no_grad():
                        for mine, theirs in pairs: mine.copy_(theirs)
                line.append(copied)
            if loss_of is None:
                line.append(None)
                continue
            loss, seen = loss_of()
            line.append(move(rules, k, players, rate, loss, seen))
        logged.append(line)
    return summary(logged, [G, trunkD, D, trunkE, E])

CASES = {
    "E from D": dict(),
    "E from scratch": dict(initial="scratch", leak=0.2),
    "E from D, a normal prior, all terms": dict(prior="normal", latentWeight=0.3, priorWeight=0.5, ganShare=0.25),
    "E from D, a uniform prior, all terms": dict(latentWeight=0.2, priorWeight=0.7),
}
out = {}
for name, options in CASES.items():
    rates = dict(ganShare=0.5, learningRateD=2e-4, learningRateG=5e-4, learningRateE=3e-4)
    out[name] = dict(options={"width": 0.1, "latent": LATENT, **rates, **options}, **run(**options))
write(__file__, out)
