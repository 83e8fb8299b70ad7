"""Reference for `distil`: Hinton et al. 2015, in plain Python and float64, as the paper has it.

    python distil.py > distil.json

Two new rows and two old ones, three classes and a fourth that the teacher has never heard of. Prints the loss and its gradient
by the student's logits, found by central differences.
"""
import json
from math import exp, log

T, WEIGHT = 2.0, 0.7
TEACHER = [[2.0, -1.0, 0.5], [0.3, 0.2, -0.4], [-1.5, 3.0, 0.0], [1.0, 1.0, 1.0]]
STUDENT = [[0.5, 0.1, -0.3, 0.9], [1.2, -0.7, 0.4, 2.0], [-0.2, 1.1, 0.6, -1.0], [0.0, 0.3, -0.9, 0.2]]
LABELS = [0, 3, 1, 2]


def softmax(z):
    e = [exp(v - max(z)) for v in z]
    return [v / sum(e) for v in e]


def loss(student):
    hard = sum(-log(softmax(z)[y]) for z, y in zip(student, LABELS)) / len(LABELS)
    soft = 0.0
    for teacher, z in zip(TEACHER, student):
        p = softmax([v / T for v in teacher])
        q = softmax([v / T for v in z[:3]])
        soft -= sum(a * log(b) for a, b in zip(p, q)) / len(LABELS)
    return (1 - WEIGHT) * hard + WEIGHT * T**2 * soft


def gradient():
    h = 1e-5
    def moved(r, c, by):
        return loss([[v + (by if (i, j) == (r, c) else 0) for j, v in enumerate(z)] for i, z in enumerate(STUDENT)])
    return [[(moved(r, c, h) - moved(r, c, -h)) / (2 * h) for c in range(4)] for r in range(4)]


print(json.dumps({'temperature': T, 'weight': WEIGHT, 'teacher': TEACHER, 'student': STUDENT, 'labels': LABELS,
                  'loss': round(loss(STUDENT), 9), 'gradient': [[round(v, 7) for v in row] for row in gradient()]}))
