"""Three training steps of domain-adversarial training in PyTorch float64, for test/methods/dann.test.ts; writes dann.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/dann.py
   The reversal is an autograd function here, as the paper has it, and the fixed W of `alternate` a graph whose gradient is asked
   for in F and P alone.
"""
import math
import torch
import torch.nn.functional as F
from twin import Player, adam, move, noise, summary, write

BATCH, SIDE, CLASSES, STEPS = 8, 16, 4, 3
HALF = BATCH // 2

class Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.clone()
    @staticmethod
    def backward(ctx, gradient): return -ctx.strength * gradient, None

def turned(x, domain, a, step):
    if a == 0: return x
    draw = lambda what, limit: limit * noise(f"draw/{domain}/{what}", HALF, step=step)
    angle, shear = draw("rotation", math.radians(10 * a)), draw("shear", 0.2 * a)
    sx, sy = draw("scale x", 0.1 * a).exp(), draw("scale y", 0.1 * a).exp()
    shift = 2 * (SIDE / 14 * a) / SIDE
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros(HALF).double(), torch.ones(HALF).double()
    matrix = lambda p, q, r, t: torch.stack([torch.stack([p, q], 1), torch.stack([r, t], 1)], 1)
    turn = matrix(c, -s, s, c) @ matrix(one, shear, zero, one) @ matrix(sx, zero, zero, sy)
    maps = torch.cat([turn, torch.stack([draw("shift x", shift), draw("shift y", shift)], 1)[:, :, None]], 2)
    return F.grid_sample(x, F.affine_grid(maps, x.shape, align_corners=False), align_corners=False)

def run(variant="dann", training="joint", confusion="reversal", net="paper", batches="joint", lambdaValue=1.0, recolour=False,
        targetEntropy=0.0, augmentation=0, rule="sgd", learningRate=0.01, channels=1, width=0.1, conditional=False,
        domainLoss="added", **given):
    constant = given.get("lambda") == "constant"
    extract, P, W = (Player(n) for n in ["F", "P", "W"])
    w = lambda units: max(1, round(units * width))

    def conv(layer, x, units, kernel, pad, bias):
        weight = extract.weight(layer, units, x.shape[1], kernel, kernel, fan=x.shape[1] * kernel * kernel)
        return F.conv2d(x, weight, extract.vector(f"{layer}.bias", units) if bias else None, padding=pad)
    def features(x, seen):
        h = x - 0.5 if net == "paper" else 2 * x - 1
        if net == "paper":
            for layer, units in [(1, 32), (4, 48)]: h = F.max_pool2d(F.relu(conv(layer, h, w(units), 5, 0, True)), 2)
        else:
            for layer, units, kernel in [(1, 32, 5), (5, 64, 5), (9, 128, 3)]:
                h = conv(layer, h, w(units), kernel, kernel // 2, False)
                h = F.max_pool2d(F.relu(extract.norm(layer + 1, h, seen)), 2)
        if net == "paper": return h.flatten(1)
        return F.relu(extract.norm(15, extract.linear(14, h.flatten(1), w(128), False), seen))
    def classes(h, seen):
        if net == "paper":
            for layer in [0, 2]: h = F.relu(P.linear(layer, h, w(100), True))
            return P.linear(4, h, CLASSES, True)
        return P.linear(0, h, CLASSES, True)
    def domain(h, answers):
        for layer in [0] if net == "paper" else [0, 2]: h = F.relu(W.linear(layer, h, w(100 if net == "paper" else 256), True))
        out = W.linear(2 if net == "paper" else 4, h, CLASSES if conditional else 1, True)
        return (out * answers.detach().softmax(1)).sum(1, keepdim=True) if conditional else out
    def both(f, a, b, seen):
        """Of both domains: in one pass or in two."""
        return f(torch.cat([a, b]), seen).split(HALF) if batches == "joint" else (f(a, seen), f(b, seen))
    def told(source, target):
        zeros, ones = torch.zeros(HALF, 1).double(), torch.ones(HALF, 1).double()
        if domainLoss == "mean": return F.binary_cross_entropy_with_logits(torch.cat([source, target]), torch.cat([zeros, ones]))
        return F.binary_cross_entropy_with_logits(source, zeros) + F.binary_cross_entropy_with_logits(target, ones)

    def updates(step):
        progress = step / STEPS
        weight = lambdaValue if constant else lambdaValue * (2 / (1 + math.exp(-10 * progress)) - 1)
        shares = (noise("batch/0/y", HALF, CLASSES, step=step).flatten()[:HALF] + 1) / 2
        y = (shares * CLASSES).floor().long()
        picture = lambda at: (noise(f"batch/{at}/x", HALF, channels, SIDE, SIDE, step=step) + 1) / 2
        own = "target" if variant == "target-only" else "source"
        x = turned(picture(0), own, augmentation, step)
        if recolour and own == "source":
            a, b = (noise(f"draw/recolour/{n}", HALF, channels, step=step)[:, :, None, None] for n in "ab")
            x = x * a + (1 - x) * b
        if variant != "dann":
            def only():
                seen = []
                return F.cross_entropy(classes(features(x, seen), seen), y), seen
            return [([extract, P], only)]
        t = turned(picture(1), "target", augmentation, step)
        def learned(seen):
            s, t_ = both(features, x, t, seen)
            of_source, of_target = both(classes, s, t_, seen)
            loss = F.cross_entropy(of_source, y)
            if targetEntropy > 0:
                entropy = torch.distributions.Categorical(logits=of_target).entropy().mean()
                loss = loss + targetEntropy * min(1, 2 * progress) * entropy
            return s, t_, of_source, of_target, loss
        def jointly():
            seen = []
            s, t_, ys, yt, loss = learned(seen)
            return loss + told(domain(Reversal.apply(s, weight), ys), domain(Reversal.apply(t_, weight), yt)), seen
        def first():
            with torch.no_grad(): s, t_, ys, yt, _ = learned([])
            return told(domain(s, ys), domain(t_, yt)), []
        def second():
            seen = []
            s, t_, ys, yt, loss = learned(seen)
            s, t_ = domain(s, ys), domain(t_, yt)
            return loss + weight * (told(t_, s) if confusion == "swap" else -told(s, t_)), seen
        if training == "joint": return [([extract, P, W], jointly)]
        return [([W], first), ([extract, P], second)]

    rules, losses = {}, []
    for step in range(STEPS):
        progress, logged = step / STEPS, []
        for k, (players, loss_of) in enumerate(updates(step)):
            loss, seen = loss_of()
            risen = min(1, progress / 0.025)
            fall = 0.01 + 0.99 * (1 + math.cos(math.pi * max(0, (progress - 0.025) / 0.975))) / 2
            rate = learningRate * ((1 + 10 * progress) ** -0.75 if rule == "sgd" else risen * fall)
            make = adam if rule == "adam" else lambda parameters: torch.optim.SGD(parameters, lr=1, momentum=0.9)
            logged.append(move(rules, k, players, rate, loss, seen, make))
        losses.append(logged)
    return summary(losses, [extract, P, W])

CASES = {
    "joint, the paper's net": dict(),
    "joint, the paper's net, one mean over both domains": dict(domainLoss="mean"),
    "joint, constant lambda, all else": {"lambda": "constant", "lambdaValue": 0.3, "targetEntropy": 0.5, "augmentation": 1.5,
        "recolour": True, "channels": 3, "learningRate": 0.03},
    "joint, the best net": dict(net="best", rule="adam", learningRate=2e-3, lambdaValue=0.5, targetEntropy=0.1, recolour=True,
        channels=3),
    "joint, the best net, separate batches": dict(net="best", batches="separate"),
    "joint, the best net, separate batches, entropy": dict(net="best", batches="separate", targetEntropy=0.1),
    "joint, the best net, conditional": dict(net="best", conditional=True, recolour=True, channels=3),
    "alternate, conditional": dict(training="alternate", conditional=True, batches="separate", net="best", learningRate=1e-3),
    "alternate": dict(training="alternate"),
    "alternate, swapped domains": dict(training="alternate", confusion="swap", net="best", lambdaValue=2.0, targetEntropy=0.2),
    "alternate, swapped domains, one mean over both": dict(training="alternate", confusion="swap", domainLoss="mean"),
    "alternate, separate batches": dict(training="alternate", net="best", batches="separate", rule="adam", learningRate=1e-3),
    "source only": dict(variant="source-only", augmentation=1, recolour=True),
    "target only": dict(variant="target-only", net="best", augmentation=1, recolour=True),
}
out = {}
for name, options in CASES.items():
    found = run(**options)
    out[name] = dict(options={"width": 0.1, **{k: v for k, v in options.items() if k != "channels"}},
        channels=options.get("channels", 1), **found)
write(__file__, out)
