"""The rain stream's reference: the same policies with scikit-learn 1.9, in the same periods. Not run by the benchmark.

  pip install scikit-learn; python rain_reference.py <rainfall_data.csv>

MLPClassifier(64, 32), Adam 1e-3, batch 64, columns standardised by what a policy first trains on; no cycles of time.
Its figures, the mean of three seeds and their standard deviation:

  never, 0 epochs: 0.7173 ± 0.0072
  fine-tune, 3 epochs: 0.7645 ± 0.0023
  fine-tune, 10 epochs: 0.7845 ± 0.0028
  window, 10 epochs: 0.7854 ± 0.0023
  all, 3 epochs: 0.7479 ± 0.0025
  all, 10 epochs: 0.7732 ± 0.0024
"""
import csv
import sys

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

rows = np.array(list(csv.reader(open(sys.argv[1])))[1:], float)
x, y = rows[:, 1:9], rows[:, 9].astype(int)
first, year = 1095, 365


def trained(window, epochs, seed):
    scale = StandardScaler().fit(x[window])
    net = MLPClassifier((64, 32), batch_size=64, random_state=seed)
    for _ in range(epochs):
        net.partial_fit(scale.transform(x[window]), y[window], classes=[0, 1])
    return scale, net


def prequential(policy, epochs, seed):
    scale, net = trained(slice(0, first), 10, seed)
    hits = 0
    for start in range(first, len(y), year):
        period = slice(start, start + year)
        hits += (net.predict(scale.transform(x[period])) == y[period]).sum()
        if policy == "fine-tune":
            for _ in range(epochs):
                net.partial_fit(scale.transform(x[period]), y[period])
        elif policy != "never":
            since = 0 if policy == "all" else max(0, start + year - 6 * year)
            scale, net = trained(slice(since, start + year), epochs, seed)
    return hits / (len(y) - first)


for policy, epochs in (("never", 0), ("fine-tune", 3), ("fine-tune", 10), ("window", 10), ("all", 3), ("all", 10)):
    found = [prequential(policy, epochs, seed) for seed in (1, 2, 3)]
    print(f"{policy}, {epochs} epochs: {np.mean(found):.4f} ± {np.std(found, ddof=1):.4f}", flush=True)
