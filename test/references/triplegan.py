"""Three training steps of Triple GAN in PyTorch float64, for test/methods/triplegan.test.ts; writes triplegan.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/triplegan.py
   Weights, draws and pictures are a formula of their name (twin.py). Pictures of 12 x 12, three classes, layers of a
   twentieth of the paper's width.
"""
import math
import torch
import torch.nn.functional as F
from twin import Player, adam, move, noise, summary, write

BATCH, SIDE, CLASSES, NOISE, WIDTH = 4, 12, 3, 5, 0.05
units = lambda n: max(1, math.floor(n * WIDTH + 0.5))
number = lambda share, least=1: max(least, math.floor(share * BATCH + 0.5))
DEFAULTS = dict(recipe="paper", variant="triplegan", alpha=0.5, alphaP=0.1, alphaPFrom=0.3, adversarial="integrate",
    adversarialWeight=0.5, adversarialFrom=0.0, ramp=0.0, entropy=0.3, balance=1e-3, consistency=0.0, confidence=0.95, l2=1e-4,
    dropout=0.5, labelled=1.0, unlabelled=1.0, generated=2.0, taught=2.0, truePairs=0.01, pseudoPairs=4.0, conditioning="joined", gain=1.0,
    learnGain=False, inputNoise=0.3, hiddenNoise=0.5, learningRateC=1e-3, learningRateD=1e-3, learningRateG=1e-3, decayFrom=0.3, decayTo=0.03)

class Net(Player):
    def __init__(self, name, o):
        super().__init__(name)
        self.o = o
    def conv(self, layer, x, width, kernel, pad):
        return F.conv2d(x, self.weight(layer, width, x.shape[1], kernel, kernel, fan=x.shape[1] * kernel ** 2), padding=pad)
    def normed(self, layer, x, width):
        v = self.weight(layer, x.shape[1], width, fan=x.shape[1])
        gain = self.vector(f"{layer}.gain", width) if self.o.learnGain else torch.full((width,), self.o.gain).double()
        return F.linear(x, torch._weight_norm(v.T, gain[:, None], 0), self.vector(f"{layer}.bias", width))

def run(given):
    o = type("O", (), {**DEFAULTS, **given})
    if o.recipe == "course":
        o.alphaPFrom = o.adversarialFrom = o.ramp = o.entropy = o.balance = o.consistency = o.pseudoPairs = 0.0
        o.truePairs = o.labelled
    C, G, D = Net("C", o), Net("G", o), Net("D", o)

    def classify(x, step, call, seen):
        def stage(x, layers, at):
            for width, kernel, pad in layers:
                x = F.relu(C.norm(f"hidden.{at + 1}", C.conv(f"hidden.{at}", x, units(width), kernel, pad), seen))
                at += 3
            return x
        def pooled(x, at):
            x = F.max_pool2d(x, 2)
            return x * (noise(f"draw/C.hidden.{at}#{call}", *x.shape, step=step) > 0) / (1 - o.dropout)
        x = pooled(stage(x, [(32, 5, 0)], 0), 4)
        x = pooled(stage(x, [(64, 3, 1), (64, 3, 0)], 5), 12)
        x = stage(x, [(128, 3, 1), (128, 3, 1)], 13)
        return C.linear("logits.0", x.mean((2, 3)), CLASSES, True)

    def generate(y, z, seen):
        h = z
        for i in range(2):
            h = F.softplus(G.norm(f"{i}.1", G.linear(f"{i}.0", torch.cat([h, y], 1), units(500), False), seen))
        return torch.sigmoid(G.linear("picture.0", torch.cat([h, y], 1), SIDE * SIDE, True)).reshape(-1, 1, SIDE, SIDE)

    def judge(x, y, step, call):
        """All that D says: one logit of the pair, or one of every class."""
        joined = o.conditioning == "joined"
        noisy = lambda h, layer, deviation: h + deviation * noise(f"draw/D.{layer}~{call}", *h.shape, step=step)
        h = noisy(x.flatten(1), "input.1", o.inputNoise)
        for i, width in enumerate([1000, 500, 250, 250, 250]):
            h = F.leaky_relu(D.normed(f"{i}.1", torch.cat([h, y], 1) if joined else h, units(width)), 0.2)
            h = noisy(h, f"{i}.3", o.hiddenNoise)
        return D.normed("logit.1", torch.cat([h, y], 1) if joined else h, 1 if joined else CLASSES)
    def pair(x, y, step, call):
        said = judge(x, y, step, call)
        return said[:, 0] if o.conditioning == "joined" else said[y.bool()]
    def every(x, step, call):
        if o.conditioning == "outputs": return judge(x, None, step, call)
        rows = judge(x.repeat_interleave(CLASSES, 0), torch.eye(CLASSES).double().repeat(len(x), 1), step, call)
        return rows.reshape(-1, CLASSES)

    def weights(step):
        progress = step / 3
        def ramped(value, start):
            return value * (min(1, max(0, (progress - start) / o.ramp)) if o.ramp > 0 else float(progress >= start))
        return ramped(o.alphaP, o.alphaPFrom), ramped(o.adversarialWeight, o.adversarialFrom)

    def updates(step):
        picture = lambda at, size: (noise(f"batch/{at}/x", size, 1, SIDE, SIDE, step=step) + 1) / 2
        hot = lambda labels: F.one_hot(labels, CLASSES).double()
        which = lambda name, size: ((noise(name, size, step=step) + 1) / 2 * CLASSES).floor().long()
        xl, yl = picture(0, number(o.labelled)), which("batch/0/y", number(o.labelled) * CLASSES)[:number(o.labelled)]
        xu = picture(1, number(o.unlabelled))
        n = number(o.generated)
        yg, z = which("draw/y", n), noise("draw/z", n, NOISE, step=step)
        # C is applied to unlabelled, pseudo, labelled, plain and generated pictures in this order, D to pairs of C, of G, and true ones.
        pseudo = o.pseudoPairs > 0
        of_labelled = 2 if pseudo else 1
        of_plain = of_labelled + 1
        of_generated = of_plain + (1 if o.consistency > 0 else 0)
        bce = F.binary_cross_entropy_with_logits
        yes, no = (lambda t, **k: bce(t, torch.ones_like(t), **k)), (lambda t, **k: bce(t, torch.zeros_like(t), **k))
        def pairs_of_c(logits, loss, weigh):
            if o.adversarial == "integrate":
                return (logits.softmax(1) * loss(every(xu, step, 0), reduction="none")).sum(1).mean()
            top, label = logits.softmax(1).max(1)
            terms = loss(pair(xu, hot(label), step, 0), reduction="none")
            return (terms * top).mean() if weigh else terms.mean()
        def of_d():
            m = min(number(o.truePairs), len(xl))
            x, y = xl[:m], hot(yl[:m])
            with torch.no_grad():
                if pseudo:
                    xp = picture(2, number(o.pseudoPairs))
                    x, y = torch.cat([x, xp]), torch.cat([y, hot(classify(xp, step, 1, []).argmax(1))])
                answers, fake = classify(xu, step, 0, []), generate(hot(yg), z, [])
            return (yes(pair(x, y, step, 2)) + o.alpha * pairs_of_c(answers, no, False)
                + (1 - o.alpha) * no(pair(fake, hot(yg), step, 1))), []
        def of_c():
            seen, (alphaP, fooling) = [], weights(step)
            answers = classify(xu, step, 0, seen) if o.variant != "supervised" else None
            known = F.cross_entropy(classify(xl, step, of_labelled, seen), yl)
            if o.variant == "supervised": return known, seen
            p = answers.softmax(1)
            loss = known + o.entropy * torch.distributions.Categorical(probs=p).entropy().mean()
            loss = loss - o.balance * p.mean(0).log().mean()
            if o.consistency > 0:
                with torch.no_grad(): top, label = classify(xu, step, of_plain, seen).softmax(1).max(1)
                own = F.cross_entropy(answers, label, reduction="none")
                loss = loss + o.consistency * (own * (top >= o.confidence)).mean()
            if o.variant == "no-gan": return loss, seen
            with torch.no_grad(): fake = generate(hot(yg), z, [])
            m = number(o.taught)
            loss = loss + alphaP * F.cross_entropy(classify(fake[:m], step, of_generated, seen), yg[:m])
            return loss + fooling * pairs_of_c(answers, yes, True), seen
        def of_g():
            seen = []
            return (1 - o.alpha) * yes(pair(generate(hot(yg), z, seen), hot(yg), step, 1)), seen
        c = ([C], o.learningRateC, 2 * o.l2, of_c)
        if o.variant != "triplegan": return [c]
        return [([D], o.learningRateD, 0, of_d), c, ([G], o.learningRateG, 0, of_g)]

    rules, losses = {}, []
    for step in range(3):
        logged = []
        for k, (players, rate, decay, loss_of) in enumerate(updates(step)):
            loss, seen = loss_of()
            progress = step / 3
            fall = 0 if progress <= o.decayFrom else (progress - o.decayFrom) / (1 - o.decayFrom)
            make = lambda parameters: adam(parameters, decay)
            logged.append(move(rules, k, players, rate * o.decayTo ** fall, loss, seen, make))
        losses.append(logged)
    return summary(losses, [C, G, D])

CASES = {
    "the paper's recipe": dict(),
    "the paper's recipe, likeliest class": dict(adversarial="argmax"),
    "the course's recipe": dict(recipe="course", alphaP=0.4, consistency=1.0, confidence=0.4),
    "an output per class, all else": dict(conditioning="outputs", gain=2.0, consistency=0.7, confidence=0.4, alpha=0.3, alphaP=0.6,
        alphaPFrom=0.1, adversarialFrom=0.2, adversarialWeight=0.8, ramp=0.5, entropy=0.2, balance=0.05, l2=0.02, truePairs=0.5,
        pseudoPairs=0.5, unlabelled=1.5, generated=1.5, taught=0.75, learnGain=True, inputNoise=0.1, hiddenNoise=0.2, decayFrom=0.1, decayTo=0.2,
        learningRateD=2e-3, learningRateG=3e-3),
    "an output per class, likeliest class, no pseudo-labels": dict(conditioning="outputs", adversarial="argmax", pseudoPairs=0.0),
    "no-gan": dict(variant="no-gan", consistency=1.0, confidence=0.4),
    "supervised": dict(variant="supervised"),
}
out = {}
for name, options in CASES.items():
    found = run(options)
    out[name] = dict(options={"noise": NOISE, "width": WIDTH, "pretraining": 0, **options}, **found)
write(__file__, out)
