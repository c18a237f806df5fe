"""The workloads of bench/ in PyTorch, as a long-lived process: one JSON request a line in, one JSON answer a line out.
   {"op": "prepare", "workload", "sizes", "form", "threads"}   builds it from the common initial values
   {"op": "losses", "steps"}                                   runs steps, answers their losses
   {"op": "run", "steps"}                                      runs steps, answers the milliseconds of one
   {"op": "memory"}                                            answers the peak resident size in bytes
   Forms: "eager" (Adam as it comes), "fused" (Adam with fused=True), "compile" (torch.compile and fused Adam), "float64" (the
   values everything else is compared with). `torch_peer.py --references FILE` writes the float64 values that
   test/bench/workloads.test.ts expects.
"""
import json, math, os, resource, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

def noise(name, *shape, spread=1.0, centre=0.0):
    """Numbers that look random, a function of their name: bench/numbers.mjs, bit for bit."""
    seed = 0x811c9dc5
    for c in name: seed = ((seed ^ ord(c)) * 0x01000193) & 0xffffffff
    n, out = math.prod(shape), torch.empty(math.prod(shape))
    for start in range(0, n, 1 << 16):
        end = min(n, start + (1 << 16))
        h = (torch.arange(start, end) * 0x9e3779b1 + seed) & 0xffffffff
        h = ((h ^ (h >> 16)) * 0x85ebca6b) & 0xffffffff
        h = ((h ^ (h >> 13)) * 0xc2b2ae35) & 0xffffffff
        unit = ((h ^ (h >> 16)) >> 8).double() / 2 ** 23 - 1
        out[start:end] = (centre + spread * unit).float()
    return out.reshape(shape)

SPREAD = 0.02 * math.sqrt(3)
def fill_network(name, net):
    """Our names and shapes: a linear layer's weight is [in, out], batch norm has a scale and a shift."""
    for path, module in net.named_modules():
        for part, p in module.named_parameters(recurse=False):
            if isinstance(module, nn.modules.batchnorm._BatchNorm): part = dict(weight="scale", bias="shift")[part]
            turned = isinstance(module, nn.Linear) and part == "weight"
            full = f"{name}.{path}.{part}"
            values = noise(full, *(reversed(p.shape) if turned else p.shape), spread=SPREAD, centre=float(part == "scale"))
            p.data.copy_(values.T if turned else values)
    return net

class Form:
    """How PyTorch is used."""
    def __init__(self, name):
        self.name = name
        self.dtype = torch.float64 if name == "float64" else torch.float32
    def tensor(self, x): return x.to(self.dtype)
    def network(self, name, net): return fill_network(name, net.to(self.dtype))
    def function(self, f): return torch.compile(f) if self.name == "compile" else f
    def adam(self, parameters, rate):
        fused = dict(fused=True) if self.name in ("fused", "compile") else {}
        return torch.optim.Adam(parameters, lr=rate, betas=(0.5, 0.999), eps=1e-8, **fused)

def halving(i, o, bias): return nn.Conv2d(i, o, 4, stride=2, padding=1, bias=bias)
def doubling(i, o, bias): return nn.ConvTranspose2d(i, o, 4, stride=2, padding=1, bias=bias)
def dense(i, o, activation): return [nn.Linear(i, o, bias=False), nn.BatchNorm1d(o), activation]
def real_loss(logit): return F.binary_cross_entropy_with_logits(logit, torch.ones_like(logit))
def fake_loss(logit): return F.binary_cross_entropy_with_logits(logit, torch.zeros_like(logit))

def adversarial(form, G, players, inputs, x, first, second, rates):
    """A step of two updates. One generated batch serves both; D's weights get no gradient in G's update."""
    generate, first, second = form.function(lambda given: G(given)), form.function(first), form.function(second)
    theirs = [p for player in players for p in player.parameters()]
    rule_d, rule_g = form.adam(theirs, rates[0]), form.adam(G.parameters(), rates[1])
    def step():
        fake = generate(inputs)
        loss_d = first(x, fake.detach())
        rule_d.zero_grad(); loss_d.backward(); rule_d.step()
        for p in theirs: p.requires_grad_(False)
        loss_g = second(fake)
        rule_g.zero_grad(); loss_g.backward(); rule_g.step()
        for p in theirs: p.requires_grad_(True)
        return [loss_d, loss_g]
    return step

def infogan_28(form, batch, side=28, width=1, noise_width=62, categories=10, continuous=2, rate_d=2e-4, rate_g=1e-3):
    small, hidden, leak = side // 4, round(1024 * width), lambda: nn.LeakyReLU(0.1)
    a, b = round(64 * width), round(128 * width)
    G = form.network("G", nn.Sequential(
        *dense(categories + continuous + noise_width, hidden, nn.ReLU()), *dense(hidden, b * small * small, nn.ReLU()),
        nn.Unflatten(1, (b, small, small)), doubling(b, a, False), nn.BatchNorm2d(a), nn.ReLU(), doubling(a, 1, True), nn.Sigmoid()))
    trunk = form.network("trunk", nn.Sequential(halving(1, a, True), leak(), halving(a, b, False), nn.BatchNorm2d(b), leak(),
        nn.Flatten(), *dense(b * small * small, hidden, leak())))
    D = form.network("D", nn.Sequential(nn.Linear(hidden, 1)))
    Q = form.network("Q", nn.Sequential(*dense(hidden, 128, leak()), nn.Linear(128, categories + continuous)))
    labels = torch.arange(batch) % categories
    codes = form.tensor(noise("continuous", batch, continuous))
    latent = torch.cat([form.tensor(F.one_hot(labels, categories)), codes, form.tensor(noise("z", batch, noise_width))], 1)
    x = form.tensor(noise("x", batch, 1, side, side, spread=0.5, centre=0.5))
    def information(q):
        gaussian = (0.5 * (codes - q[:, categories:]).square()).sum(1).mean()
        return F.cross_entropy(q[:, :categories], labels) + 0.1 * gaussian
    def first(x, fake):
        h = trunk(fake)
        return real_loss(D(trunk(x))) + fake_loss(D(h)) + information(Q(h))
    def second(fake):
        h = trunk(fake)
        return real_loss(D(h)) + information(Q(h))
    return adversarial(form, G, [trunk, D, Q], latent, x, first, second, [rate_d, rate_g])

def dcgan_64(form, batch, width, noise_width=100):
    a, b, c, d = [width * k for k in (1, 2, 4, 8)]
    up = lambda i, o: [doubling(i, o, False), nn.BatchNorm2d(o), nn.ReLU()]
    down = lambda i, o: [halving(i, o, False), nn.BatchNorm2d(o), nn.LeakyReLU(0.2)]
    G = form.network("G", nn.Sequential(nn.Linear(noise_width, d * 16, bias=False), nn.Unflatten(1, (d, 4, 4)), nn.BatchNorm2d(d),
        nn.ReLU(), *up(d, c), *up(c, b), *up(b, a), doubling(a, 3, True), nn.Tanh()))
    D = form.network("D", nn.Sequential(halving(3, a, True), nn.LeakyReLU(0.2), *down(a, b), *down(b, c), *down(c, d),
        nn.Flatten(), nn.Linear(d * 16, 1)))
    z, x = form.tensor(noise("z", batch, noise_width)), form.tensor(noise("x", batch, 3, 64, 64))
    return adversarial(form, G, [D], z, x, lambda x, fake: real_loss(D(x)) + fake_loss(D(fake)), lambda fake: real_loss(D(fake)),
        [2e-4, 2e-4])

def gru_256(form, frames, batch, inputs, width):
    """Forward and backward, no update. The second value: the gradients along noise."""
    net = nn.GRU(inputs, width).to(form.dtype)
    limit = 1 / math.sqrt(width)
    def part(name, *shape): return noise(f"gru.{name}", *shape, spread=limit)
    H = width
    net.weight_ih_l0.data.copy_(part("input.weight", inputs, 3 * H).T)
    net.bias_ih_l0.data.copy_(part("input.bias", 3 * H))
    net.weight_hh_l0.data.copy_(part("recurrent.weight", H, 3 * H).T)
    net.bias_hh_l0.data.copy_(part("recurrent.bias", 3 * H))
    x = form.tensor(noise("x", frames, batch, inputs))
    forward = form.function(lambda x: net(x)[0].square().sum())
    def step():
        net.zero_grad()
        loss = forward(x)
        loss.backward()
        return [loss]
    def along():
        grads = [net.weight_ih_l0.grad.T, net.bias_ih_l0.grad, net.weight_hh_l0.grad.T, net.bias_hh_l0.grad]
        names = ["input.weight", "input.bias", "recurrent.weight", "recurrent.bias"]
        return sum((g * noise(f"along/{n}", *g.shape)).sum() for n, g in zip(names, grads))
    step.along = along
    return step

WORKLOADS = {"infogan-28": infogan_28, "dcgan-64": dcgan_64, "gru-256": gru_256}

def build(workload, sizes, form):
    # Our word for the noise's length is the method's option; here it would hide the function.
    names = dict(noise="noise_width", learningRateD="rate_d", learningRateG="rate_g")
    return WORKLOADS[workload](Form(form), **{names.get(k, k): v for k, v in sizes.items()})

def losses(step, steps):
    out = []
    for _ in range(steps):
        found = [loss.item() for loss in step()]
        out.append(found + ([step.along().item()] if hasattr(step, "along") else []))
    return out

def timed(step, steps):
    start = time.perf_counter()
    for _ in range(steps): step()
    return (time.perf_counter() - start) * 1000 / steps

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

def serve():
    answers, prepared = os.fdopen(os.dup(1), "w"), {}
    os.dup2(2, 1) # what libraries print goes to the error stream
    for line in sys.stdin:
        request = json.loads(line)
        try:
            op, key = request["op"], request.get("form", "eager")
            if op == "hello": answer = dict(version=torch.__version__)
            elif op == "memory": answer = dict(bytes=peak())
            elif op == "prepare":
                torch.set_num_threads(request["threads"])
                prepared.pop(key, None)
                prepared[key] = build(request["workload"], request["sizes"], key)
                answer = {}
            elif op == "losses": answer = dict(losses=losses(prepared[key], request["steps"]))
            elif op == "forget": answer = dict(known=prepared.pop(key, None) is not None)
            elif op == "run": answer = dict(ms=timed(prepared[key], request["steps"]))
        except Exception as error:
            answer = dict(error=f"{type(error).__name__}: {error}"[:2000])
        print(json.dumps(answer), file=answers, flush=True)

if __name__ == "__main__":
    if sys.argv[1:2] == ["--references"]:
        cases = json.load(open(sys.argv[2]))
        for case in cases: case["losses"] = losses(build(case["workload"], case["sizes"], "float64"), 3)
        json.dump(cases, open(sys.argv[2], "w"), indent=1)
    else:
        serve()
