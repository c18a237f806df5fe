"""Numbers for test/evaluate from independent implementations; writes scores.json beside itself.
   python3 -m venv v && v/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6 && v/bin/python test/references/scores.py
"""
import json, pathlib
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score
from sklearn.metrics.pairwise import cosine_similarity

rng = np.random.default_rng(7)
f32 = lambda a: np.asarray(a, np.float32).astype(float)  # what TypeScript will read
out = {}

# categorical code against classes: square, more codes than classes, fewer
out["clusters"] = []
for codes, classes in [(4, 4), (7, 3), (3, 6)]:
    labels = rng.integers(classes, size=200)
    code = np.where(rng.random(200) < 0.6, (labels * 2 + 1) % codes, rng.integers(codes, size=200))
    table = np.zeros((codes, classes), int)
    np.add.at(table, (code, labels), 1)
    r, c = linear_sum_assignment(-table)
    out["clusters"].append(dict(codes=codes, classes=classes, assignment=code.tolist(), labels=labels.tolist(),
        counts=table.tolist(), cluster_accuracy=table[r, c].sum() / 200, nmi=normalized_mutual_info_score(labels, code)))

# MIG, arXiv:1802.04942 eq. 6, continuous codes in 20 histogram bins, factors as they are (discrete)
factors = np.stack([rng.integers(5, size=300), rng.integers(3, size=300), rng.integers(8, size=300)], 1)
codes = f32(factors @ np.array([[1, .2, 0, .5], [0, 1, .1, 0], [0, .1, .3, .4]]) + rng.normal(size=(300, 4)) * .3)
binned = np.stack([np.digitize(z, np.histogram(z, 20)[1][:-1]) for z in codes.T], 1)
info = np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned.T])
H = np.array([mutual_info_score(v, v) for v in factors.T])
top = np.sort(info, 0)[::-1]
out["mig"] = dict(codes=codes.tolist(), factors=factors.tolist(), value=((top[0] - top[1]) / H).mean(),
    gaps=((top[0] - top[1]) / H).tolist(), information=(info / H).tolist())

# |Pearson r|, matched
factors = f32(rng.normal(size=(100, 3)))
codes = f32(factors @ rng.normal(size=(3, 2)) + rng.normal(size=(100, 2)))
r = np.abs(np.corrcoef(codes.T, factors.T)[:2, 2:])
i, j = linear_sum_assignment(-r)
out["code_correlation"] = dict(codes=codes.tolist(), factors=factors.tolist(), correlations=r.tolist(),
    value=r[i, j].mean(), matching=[int(i[list(j).index(v)]) if v in j else -1 for v in range(3)])

# DCI's two formulas on a given importance matrix [5 codes, 3 factors]
R = f32(rng.random((5, 3)) ** 4)
def weighted(R):
    return float(((1 - entropy(R.T, base=R.shape[1])) * R.sum(1) / R.sum()).sum())
out["dci"] = dict(importance=R.tolist(), disentanglement=weighted(R), completeness=weighted(R.T))

# nearest neighbours by cosine
rows = f32(rng.random((23, 7)))
cosine = cosine_similarity(rows)
np.fill_diagonal(cosine, -2)
out["neighbours"] = dict(rows=rows.tolist(), k=3, nearest=np.argsort(-cosine, 1)[:, :3].tolist())

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
