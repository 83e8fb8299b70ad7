"""Runs on request, one line of JSON a request: Keras' side of the benchmark."""
import csv
import datetime
import gzip
import json
import os
import sys
import time

import numpy as np
import tensorflow as tf
import keras

SHAPES = {"mlp": ([20], 2, 32, 6400), "cnn": ([28, 28, 1], 10, 64, 1280), "split": ([784], 10, 128, 6400), "lstm": ([50, 8], 2, 32, 1280)}
LARGE = {"mlp1024": ("mlp", 10240), "cnn1024": ("cnn", 2048), "split1024": ("split", 5120), "lstm1024": ("lstm", 2048)}


def case(name):
    if name in LARGE:
        base, rows = LARGE[name]
        shape, classes, _, _ = SHAPES[base]
        return base, shape, classes, 1024, rows
    return (name, *SHAPES[name])


def layers(base, classes):
    dense = keras.layers.Dense
    if base == "mlp":
        return [dense(64, activation="relu"), dense(64, activation="relu"), dense(classes, activation="softmax")]
    if base == "split":
        return [dense(400, activation="relu"), dense(400, activation="relu"), dense(classes, activation="softmax")]
    if base == "lstm":
        return [keras.layers.LSTM(64), dense(classes, activation="softmax")]
    conv = lambda f: [keras.layers.Conv2D(f, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    return [*conv(16), *conv(32), keras.layers.Flatten(), dense(64, activation="relu"), dense(classes, activation="softmax")]


models, sets, firsts = {}, {}, {}


class FirstResult(keras.callbacks.Callback):
    """Notes when the first batch is done."""

    at = None

    def on_train_batch_end(self, batch, logs=None):
        self.at = self.at or time.perf_counter()


def model(name, per_call):
    if (name, per_call) not in models:
        base, shape, classes, _, _ = case(name)
        x, y = rows(name)
        m = keras.Sequential([keras.Input(shape), *layers(base, classes)])
        m.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"], steps_per_execution=per_call)
        began, first = time.perf_counter(), FirstResult()
        m.fit(x, y, batch_size=case(name)[3], epochs=1, shuffle=True, verbose=0, callbacks=[first])
        models[(name, per_call)], firsts[(name, per_call)] = m, (first.at - began) * 1000
    return models[(name, per_call)]


def rows(name):
    if name not in sets:
        _, shape, classes, _, count = case(name)
        random = np.random.default_rng(1)
        x = random.normal(size=(count, *shape)).astype("float32")
        y = np.eye(classes, dtype="float32")[random.integers(0, classes, count)]
        sets[name] = (x, y)
    return sets[name]


def fit(name, epochs, per_call=1):
    m, (x, y) = model(name, per_call), rows(name)
    batch = case(name)[3]
    began = time.perf_counter()
    m.fit(x, y, batch_size=batch, epochs=epochs, shuffle=True, verbose=0)
    return {"ms": (time.perf_counter() - began) * 1000 / (epochs * -(-len(x) // batch)), "first": firsts[(name, per_call)]}


predictors = {}


def predict(name, calls):
    if name not in predictors:
        m = model(name, 1)
        _, shape, _, _, _ = case(name)
        function = tf.function(lambda x: m(x, training=False), input_signature=[tf.TensorSpec([1, *shape], tf.float32)])
        row = np.sin(np.arange(np.prod(shape), dtype="float32")).reshape([1, *shape])
        for _ in range(50):
            function(row).numpy()
        predictors[name] = (function, row)
    function, row = predictors[name]
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        function(row).numpy()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {"ms": times[len(times) // 2], "p99": times[min(len(times) - 1, int(len(times) * 0.99))]}


def export(folder, input, shape, x, expected):
    predict = tf.saved_model.load(folder).signatures["serving_default"]
    (actual,) = predict(**{input: tf.constant(x, shape=shape, dtype=tf.float32)}).values()
    return {"difference": float(np.max(np.abs(actual.numpy().ravel() - np.asarray(expected, dtype="float32"))))}


def electricity(file, until, epochs, batch, rate, hidden):
    """From the compressed CSV to the trained network: the numbers, and the time's cycles of a day and a week."""
    began = time.perf_counter()
    stop = datetime.datetime.fromisoformat(until)
    rows, labels = [], []
    with gzip.open(file, "rt") as lines:
        reader = csv.reader(lines)
        next(reader)
        for at, *values, label in reader:
            moment = datetime.datetime.fromisoformat(at)
            if moment >= stop:
                break
            hours = moment.hour + moment.minute / 60
            rows.append([*map(float, values), hours / 24, (moment.weekday() * 24 + hours) / 168])
            labels.append(int(label))
    table = np.asarray(rows)
    cycles = 2 * np.pi * table[:, -2:]
    x = np.concatenate([table[:, :-2], np.sin(cycles), np.cos(cycles)], axis=1)
    spread = x.std(axis=0)
    x = ((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype("float32")
    y = np.asarray(labels, dtype="int32")
    m = keras.Sequential([keras.Input((x.shape[1],)), *[keras.layers.Dense(n, activation="relu", kernel_initializer="he_uniform") for n in hidden], keras.layers.Dense(2)])
    m.compile(optimizer=keras.optimizers.Adam(rate), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = m.fit(x, y, batch_size=batch, epochs=epochs, shuffle=True, verbose=0)
    return {"ms": (time.perf_counter() - began) * 1000, "rows": len(y), "steps": epochs * -(-len(y) // batch), "loss": history.history["loss"][-1]}


def mnist(folder, name):
    with open(os.path.join(folder, f"{name}-images-idx3-ubyte"), "rb") as file:
        x = np.frombuffer(file.read(), dtype="uint8", offset=16).reshape(-1, 784).astype("float32") / 255
    with open(os.path.join(folder, f"{name}-labels-idx1-ubyte"), "rb") as file:
        return x, np.frombuffer(file.read(), dtype="uint8", offset=8)


def converge(folder, seed, epochs):
    (x, labels), (test, answers) = mnist(folder, "train"), mnist(folder, "t10k")
    keras.utils.set_random_seed(seed)
    dense = keras.layers.Dense
    m = keras.Sequential([keras.Input((784,)), dense(400, activation="relu"), dense(400, activation="relu"), dense(10, activation="softmax")])
    m.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy")
    y = np.eye(10, dtype="float32")[labels]
    began = time.perf_counter()
    m.fit(x, y, batch_size=128, epochs=epochs, shuffle=True, verbose=0)
    seconds = time.perf_counter() - began
    guesses = np.argmax(m.predict(test, batch_size=1000, verbose=0), axis=1)
    return {"accuracy": float(np.mean(guesses == answers)), "seconds": seconds}


answers = {"fit": fit, "predict": predict, "export": export, "electricity": electricity, "converge": converge}
print(json.dumps({"ready": True, "version": f"Keras {keras.__version__} on TensorFlow {tf.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(answers[request.pop("what")](**request)), flush=True)
