"""What the twins of methods share: the other half of test/methods/twin.ts. Weights, draws and pictures are a formula of their name
   that the tests compute as well.
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

def noise(name, *shape, step=0):
    """Numbers in [-1, 1) that look random, rounded to float32 as the engine reads them."""
    seed = sum(map(ord, name)) + 1000 * step
    wild = [math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453 for i in range(math.prod(shape))]
    return torch.tensor([2 * (v - math.floor(v)) - 1 for v in wild]).float().double().reshape(shape)

class Player:
    """Parameters made when first asked for, and running statistics (ours: the batch's own variance, divided by n)."""
    def __init__(self, name):
        self.name, self.p, self.running = name, {}, {}
    def weight(self, layer, *shape, fan):
        return self.known(f"{layer}.weight", lambda n: noise(n, *shape) * 1.7 / math.sqrt(fan))
    def vector(self, part, size, start=0.0):
        return self.known(part, lambda n: start + 0.3 * noise(n, size))
    def known(self, part, make):
        name = f"{self.name}.{part}"
        if name not in self.p: self.p[name] = make(name).float().double().requires_grad_()
        return self.p[name]
    def linear(self, layer, x, width, bias):
        y = x @ self.weight(layer, x.shape[1], width, fan=x.shape[1])
        return y + self.vector(f"{layer}.bias", width) if bias else y
    def halve(self, layer, x, width, bias):
        w = self.weight(layer, width, x.shape[1], 4, 4, fan=x.shape[1] * 16)
        return F.conv2d(x, w, self.vector(f"{layer}.bias", width) if bias else None, stride=2, padding=1)
    def double(self, layer, x, width, bias):
        w = self.weight(layer, x.shape[1], width, 4, 4, fan=width * 16)
        return F.conv_transpose2d(x, w, self.vector(f"{layer}.bias", width) if bias else None, stride=2, padding=1)
    def norm(self, layer, x, seen, affine=True):
        """Appends the batch's statistics to `seen`, for the update that moves this player. Where that is None, the running ones serve."""
        n = x.shape[1]
        axes = [0] if x.dim() == 2 else [0, 2, 3]
        learned = (self.vector(f"{layer}.scale", n, 1.0), self.vector(f"{layer}.shift", n)) if affine else (None, None)
        if seen is None:
            kept = [self.running.get(f"{layer}.{part}", torch.full((n,), start).double()) for part, start in [("mean", 0.0), ("variance", 1.0)]]
            return F.batch_norm(x, *kept, *learned, training=False, eps=1e-5)
        seen.append((self, layer, x.detach().mean(axes), x.detach().var(axes, unbiased=False)))
        return F.batch_norm(x, None, None, *learned, training=True, eps=1e-5)

def follow(seen, players):
    for player, layer, mean, variance in seen:
        if player in players:
            for part, value, start in [("mean", mean, 0.0), ("variance", variance, 1.0)]:
                key = f"{layer}.{part}"
                before = player.running.get(key, torch.full_like(value, start))
                player.running[key] = 0.9 * before + 0.1 * value

def adam(parameters, decay=0):
    return torch.optim.Adam(parameters, betas=(0.5, 0.999), eps=1e-8, weight_decay=decay)

def move(rules, k, players, rate, loss, seen, make=adam):
    """One update: gradients of the loss in the players' parameters alone, one step of rule k, which is made when first asked for,
    and the running statistics. Returns the loss."""
    parameters = [p for player in players for p in player.p.values()]
    if k not in rules: rules[k] = make(parameters)
    rules[k].param_groups[0]["lr"] = rate
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters)): p.grad = g
    rules[k].step()
    follow(seen, players)
    return loss.item()

def summary(losses, players):
    """What is kept of a case: losses, lengths of parameters and running statistics, and products of parameters with noise,
    which no permutation or sign leaves as they are."""
    length = lambda tensors: math.sqrt(sum((t.detach() ** 2).sum().item() for t in tensors))
    along = lambda named: sum((t.detach() * noise(f"along/{n}", *t.shape)).sum().item() for n, t in named.items())
    return dict(losses=losses, parameters={p.name: length(p.p.values()) for p in players},
        along={p.name: along(p.p) for p in players},
        running={p.name: length(p.running.values()) for p in players if p.running})

def write(script, cases):
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
