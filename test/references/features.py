"""Numbers for the scores of features and pictures in test/evaluate; writes features.json beside itself.
   python3 -m venv v && v/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6 && v/bin/python test/references/features.py
"""
import json, pathlib
import numpy as np
from scipy.linalg import sqrtm
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(11)
f32 = lambda a: np.asarray(a, np.float32).astype(float)  # what TypeScript will read
out = {}

# three overlapping classes far from 0, where single precision loses most
def draw(n, spread):
    labels = rng.integers(3, size=n)
    centres = np.array([[0, 0, 0, 1], [2, 0, 1, 0], [0, 2, 0, -1]])
    return f32(100 + centres[labels] + rng.normal(size=(n, 4)) * spread), labels

train, train_labels = draw(80, 1.3)
test, test_labels = draw(60, 1.3)
near = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(train).kneighbors(test)
binary = train_labels > 0  # two classes and an odd k: no equal votes
out["knn"] = dict(train=train.tolist(), train_labels=train_labels.tolist(), test=test.tolist(), test_labels=test_labels.tolist(),
    distances=near[0].tolist(), indices=near[1].tolist(),
    accuracy_1=KNeighborsClassifier(1, algorithm="brute").fit(train, train_labels).score(test, test_labels),
    binary_accuracy_5=KNeighborsClassifier(5, algorithm="brute").fit(train, binary).score(test, test_labels > 0))

# multinomial logistic regression on standardised features
scale = StandardScaler().fit(train)
out["probe"] = []
for penalty in [1, 10]:
    fit = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10000).fit(scale.transform(train), train_labels)
    loss = log_loss(train_labels, fit.predict_proba(scale.transform(train))) + penalty / 160 * (fit.coef_ ** 2).sum()
    out["probe"].append(dict(penalty=penalty, weights=fit.coef_.tolist(), bias=fit.intercept_.tolist(), loss=loss,
        accuracy=fit.score(scale.transform(test), test_labels), train_accuracy=fit.score(scale.transform(train), train_labels)))

# precision among the 10 nearest others
_, others = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(train).kneighbors(train)
out["retrieval"] = (train_labels[others[:, 1:]] == train_labels[:, None]).mean()

# Frechet distance, arXiv:1706.08500 eq. 6, by scipy's matrix square root
def frechet(a, b):
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)
a = f32(rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) + 3)
b = f32(rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6))
out["frechet"] = dict(a=a.tolist(), b=b.tolist(), value=frechet(a, b))

# principal components; signs: the element of greatest absolute value is positive
pca = PCA(3).fit(a)
signs = np.sign(pca.components_[np.arange(3), np.abs(pca.components_).argmax(1)])
out["pca"] = dict(rows=a.tolist(), components=(pca.components_ * signs[:, None]).tolist(),
    variances=pca.explained_variance_.tolist(), shares=pca.explained_variance_ratio_.tolist(),
    transformed=(pca.transform(a) * signs).tolist())

# k-means: the least sum of squared distances of 200 starts
rows = f32(np.repeat(rng.normal(size=(5, 3)) * 4, 18, 0) + rng.normal(size=(90, 3)))
best = KMeans(5, n_init=200, random_state=0, tol=0).fit(rows)
out["kmeans"] = dict(rows=rows.tolist(), k=5, inertia=best.inertia_)

# pictures [2, 3, 5, 4]
x, y = f32(rng.random((2, 2, 3, 5, 4)))
down, right = x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]
out["pictures"] = dict(x=x.ravel().tolist(), y=y.ravel().tolist(), mean_squared_error=mean_squared_error(x.ravel(), y.ravel()),
    sharpness=np.hypot(down, right).mean())

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
