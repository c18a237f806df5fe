"""Three training steps of VAE-GAN in PyTorch float64, for test/methods/vaegan.test.ts; writes vaegan.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/vaegan.py
   Weights, draws and pictures are a formula of their name that the test computes as well (twin.py).
"""
import torch
import torch.nn.functional as F
from twin import Player, follow, noise, summary, write

BATCH, SIDE, LATENT = 8, 8, 5
KINDS = ["real", "recon", "prior"]

class Wide(Player):
    """A player with convolutions of 5x5."""
    def same(self, layer, x, width):
        w = self.weight(layer, width, x.shape[1], 5, 5, fan=x.shape[1] * 25)
        return F.conv2d(x, w, self.vector(f"{layer}.bias", width), padding=2)
    def halve5(self, layer, x, width):
        return F.conv2d(x, self.weight(layer, width, x.shape[1], 5, 5, fan=x.shape[1] * 25), stride=2, padding=2)
    def double5(self, layer, x, width):
        w = self.weight(layer, x.shape[1], width, 5, 5, fan=width * 25)
        return F.conv_transpose2d(x, w, stride=2, padding=2, output_padding=1)

def run(variant="vaegan", order="course", reconstruction="pixel", fakes="both", classes=2, batches="joint", gamma=0.01, deviation=1.0,
        balance="off", equilibrium=0.68, margin=0.35, learningRate=2e-4, learningRateD=5e-4, decayTo=0.1, weightDecay=1e-3, channels=1):
    E, G, L, D = (Wide(n) for n in "EGLD")

    def encode(x, seen):
        h = F.relu(E.norm(1, E.halve5(0, x, 6), seen))
        h = F.relu(E.norm(4, E.halve5(3, h, 13), seen)).flatten(1)
        h = E.linear(10, F.relu(E.norm(8, E.linear(7, h, 102, False), seen)), 2 * LATENT, True)
        return h[:, :LATENT], h[:, LATENT:]
    def decode(z, seen):
        h = F.relu(G.norm(1, G.linear(0, z, 13 * 4, False), seen)).reshape(len(z), 13, 2, 2)
        h = F.relu(G.norm(5, G.double5(4, h, 13), seen))
        h = F.relu(G.norm(8, G.double5(7, h, 3), seen))
        return torch.tanh(G.same(10, h, channels))
    def look(x, seen):
        h = F.relu(L.same(0, x, 3))
        return L.halve5(5, F.relu(L.norm(3, L.halve5(2, h, 12), seen)), 26)
    def judge(layer, seen):
        h = F.relu(D.norm(0, layer, seen)).flatten(1)
        return D.linear(6, F.relu(D.norm(4, D.linear(3, h, 51, False), seen)), 1 if classes == 2 else 3, True)
    def cost(logits, kind):
        if classes == 2: return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(kind == "real")))
        return F.cross_entropy(logits, torch.full((BATCH,), KINDS.index(kind)))
    def error(x, centre): return ((x - centre) ** 2 / 2).sum() / BATCH / deviation ** 2

    def losses_of(step):
        """All three losses with the players as they are: what each is, what was seen on the way, who would move."""
        seen = []
        x = 2 * ((noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2) - 1
        mu, log_variance = encode(x, seen)
        epsilon, z = (noise(f"draw/{name}", BATCH, LATENT, step=step) for name in ("epsilon", "z"))
        encoded = mu + log_variance.exp().sqrt() * epsilon
        recon, generated = (decode(encoded, seen), None) if variant == "vae" else decode(torch.cat([encoded, z]), seen).chunk(2)
        kl = torch.distributions.kl_divergence(torch.distributions.Normal(mu, (log_variance / 2).exp()),
            torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()
        if variant == "vae": return [error(x, recon) + kl], seen, [True]
        pictures = [x, recon, generated]
        if batches == "joint":
            whole = look(torch.cat(pictures), seen)
            layers, logits = whole.chunk(3), judge(whole, seen).chunk(3)
        else:
            # D's statistics follow the kinds that count in its loss, one after the other.
            counts = [seen if k == "real" or fakes in ("both", k) else [] for k in KINDS]
            layers = [look(p, s) for p, s in zip(pictures, counts)]
            logits = [judge(l, s) for l, s in zip(layers, counts)]
        used = [k for k in KINDS[1:] if fakes in ("both", k)]
        of = dict(zip(KINDS, logits))
        real = cost(of["real"], "real")
        fake = sum(cost(of[k], k) for k in used) / len(used)
        fooled = sum(cost(of[k], "real") for k in used) / len(used)
        difference = error(x, recon) if reconstruction == "pixel" else error(layers[0].detach(), layers[1])
        ahead = min(real, fake) < equilibrium - margin
        behind = max(real, fake) > equilibrium + margin
        moves = [True, not behind or ahead, not ahead or behind] if balance == "on" else [True] * 3
        return [difference + kl, gamma * difference + fooled, real + fake], seen, moves

    groups = [[E, G]] if variant == "vae" else [[E], [G], [L, D]]
    rules, losses = {}, []
    def gradients(k, loss):
        parameters = [p for player in groups[k] for p in player.p.values()]
        rate = learningRateD if k == 2 else learningRate
        if k not in rules: rules[k] = torch.optim.RMSprop(parameters, lr=rate, alpha=0.99, eps=1e-8, weight_decay=weightDecay)
        rules[k].param_groups[0]["lr"] = rate * decayTo ** (step / 3)
        return list(zip(parameters, torch.autograd.grad(loss, parameters, retain_graph=True)))
    def move(k, found, seen):
        for p, g in found: p.grad = g
        rules[k].step()
        follow(seen, groups[k])
    for step in range(3):
        if order == "paper":
            found, seen, moves = losses_of(step)
            slopes = [gradients(k, loss) for k, loss in enumerate(found)]
            for k in range(len(found)):
                if moves[k]: move(k, slopes[k], seen)
            losses.append([loss.item() for loss in found])
        else:
            logged = []
            for k in range(len(groups)):
                found, seen, moves = losses_of(step)
                if moves[k]: move(k, gradients(k, found[k]), seen)
                logged.append(found[k].item())
            losses.append(logged)
    return summary(losses, [E, G, L, D])

CASES = {
    "the course's": dict(),
    "the paper's": dict(order="paper", reconstruction="feature"),
    "prior alone, three classes": dict(fakes="prior", classes=3, batches="separate"),
    "recon alone, features": dict(fakes="recon", reconstruction="feature", batches="separate"),
    "three classes, features": dict(classes=3, reconstruction="feature"),
    "prior alone": dict(fakes="prior", order="paper"),
    "a narrow Gaussian": dict(deviation=0.5, gamma=0.3),
    "balance": dict(balance="on", equilibrium=0.7, margin=0.05),
    "balance, the paper's order": dict(balance="on", equilibrium=0.7, margin=0.05, order="paper", reconstruction="feature", classes=3),
    "vae": dict(variant="vae"),
}
out = {}
rates = dict(learningRate=2e-4, learningRateD=5e-4, decayTo=0.1, weightDecay=1e-3)
for name, options in CASES.items():
    out[name] = dict(options={"width": 0.1, "latent": LATENT, **rates, **options}, **run(**options))
write(__file__, out)
