"""The networks that BiGAN and the autoencoders share (src/nn/two-way.ts), and their training, for the twins of those methods."""
import torch
import torch.nn.functional as F
from twin import Player, follow, summary

BATCH, SIDE, LATENT, HIDDEN, WIDTHS = 8, 8, 3, 102, (6, 13)
RULE = dict(learningRate=2e-3, decayFrom=0.5, decayTo=0.01, weightDecay=0.02)
leaky = lambda x: F.leaky_relu(x, 0.2)

class Nets:
    def __init__(self, net, channels):
        self.dense, self.channels = net == "dense", channels
        self.E, self.G, self.D = Player("E"), Player("G"), Player("D")
        self.first = 3 if self.dense else 6  # where the hidden layer reads

    def see(self, P, x, seen):
        if self.dense: return leaky(P.linear(1, x.flatten(1), HIDDEN, False))
        h = leaky(P.halve(0, x, WIDTHS[0], True))
        return leaky(P.norm(3, P.halve(2, h, WIDTHS[1], False), seen)).flatten(1)
    def hidden(self, P, at, h, units, others, seen, normalise=True):
        h = P.linear(at, h, units, False)
        for i, v in enumerate(others): h = h + P.linear(f"{at}.{i}", v, units, False)
        if not normalise: return h + P.vector(f"{at + 1}.bias", units)
        return P.norm(at + 1, h, seen, affine=not self.dense)
    def encode(self, x, outputs, seen):
        h = leaky(self.hidden(self.E, self.first, self.see(self.E, x, seen), HIDDEN, [], seen))
        return self.E.linear("out", h, outputs, not self.dense)
    def judge(self, x, others, seen, normalise=True):
        h = leaky(self.hidden(self.D, self.first, self.see(self.D, x, seen), HIDDEN, others, seen, normalise))
        return self.D.linear(self.first + 3, h, 1, not self.dense)
    def generate(self, z, seen):
        """Logits of a picture."""
        G = self.G
        h = F.relu(self.hidden(G, 0, z, HIDDEN, [], seen))
        h = F.relu(self.hidden(G, 3, h, HIDDEN if self.dense else WIDTHS[1] * 4, [z], seen))
        if self.dense: return G.linear(6, h, self.channels * SIDE * SIDE, False).reshape(-1, self.channels, SIDE, SIDE)
        h = F.relu(G.norm(8, G.double(7, h.reshape(-1, WIDTHS[1], 2, 2), WIDTHS[0], False), seen))
        return G.double(10, h, self.channels, True)

def train(players, updates_of, together, learningRate, decayFrom, decayTo, weightDecay):
    """Three steps. updates_of(step): players and a function that gives loss and statistics seen, in order. Those that move
    together are all differentiated before any moves."""
    rules, losses = {}, []
    def differentiate(moved, loss_of):
        loss, seen = loss_of()
        parameters = [p for player in moved for p in player.p.values()]
        return moved, parameters, loss, seen, torch.autograd.grad(loss, parameters)
    def move(k, moved, parameters, _loss, seen, gradients, progress):
        if k not in rules: rules[k] = torch.optim.Adam(parameters, betas=(0.5, 0.999), eps=1e-8, weight_decay=weightDecay)
        fall = 0 if progress <= decayFrom else (progress - decayFrom) / (1 - decayFrom)
        rules[k].param_groups[0]["lr"] = learningRate * decayTo ** fall
        for p, g in zip(parameters, gradients): p.grad = g
        rules[k].step()
        follow(seen, moved)
    for step in range(3):
        updates = updates_of(step)
        if together: found = [differentiate(*u) for u in updates]
        logged = []
        for k, one in enumerate(updates):
            got = found[k] if together else differentiate(*one)
            move(k, *got, step / 3)
            logged.append(got[2].item())
        losses.append(logged)
    return summary(losses, [p for p in players if p.p])
