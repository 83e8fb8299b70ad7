"""Replay in one pass over Split-MNIST by Avalanche's own classes, set up as its split_mnist/online_replay.py says.

Called with the folder of MNIST's four files and a seed; prints the accuracy over all test rows, as the source does. Ours is the mean over
the tasks, .1 of a point less.
"""
import os
import random
import sys
import tempfile

import numpy as np
import torch
from avalanche.benchmarks import benchmark_with_validation_stream
from avalanche.benchmarks.classic import SplitMNIST
from avalanche.benchmarks.scenarios import split_online_stream
from avalanche.evaluation.metrics import accuracy_metrics
from avalanche.models import SimpleMLP
from avalanche.training.plugins import EvaluationPlugin, ReplayPlugin
from avalanche.training.storage_policy import ClassBalancedBuffer
from avalanche.training.supervised import Naive


def accuracy(root: str, seed: int) -> float:
    for seeded in (random.seed, np.random.seed, torch.manual_seed):
        seeded(seed)
    split = SplitMNIST(5, fixed_class_order=np.arange(10), seed=seed, dataset_root=root)
    split = benchmark_with_validation_stream(split, 0.05)
    model = SimpleMLP(10)
    learner = Naive(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        plugins=[ReplayPlugin(1000, storage_policy=ClassBalancedBuffer(1000, adaptive_size=True))],
        evaluator=EvaluationPlugin(accuracy_metrics(stream=True), loggers=[]),
        train_mb_size=10,
        eval_mb_size=64,
        device="cpu",
    )
    for batch in split_online_stream(original_stream=split.train_stream, experience_size=10, access_task_boundaries=False):
        learner.train(batch, eval_streams=[], num_workers=0, drop_last=True)
    found = learner.eval(split.test_stream)
    return next(value for name, value in found.items() if name.startswith("Top1_Acc_Stream"))


if __name__ == "__main__":
    mnist, seed = sys.argv[1:]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "MNIST"))
        os.symlink(mnist, os.path.join(root, "MNIST", "raw"))
        print(accuracy(root, int(seed)))
