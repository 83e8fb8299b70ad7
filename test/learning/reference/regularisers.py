"""
What EWC, SI, LwF and L2-SP lead to, worked out in numpy and float64 for regularisers.json:

    python regularisers.py > regularisers.json        (Python 3.11, numpy 2.4)

A network 3-4-4 with ReLU learns three tasks of 12 rows one after the other, each in 5 full-batch steps of plain gradient
descent. Everything is written as the papers have it, as naively as can be: all terms of a sum are kept, every row's
gradient is taken by itself, and gradients are the textbook's, by hand.
"""
import json
import numpy as np

RATE, STEPS = 0.2, 5
NAMES = ['hidden1/kernel', 'hidden1/bias', 'logits/kernel', 'logits/bias']
HEADS = [[0, 1], [2, 3]]


def forward(w, x):
    hidden = np.maximum(x @ w[0] + w[1], 0)
    return hidden, hidden @ w[2] + w[3]


def backward(w, x, hidden, dlogits):
    dhidden = (dlogits @ w[2].T) * (hidden > 0)
    return [x.T @ dhidden, dhidden.sum(0), hidden.T @ dlogits, dlogits.sum(0)]


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def rivals(label, heads):
    """The classes that a class competes with."""
    return next(h for h in heads if label in h) if heads else [0, 1, 2, 3]


def cross_entropy_gradient(w, x, y, heads):
    hidden, logits = forward(w, x)
    d = np.zeros_like(logits)
    for i, label in enumerate(y):
        group = rivals(label, heads)
        d[i, group] = softmax(logits[i, group])
        d[i, label] -= 1
    return backward(w, x, hidden, d / len(y))


def descend(w, gradient):
    """The weights after each step, the first ones included."""
    path = [w]
    for _ in range(STEPS):
        path.append([a - RATE * g for a, g in zip(path[-1], gradient(path[-1]))])
    return path


# --- Kirkpatrick et al. 2017 -------------------------------------------------------------------------------------------

def fisher(w, x, y, heads, labels):
    total = [np.zeros_like(a) for a in w]
    for row, label in zip(x, y):
        group = rivals(label, heads)
        p = softmax(forward(w, row[None])[1][0, group])
        shares = {
            'true': [(label, 1.0)],
            'predicted': [(group[int(p.argmax())], 1.0)],
            'expected': list(zip(group, p)),
        }[labels]
        for c, share in shares:
            g = cross_entropy_gradient(w, row[None], [c], heads)
            total = [t + share * d * d for t, d in zip(total, g)]
    return [t / len(y) for t in total]


def ewc(w, tasks, importance, labels='predicted', decay=None, heads=None):
    """decay None: one term for each task; else online EWC (Schwarz et al. 2018)."""
    terms, after = [], []
    for x, y in tasks:
        def gradient(now):
            g = cross_entropy_gradient(now, x, y, heads)
            for f, anchor in terms:
                g = [a + 2 * importance * b * (c - d) for a, b, c, d in zip(g, f, now, anchor)]
            return g
        w = descend(w, gradient)[-1]
        f = fisher(w, x, y, heads, labels)
        if decay is not None and terms:
            f = [decay * old + new for old, new in zip(terms[0][0], f)]
        terms = [(f, w)] if decay is not None else terms + [(f, w)]
        after.append({'weights': w, 'fisher': [sum(f[i] for f, _ in terms) for i in range(4)]})
    return after


# --- Zenke et al. 2017 -------------------------------------------------------------------------------------------------

def si(w, tasks, strength, damping, heads=None):
    importance, after = [np.zeros_like(a) for a in w], []
    for x, y in tasks:
        start, path = w, [np.zeros_like(a) for a in w]

        def gradient(now):
            g = cross_entropy_gradient(now, x, y, heads)
            return [a + 2 * strength * b * (c - d) for a, b, c, d in zip(g, importance, now, start)]
        for before, now in zip(*(lambda p: (p, p[1:]))(descend(w, gradient))):
            g = cross_entropy_gradient(before, x, y, heads)
            path = [p - a * (c - b) for p, a, b, c in zip(path, g, before, now)]
            w = now
        importance = [o + p / ((a - b) ** 2 + damping) for o, p, a, b in zip(importance, path, w, start)]
        after.append({'weights': w, 'importance': importance})
    return after


# --- Li & Hoiem 2016 ---------------------------------------------------------------------------------------------------

def lwf(w, tasks, temperature, importance, by_trainings=False, heads=None):
    seen, after = set(), []
    for t, (x, y) in enumerate(tasks, start=1):
        teacher = forward(w, x)[1] / temperature
        groups = [g for g in (heads or [[0, 1, 2, 3]]) if seen & set(g)]
        learned, kept = (1 / t, (1 - 1 / t) * importance) if by_trainings else (1, importance)

        def gradient(now):
            g = cross_entropy_gradient(now, x, y, heads)
            if not groups:
                return g
            hidden, logits = forward(now, x)
            d = np.zeros_like(logits)
            for group in groups:
                old = [c for c in group if c in seen]
                target = np.zeros_like(logits)
                target[:, old] = softmax(teacher[:, old])
                # T² · d/dz of -Σ target · log softmax(z / T)
                d[:, group] += temperature * (softmax(logits[:, group] / temperature) - target[:, group]) / len(groups)
            return [learned * a + kept * b for a, b in zip(g, backward(now, x, hidden, d / len(y)))]
        w = descend(w, gradient)[-1]
        seen |= set(y)
        after.append({'weights': w})
    return after


# --- Li, Grandvalet & Davoine 2018 -------------------------------------------------------------------------------------

def l2_sp(w, tasks, strength, heads=None):
    after = []
    for t, (x, y) in enumerate(tasks):
        start = w

        def gradient(now):
            g = cross_entropy_gradient(now, x, y, heads)
            return [a + (2 * strength * (b - c) if t > 0 else 0) for a, b, c in zip(g, now, start)]
        w = descend(w, gradient)[-1]
        after.append({'weights': w})
    return after


def main():
    random = np.random.default_rng(1)
    w = [np.float32(a).astype(float) for a in (random.normal(0, 0.8, (3, 4)), random.normal(0, 0.3, 4), random.normal(0, 0.8, (4, 4)), random.normal(0, 0.3, 4))]
    tasks = []
    for classes in ([0, 1], [0, 2, 3], [0, 1, 2, 3]):
        y = [classes[i % len(classes)] for i in range(12)]
        tasks.append((np.float32(random.normal(0, 1, (12, 3)) + 0.3 * np.array(y)[:, None]).astype(float), y))
    cases = {
        'fine-tune': l2_sp(w, tasks, 0),
        'ewc predicted': ewc(w, tasks, 2.0),
        'ewc true': ewc(w, tasks, 2.0, 'true'),
        'ewc expected': ewc(w, tasks, 2.0, 'expected'),
        'ewc heads': ewc(w, tasks, 2.0, heads=HEADS),
        'ewc expected heads': ewc(w, tasks, 2.0, 'expected', heads=HEADS),
        'ewc online': ewc(w, tasks, 2.0, decay=0.7),
        'si': si(w, tasks, 3.0, 0.1),
        'si heads': si(w, tasks, 3.0, 0.1, heads=HEADS),
        'lwf equal': lwf(w, tasks, 2.0, 1.5),
        'lwf trainings': lwf(w, tasks, 3.0, 1.0, by_trainings=True),
        'lwf heads': lwf(w, tasks, 2.0, 1.0, heads=HEADS),
        'l2-sp': l2_sp(w, tasks, 0.5),
        'l2-sp heads': l2_sp(w, tasks, 0.5, heads=HEADS),
    }

    def listed(arrays):
        return {name: [round(float(v), 7) for v in a.ravel()] for name, a in zip(NAMES, arrays)}
    print(json.dumps({
        'initial': listed(w),
        'tasks': [{'x': [round(float(v), 7) for v in x.ravel()], 'y': y} for x, y in tasks],
        'cases': {name: [{what: listed(arrays) for what, arrays in found.items()} for found in after] for name, after in cases.items()},
    }, indent=None, separators=(',', ':')).replace('},"', '},\n"'))


main()
