"""What published protocols give in plain PyTorch, over many seeds at once: one batch of networks, a seed each.

    python reference.py <folder of MNIST's four files> <seeds>

Each line of the output is JSON: protocol, method, device, and the accuracies after the last task, a seed each. With a GPU 64
seeds take some minutes in all; without one A-GEM takes hours.
"""
import heapq
import json
import os
import random
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import one_hot

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PIXELS, CLASSES = 784, 10
BEGAN = time.monotonic()


def read(folder, name):
    """Images as bytes [n, 785], the last of them black, and labels [n]."""
    pixels = np.fromfile(os.path.join(folder, f"{name}-images-idx3-ubyte"), np.uint8)[16:].reshape(-1, PIXELS)
    labels = np.fromfile(os.path.join(folder, f"{name}-labels-idx1-ubyte"), np.uint8)[8:]
    return torch.tensor(np.pad(pixels, ((0, 0), (0, 1)))).to(DEVICE), torch.tensor(labels.astype(np.int64)).to(DEVICE)


class Networks:
    """As many perceptrons as seeds, trained side by side by plain SGD. Weights [seeds, in, out], biases [seeds, 1, out]."""

    def __init__(self, seeds, units, glorot, dropout=0.0):
        sizes = [PIXELS, *units, CLASSES]
        self.parameters, self.dropout = [], dropout
        for n_in, n_out in zip(sizes, sizes[1:]):
            bound = (6 / (n_in + n_out)) ** 0.5 if glorot else n_in**-0.5
            bias = torch.zeros(seeds, 1, n_out, device=DEVICE)
            self.parameters += [uniform(bound, seeds, n_in, n_out), bias if glorot else uniform(bound, seeds, 1, n_out)]

    def outputs(self, x):
        """As they are trained: the inputs of each layer, and the logits [seeds, rows, classes] behind them."""
        values = [x]
        layers = len(self.parameters) // 2
        for i in range(layers):
            z = torch.baddbmm(self.parameters[2 * i + 1], values[-1], self.parameters[2 * i])
            if i < layers - 1:
                z = torch.relu(z)
                if self.dropout:
                    z = z * (torch.rand_like(z) >= self.dropout) / (1 - self.dropout)
            values.append(z)
        return values

    def gradients(self, x, y):
        """Of each network's mean cross-entropy; x [seeds, rows, pixels], y [seeds, rows]."""
        values = self.outputs(x)
        delta = (torch.softmax(values[-1], 2) - one_hot(y, CLASSES)) / x.shape[1]
        found = []
        for i in reversed(range(len(self.parameters) // 2)):
            found = [torch.bmm(values[i].transpose(1, 2), delta), delta.sum(1, keepdim=True), *found]
            if i:
                delta = torch.bmm(delta, self.parameters[2 * i].transpose(1, 2)) * (values[i] > 0) / (1 - self.dropout)
        return found

    def descend(self, gradients, rate):
        for parameter, gradient in zip(self.parameters, gradients):
            parameter.sub_(rate * gradient)

    def accuracy(self, shown, labels):
        """Of each network, on its own view of the test set; shown(seed) gives its images [rows, pixels]."""
        found = []
        for seed in range(len(self.parameters[0])):
            values = shown(seed)
            for i in range(0, len(self.parameters), 2):
                values = torch.addmm(self.parameters[i + 1][seed], values if i == 0 else torch.relu(values), self.parameters[i][seed])
            found.append((values.argmax(1) == labels).double().mean())
        return torch.stack(found)


def uniform(bound, *shape):
    return (torch.rand(*shape, device=DEVICE) * 2 - 1) * bound


class Reservoir:
    """Rows of the stream, each with the same chance (Vitter 1985): a memory a seed, whatever the networks do."""

    def __init__(self, seeds, size, rng):
        self.size, self.seen, self.rng, self.seeds = size, 0, rng, np.arange(seeds)[:, None]
        self.rows, self.tasks = np.zeros((2, seeds, size), np.int64)

    def draw(self, count):
        held = min(self.seen, self.size)
        if held == 0:
            return self.rows[:, :0], self.tasks[:, :0]
        count = min(count, held)
        at = np.argpartition(self.rng.random((len(self.seeds), held)), count - 1, 1)[:, :count]
        return self.rows[self.seeds, at], self.tasks[self.seeds, at]

    def add(self, rows, task):
        for j in range(rows.shape[1]):
            slot = (self.rng.random(len(rows)) * (self.seen + 1)).astype(np.int64) if self.seen >= self.size else np.full(len(rows), self.seen)
            taken = np.nonzero(slot < self.size)[0]
            self.rows[taken, slot[taken]], self.tasks[taken, slot[taken]] = rows[taken, j], task
            self.seen += 1


class ClassBalanced:
    """A reservoir a class, which share the memory equally: of each class the rows with the largest random numbers."""

    def __init__(self, seeds, size, labels):
        self.size, self.labels, self.classes = size, labels, [{} for _ in range(seeds)]

    def draw(self, count):
        drawn = []
        for classes in self.classes:
            held = [row for rows in classes.values() for _, row in rows]
            drawn.append(random.sample(held, min(count, len(held))))
        rows = np.array(drawn, np.int64)
        return rows, np.zeros_like(rows)

    def add(self, rows, _task):
        for classes, new in zip(self.classes, rows):
            for row in new:
                heapq.heappush(classes.setdefault(int(self.labels[row]), []), (random.random(), int(row)))
            for held in classes.values():
                while len(held) > self.size // len(classes):
                    heapq.heappop(held)


def replay(networks, memory, batches, views, data, scale, rate, drawn):
    """A step on each new batch together with as many rows of the memory; batches of (rows [seeds, n], task)."""
    pixels, labels = data
    seeds, tasks = views.shape[:2]
    flat, first = views.view(seeds * tasks, PIXELS), torch.arange(seeds, device=DEVICE)[:, None] * tasks
    for new, task in batches:
        old, old_tasks = memory.draw(drawn)
        rows = torch.tensor(np.concatenate([new, old], 1), device=DEVICE)
        shown = first + torch.tensor(np.concatenate([np.full_like(new, task), old_tasks], 1), device=DEVICE)
        x = torch.gather(pixels[rows], 2, flat[shown])
        networks.descend(networks.gradients(scale(x.float()), labels[rows]), rate)
        memory.add(new, task)


def rotated_mnist(train, test, seeds):
    """ER, 500 rows: Buzzega et al., NeurIPS 2020, as aimagelab/mammoth (tag neurips2020) runs it."""
    tasks, batch, rng = 20, 128, np.random.default_rng(1)
    angles = rng.uniform(0, 180, (seeds, tasks))
    numbers = Image.fromarray(np.arange(1, PIXELS + 1, dtype=np.int32).reshape(28, 28))
    turned = np.stack([np.asarray(numbers.rotate(angle, Image.NEAREST)).reshape(-1) for angle in angles.reshape(-1)])
    views = torch.tensor(np.where(turned == 0, PIXELS, turned - 1).reshape(seeds, tasks, PIXELS).astype(np.int64), device=DEVICE)
    networks, memory = Networks(seeds, [100, 100], glorot=True), Reservoir(seeds, 500, rng)
    scale = lambda x: x / 255  # noqa: E731
    for task in range(tasks):
        order = np.stack([rng.permutation(len(train[1])) for _ in range(seeds)])
        replay(networks, memory, ((order[:, at : at + batch], task) for at in range(0, order.shape[1], batch)), views, train, scale, 0.2, batch)
        said("rotated-mnist", task, tasks)
    return over_tasks(networks, views, test, scale)


def split_mnist_online(train, test, seeds):
    """Replay, 1,000 rows, in one pass: split_mnist/online_replay.py of ContinualAI/continual-learning-baselines 4900462.

    A task keeps a random 95 % of its rows, as ours does; the source keeps the first 95 %, which lie in the order of their digits. Accuracy
    is over all test rows, as in the source; ours is the mean over the tasks, .1 of a point less.
    """
    batch, rng, labels = 10, np.random.default_rng(2), train[1].cpu().numpy()
    views = torch.arange(PIXELS, device=DEVICE).expand(seeds, 1, PIXELS).contiguous()
    networks, memory = Networks(seeds, [512], glorot=False, dropout=0.5), ClassBalanced(seeds, 1000, labels)
    for task in range(5):
        own = np.nonzero(labels // 2 == task)[0]
        order = np.stack([rng.permutation(own) for _ in range(seeds)])[:, : int(len(own) * 0.95) // batch * batch]
        replay(networks, memory, ((order[:, at : at + batch], 0) for at in range(0, order.shape[1], batch)), views, train, normalised, 0.1, batch)
        said("split-mnist-online", task, 5)
    return over_tasks(networks, views, test, normalised)


def permuted_mnist(train, test, seeds):
    """A-GEM, 250 rows a task: permuted_mnist/agem.py of the same, on Avalanche's AGEMPlugin.

    The old rows of a step are drawn anew from each task's; the plugin goes round them in a fixed order.
    """
    (pixels, labels), tasks, batch, kept, sample = train, 17, 10, 250, 256
    views = torch.argsort(torch.rand(seeds, tasks, PIXELS, device=DEVICE), 2)
    networks = Networks(seeds, [256, 256], glorot=False)
    buffers = torch.zeros(seeds, tasks, kept, dtype=torch.long, device=DEVICE)
    steps = len(labels) // batch
    order = torch.zeros(seeds, steps, batch, dtype=torch.long, device=DEVICE)
    at = torch.zeros(1, dtype=torch.long, device=DEVICE)

    def shown(rows, view):
        return normalised(torch.gather(pixels[rows], rows.dim(), view.unsqueeze(-2).expand(*rows.shape, PIXELS)).float())

    for task in range(tasks):
        order.copy_(torch.stack([torch.randperm(len(labels), device=DEVICE) for _ in range(seeds)]).view(order.shape))
        at.zero_()

        def step():
            rows = order.index_select(1, at).squeeze(1)
            gradients = networks.gradients(shown(rows, views[:, task]), labels[rows])
            if task:
                share = min(sample // task, kept)
                drawn = torch.rand(seeds, task, kept, device=DEVICE).topk(share, 2).indices
                old = torch.gather(buffers[:, :task], 2, drawn)
                x = shown(old, views[:, :task]).view(seeds, task * share, PIXELS)
                reference = networks.gradients(x, labels[old].view(seeds, -1))
                dot = sum((a * b).flatten(1).sum(1) for a, b in zip(gradients, reference))
                square = sum((b * b).flatten(1).sum(1) for b in reference)
                against = torch.where(dot < 0, dot / square, 0.0)[:, None, None]
                gradients = [a - against * b for a, b in zip(gradients, reference)]
            networks.descend(gradients, 0.1)
            at.add_(1)

        repeat(step, steps)
        for seed in range(seeds):
            buffers[seed, task] = order[seed].view(-1)[torch.randperm(len(labels), device=DEVICE)[:kept]]
        said("permuted-mnist-17-avalanche", task, tasks)
    return over_tasks(networks, views, test, normalised)


def repeat(step, times):
    """On a GPU the steps are one recorded graph, started anew each time: their ops are too small to be started one by one."""
    if DEVICE == "cpu":
        for _ in range(times):
            step()
        return
    warm = 3
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(warm):
            step()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    for _ in range(times - warm):
        graph.replay()
    torch.cuda.synchronize()


def over_tasks(networks, views, test, scale):
    pixels, labels = test
    of = [networks.accuracy(lambda seed: scale(pixels[:, views[seed, task]].float()), labels) for task in range(views.shape[1])]
    return torch.stack(of).mean(0).tolist()


def normalised(x):
    return (x / 255 - 0.1307) / 0.3081


def said(protocol, task, tasks):
    print(f"{protocol}: task {task + 1} of {tasks}, {time.monotonic() - BEGAN:.0f} s", file=sys.stderr, flush=True)


def main():
    folder, seeds = sys.argv[1], int(sys.argv[2])
    train, test = read(folder, "train"), read(folder, "t10k")
    device = torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"
    runs = [("split-mnist-online", "replay 1000", split_mnist_online), ("rotated-mnist", "replay 500", rotated_mnist), ("permuted-mnist-17-avalanche", "A-GEM 4250", permuted_mnist)]
    for protocol, method, run in runs:
        torch.manual_seed(1)
        random.seed(1)
        accuracies = [round(accuracy, 5) for accuracy in run(train, test, seeds)]
        print(json.dumps({"protocol": protocol, "method": method, "device": device, "torch": torch.__version__, "accuracies": accuracies}), flush=True)


if __name__ == "__main__":
    with torch.no_grad():
        main()
