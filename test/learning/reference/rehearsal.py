"""
What the strategies that rehearse rows lead to, worked out in numpy and float64 for rehearsal.json:

    python rehearsal.py > rehearsal.json        (Python 3.11, numpy 2.4)

The network 3-4-4 with ReLU, its first weights and the tasks of 12 rows are those of regularisers.json; each training is
steps of plain gradient descent. The memory holds the 12 rows of the first task, and every draw takes all of them, so
that no chance is left. Gradients are the textbook's, by hand; sums run over single rows.
"""
import json
import os
import numpy as np

RATE = 0.2
NAMES = ['hidden1/kernel', 'hidden1/bias', 'logits/kernel', 'logits/bias']
HEADS = [[0, 1], [2, 3]]
EVERY = [0, 1, 2, 3]


def forward(w, x):
    hidden = np.maximum(x @ w[0] + w[1], 0)
    return hidden, hidden @ w[2] + w[3]


def backward(w, x, dlogits):
    hidden, _ = forward(w, x)
    dhidden = (dlogits @ w[2].T) * (hidden > 0)
    return [x.T @ dhidden, dhidden.sum(0), hidden.T @ dlogits, dlogits.sum(0)]


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cross_entropy(w, rows, rivals=lambda label: EVERY):
    """Gradient of the mean of -log softmax, where a row's class competes with its rivals only."""
    x, y = rows
    logits = forward(w, x)[1]
    d = np.zeros_like(logits)
    for i, label in enumerate(y):
        group = rivals(label)
        d[i, group] = softmax(logits[i, group]) / len(y)
        d[i, label] -= 1 / len(y)
    return backward(w, x, d)


def weighted(*terms):
    return [sum(share * g[i] for share, g in terms) for i in range(4)]


def descend(w, gradient, steps=5):
    for step in range(steps):
        w = [a - RATE * g for a, g in zip(w, gradient(w, step))]
    return w


def in_head(label):
    return next(h for h in HEADS if label in h)


# --- Experience replay -------------------------------------------------------------------------------------------------

def replay(w, tasks, rivals=lambda label: EVERY):
    first, second = tasks[:2]
    one = descend(w, lambda now, _: cross_entropy(now, first, rivals))
    both = np.concatenate([second[0], first[0]]), second[1] + first[1]
    return [one, descend(one, lambda now, _: cross_entropy(now, both, rivals))]


def replay_by_trainings(w, tasks):
    """The rows of the second task are private: they are trained on, and never come back."""
    after, memory = [], tasks[0]
    for t, rows in enumerate(tasks, start=1):
        w = descend(w, lambda now, _: cross_entropy(now, rows) if t == 1 else weighted((1 / t, cross_entropy(now, rows)), (1 - 1 / t, cross_entropy(now, memory))))
        after.append(w)
    return after


def replay_in_turns(w, tasks):
    first, second = tasks[:2]
    one = descend(w, lambda now, _: cross_entropy(now, first))
    return [one, descend(one, lambda now, step: cross_entropy(now, first if step % 2 else second), 10)]


# --- Buzzega et al. 2020 -----------------------------------------------------------------------------------------------

def logit_distance(w, x, kept):
    """Gradient of the mean squared difference over rows and logits."""
    return backward(w, x, 2 * (forward(w, x)[1] - kept) / kept.size)


def dark(w, tasks, alpha, beta, stream=False):
    first, second = tasks[:2]

    def remembering(now, rows, kept):
        return weighted((1, cross_entropy(now, rows)), (alpha, logit_distance(now, first[0], kept)), (beta, cross_entropy(now, first)))
    if stream:
        # Kept before the first step, drawn from the second on.
        kept = forward(w, first[0])[1]
        one = descend(w, lambda now, step: cross_entropy(now, first) if step == 0 else remembering(now, first, kept))
    else:
        one = descend(w, lambda now, _: cross_entropy(now, first))
        kept = forward(one, first[0])[1]
    return [one, descend(one, lambda now, _: remembering(now, second, kept), 1 if stream else 5)], kept


# --- Chaudhry et al. 2019 ----------------------------------------------------------------------------------------------

def a_gem(w, tasks):
    """Two steps, then five on a row of the first task and eleven of the third: at first both want the same."""
    first, _, third = tasks
    second = np.concatenate([first[0][:1], third[0][1:]]), first[1][:1] + third[1][1:]
    one = descend(w, lambda now, _: cross_entropy(now, first), 2)
    projected = []

    def gradient(now, _):
        g, r = cross_entropy(now, second), cross_entropy(now, first)
        flat_g, flat_r = np.concatenate([a.ravel() for a in g]), np.concatenate([a.ravel() for a in r])
        projected.append(bool(flat_g @ flat_r < 0))
        return weighted((1, g), (-(flat_g @ flat_r) / (flat_r @ flat_r), r)) if projected[-1] else g
    return [one, descend(one, gradient)], projected


# --- Caccia et al. 2022 ------------------------------------------------------------------------------------------------

def er_ace(w, tasks, rivals=lambda label: EVERY):
    first, second = tasks[:2]

    def gradient(rows, past):
        present = set(rows[1])

        def step(now, _):
            own = cross_entropy(now, rows, lambda label: [c for c in rivals(label) if c in present])
            return weighted((1, own), (1, cross_entropy(now, past, rivals))) if past else own
        return step
    one = descend(descend(w, gradient(first, None), 1), gradient(first, first), 4)
    return [one, descend(one, gradient(second, first), 1)]


# --- Rebuffi et al. 2017 -----------------------------------------------------------------------------------------------

def binary(w, rows, target, classes):
    """Gradient of the mean over rows of the sum over the classes of binary cross-entropy."""
    d = np.zeros((len(rows[1]), 4))
    d[:, classes] = (sigmoid(forward(w, rows[0])[1]) - target)[:, classes] / len(rows[1])
    return backward(w, rows[0], d)


def unit(v):
    """Of length 1; a row whose features are all 0 stays so."""
    return v / (np.linalg.norm(v) or 1)


def nearest_mean(w, rows):
    """Class means of features of length 1, and the scale that makes the rows likeliest, with one row more for each class."""
    x, y = rows
    features = forward(w, x)[0]
    means = np.zeros((4, 4))
    known = sorted(set(y))
    for c in known:
        means[:, c] = unit(np.mean([unit(f) for f, label in zip(features, y) if label == c], axis=0))

    def loss(scale):
        total = 0
        for f, label in zip(features, y):
            p = softmax(scale * (f @ means)[known])
            own = y.count(label)
            target = np.array([(own + 1 if c == label else 1) / (own + len(known)) for c in known])
            total -= target @ np.log(p)
        return total
    grid = np.exp(np.linspace(-6, 6, 2001))
    low, high = np.log(grid[max(0, np.argmin([loss(s) for s in grid]) - 1)]), np.log(grid[np.argmin([loss(s) for s in grid]) + 1])
    for _ in range(100):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if loss(np.exp(a)) < loss(np.exp(b)) else (a, high)
    return means, float(np.exp((low + high) / 2)), [int(np.argmin([np.linalg.norm(unit(f) - means[:, c]) if c in known else np.inf for c in EVERY])) for f in features]


def icarl(w, tasks, temperature):
    first, second = tasks[:2]
    one = descend(w, lambda now, _: binary(now, first, np.eye(4)[first[1]], [0, 1]))
    both = np.concatenate([second[0], first[0]]), second[1] + first[1]
    target = np.eye(4)[both[1]]
    answers = sigmoid(forward(one, both[0])[1] / temperature)
    target[:, 1] = answers[:, 1]
    # Class 0 comes again: its new rows have their own say, old rows hold on to the answers.
    target[len(second[1]):, 0] = answers[len(second[1]):, 0]
    two = descend(one, lambda now, _: binary(now, both, target, EVERY))
    found = []
    for w, rows in ((one, first), (two, both)):
        means, scale, nearest = nearest_mean(w, rows)
        found.append({'weights': w, 'means': means, 'scale': scale, 'nearest': nearest, 'rows': rows[0]})
    return found


def herding(features):
    mean, chosen = unit(features.mean(0)), []
    while len(chosen) < len(features):
        left = [i for i in range(len(features)) if i not in chosen]
        chosen.append(min(left, key=lambda i: np.linalg.norm(mean - features[chosen + [i]].mean(0))))
    return chosen


# --- Aljundi et al. 2019 -----------------------------------------------------------------------------------------------

def gradient_scores(w, batch, pool):
    def flat(x, y):
        return np.concatenate([a.ravel() for a in cross_entropy(w, (x, y))])

    def likest(g, references):
        return max(float(g @ r / np.linalg.norm(g) / np.linalg.norm(r)) for r in references)
    references = [flat(pool[0][i:i + 10], pool[1][i:i + 10]) for i in range(0, 100, 10)]
    return [likest(flat(batch[0][i:i + 1], batch[1][i:i + 1]), references) for i in range(len(batch[1]))], likest(flat(*batch), references)


def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'regularisers.json')) as file:
        given = json.load(file)
    w = [np.array(given['initial'][name]).reshape(shape) for name, shape in zip(NAMES, [(3, 4), 4, (4, 4), 4])]
    tasks = [(np.array(task['x']).reshape(12, 3), task['y']) for task in given['tasks']]

    def flat(a):
        return [round(float(v), 7) for v in np.ravel(a)]

    def listed(arrays):
        return {name: flat(a) for name, a in zip(NAMES, arrays)}
    (der, der_kept), (derpp, _), (stream, stream_kept) = dark(w, tasks, 0.7, 0), dark(w, tasks, 0.7, 0.4), dark(w, tasks, 0.7, 0.4, stream=True)
    gem, projected = a_gem(w, tasks)
    weights = {
        'replay': replay(w, tasks),
        'replay heads': replay(w, tasks, in_head),
        'replay trainings': replay_by_trainings(w, tasks),
        'replay turns': replay_in_turns(w, tasks),
        'der': der,
        'der++': derpp,
        'der++ stream': stream,
        'a-gem': gem,
        'er-ace': er_ace(w, tasks),
        'er-ace heads': er_ace(w, tasks, in_head),
    }
    picked = [(7 * i) % 12 for i in range(100)]
    score, gate = gradient_scores(w, (tasks[1][0][:4], tasks[1][1][:4]), (tasks[0][0][picked], [tasks[0][1][i] for i in picked]))
    random = np.random.default_rng(3)
    features = np.float32([unit(v) for v in np.abs(random.normal(0, 1, (9, 3)))]).astype(float)
    print(json.dumps({
        'weights': {name: [listed(arrays) for arrays in after] for name, after in weights.items()},
        'kept': {'der': flat(der_kept), 'der++ stream': flat(stream_kept)},
        'projected': projected,
        'icarl': [{'weights': listed(f['weights']), 'means': flat(f['means']), 'scale': round(f['scale'], 6), 'nearest': f['nearest'], 'rows': flat(f['rows'])} for f in icarl(w, tasks, 2)],
        'scores': {'picked': picked, 'score': flat(score), 'gate': round(gate, 7)},
        'herding': {'features': flat(features), 'chosen': herding(features)},
    }, separators=(',', ':')).replace('},"', '},\n"'))


main()
