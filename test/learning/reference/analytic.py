"""Reference for the analytic heads (ridge, slda): scikit-learn's Ridge and LinearDiscriminantAnalysis on 90 made-up rows.

    pip install numpy==2.4.6 scikit-learn==1.9.1 && python analytic.py > analytic.json
"""
import json
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

random = np.random.default_rng(5)
classes, width = 4, 5
y = np.repeat([0, 1, 2, 3], [40, 25, 15, 10])
x = np.round(1.2 * random.normal(size=(classes, width))[y] + random.normal(size=(90, width)) @ random.normal(size=(width, width)) + 2, 3)
order = random.permutation(90)
x, y = x[order], y[order]


def factor(logits, candidates):
    """The candidate that gives the least cross-entropy."""
    def loss(c):
        z = c * logits
        return np.mean(np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(90), y])
    return float(min(candidates, key=loss))


def probabilities(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True)).ravel().tolist()


# The least shrinkage by Chen et al. 2010, equation 23, of the covariance within classes.
within = sum((y == c).mean() * np.cov(x[y == c].T, bias=True) for c in range(classes))
tr, tr2 = np.trace(within), np.trace(within @ within)
oas = min(1, ((1 - 2 / width) * tr2 + tr**2) / ((90 + 1 - 2 / width) * (tr2 - tr**2 / width)))

out = {'x': x.ravel().tolist(), 'y': y.tolist(), 'oas': oas, 'ridge': {}, 'slda': {}}
for rows in (100, 5):
    fit = Ridge(alpha=rows * x.var(0).mean(), fit_intercept=True, solver='svd').fit(x, np.eye(classes)[y])
    logits = fit.predict(x)
    out['ridge'][rows] = {'kernel': fit.coef_.T.ravel().tolist(), 'bias': fit.intercept_.tolist(), 'factor': factor(logits, [2 ** (i / 2) for i in range(11)])}
for name, shrinkage in (('0.1', 0.1), ('oas', oas)):
    fit = LinearDiscriminantAnalysis(solver='lsqr', shrinkage=shrinkage).fit(x, y)
    logits = fit.decision_function(x)
    best = factor(logits, [2 ** (-i / 2) for i in range(11)])
    out['slda'][name] = {'factor': best, 'probabilities': probabilities(best * logits)}
print(json.dumps(out))
