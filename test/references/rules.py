"""Writes rules.json: what PyTorch's optimisers do to seven float32 parameters (one vector and a tail) in five steps.

pip install torch==2.13.0 && python test/references/rules.py
"""

import json
import pathlib

import torch

STEPS, SIZE = 5, 7
CASES = [
    ("adam", torch.optim.Adam, dict(lr=2e-3, betas=(0.5, 0.999), eps=1e-8, weight_decay=0.0)),
    ("adam", torch.optim.Adam, dict(lr=0.1, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.3)),
    ("rmsprop", torch.optim.RMSprop, dict(lr=5e-3, alpha=0.99, eps=1e-8, weight_decay=0.0)),
    ("rmsprop", torch.optim.RMSprop, dict(lr=0.1, alpha=0.6, eps=1e-2, weight_decay=0.3)),
    ("sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.0, weight_decay=0.0)),
    ("sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.3)),
]

torch.manual_seed(0)
start = torch.randn(SIZE)
gradients = torch.randn(STEPS, SIZE) * torch.logspace(-3, 1, SIZE)


def run(rule, options):
    p = torch.nn.Parameter(start.clone())
    optimiser = rule([p], **options)
    for p.grad in gradients:
        optimiser.step()
        yield p.tolist()


result = dict(
    torch=torch.__version__,
    start=start.tolist(),
    gradients=gradients.tolist(),
    cases=[dict(rule=name, **options, after=list(run(rule, options))) for name, rule, options in CASES],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
