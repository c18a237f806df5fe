"""Three training steps of the classifier in PyTorch float64, for test/methods/classifier.test.ts; writes classifier.json.
   python3 -m venv v && v/bin/pip install torch==2.13.0 && v/bin/python test/references/classifier.py
   Weights, pictures and labels are a formula of their name that the test computes as well (twin.py).
"""
import math
import torch
import torch.nn.functional as F
from twin import Player, move, noise, summary, write

BATCH, SIDE, CLASSES, STEPS = 6, 12, 4, 3

def run(width=1.0, channels=1, learningRate=2e-3):
    units = lambda n: max(1, math.floor(n * width + 0.5))
    trunk, head = Player("F"), Player("P")
    def hidden(x, seen):
        for i, (n, kernel) in enumerate([(32, 5), (64, 5), (128, 3)]):
            w = trunk.weight(f"{4 * i}", units(n), x.shape[1], kernel, kernel, fan=x.shape[1] * kernel ** 2)
            x = F.conv2d(x, w, padding="same")
            x = F.max_pool2d(F.relu(trunk.norm(f"{4 * i + 1}", x, seen)), 2)
        return F.relu(trunk.norm("14", trunk.linear("13", x.flatten(1), units(128), False), seen))
    make = lambda parameters: torch.optim.Adam(parameters, betas=(0.9, 0.999), eps=1e-8)
    rules, losses = {}, []
    for step in range(STEPS):
        x = (noise("batch/0/x", BATCH, channels, SIDE, SIDE, step=step) + 1) / 2
        y = ((noise("batch/0/y", BATCH * CLASSES, step=step)[:BATCH] + 1) / 2 * CLASSES).long()
        seen = []
        loss = F.cross_entropy(head.linear("0", hidden(x, seen), CLASSES, True), y)
        done = step / STEPS
        # A twentieth of the run rises from 0; then half a cosine falls to a hundredth.
        fall = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * max(0, done - 0.05) / 0.95))
        rate = learningRate * (done / 0.05 if done < 0.05 else fall)
        losses.append([move(rules, 0, [trunk, head], rate, loss, seen, make)])
    return summary(losses, [trunk, head])

# At higher rates Adam makes whole steps of what is rounding in gradients near 0: two precisions then part after three steps.
CASES = {
    "grey": dict(width=0.25),
    "in colour and at half the rate": dict(width=0.25, channels=3, learningRate=1e-3),
}
write(__file__, {name: dict(options=case, **run(**case)) for name, case in CASES.items()})
