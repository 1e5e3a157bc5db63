"""Sources of batches: whatever form the data have, the steps are those of the arrays in memory."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.data.parts import Part
from bigmodel_nb.training import fit
from bigmodel_nb.training.sources import Arrays, as_source
from bigmodel_nb.training.streams import Stream

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(2)
X = random.normal(size=(50, 4)).astype("float32")
Y = random.integers(0, 3, 50).astype("int32")


def dense(keras, seed=5, outputs=3):
    init = keras.initializers.GlorotUniform(seed=seed)
    layers = keras.layers
    return keras.Sequential([layers.Input((4,)), layers.Dense(outputs, kernel_initializer=init)])


def trained(keras, data, **arguments):
    model = dense(keras)
    run = fit(
        model, data, **{"epochs": 2, "batch_size": 16, "shuffle": False, "learning_rate": 0.05, **arguments}
    )
    return run, model.get_weights()


def same(one, other, exact=True):
    for a, b in zip(one[1], other[1], strict=True):
        assert np.array_equal(a, b) if exact else np.allclose(a, b, atol=1e-6)
    assert one[0].history.keys() == other[0].history.keys()
    for name, values in one[0].history.items():
        np.testing.assert_allclose(values, other[0].history[name], rtol=1e-6)
    np.testing.assert_allclose(one[0].losses, other[0].losses, rtol=1e-6)
    assert one[0].examples == other[0].examples


@pytest.fixture(scope="module")
def usual(keras):
    return trained(keras, (X, Y), validation_data=(X[:20], Y[:20]))


FORMS = {
    "part": lambda: Part(X, Y),
    "list": lambda: [X, Y],
    "lists of numbers": lambda: (X.tolist(), Y.tolist()),
    "float64": lambda: (X.astype("float64"), Y.astype("int64")),
    "small labels": lambda: (X, Y.astype("uint8")),
    "fortran": lambda: (np.asfortranarray(X), Y),
    "strides": lambda: (np.repeat(X, 2, axis=0)[::2], np.repeat(Y, 2)[::2]),
    "equal weights": lambda: (X, Y, np.ones(50)),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_arrays(keras, usual, form):
    same(usual, trained(keras, FORMS[form](), validation_data=(X[:20], Y[:20])))


def test_a_dataset_of_tensorflow(keras, usual):
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16)
    held = tf.data.Dataset.from_tensor_slices((X[:20], Y[:20])).batch(7)
    same(usual, trained(keras, batches, validation_data=held))
    unknown = batches.filter(lambda x, y: True)
    same(usual, trained(keras, unknown, validation_data=held))


def test_a_dataset_without_an_end(keras, usual):
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16).repeat()
    same(usual, trained(keras, batches, validation_data=(X[:20], Y[:20]), steps_per_epoch=4))
    with pytest.raises(ValueError, match=r"^steps_per_epoch must be"):
        trained(keras, batches)
    with pytest.raises(ValueError, match=r"^validation_data must be"):
        trained(keras, (X, Y), validation_data=batches)


def test_datasets_that_cannot_be_used(keras):
    import tensorflow as tf

    slices = tf.data.Dataset.from_tensor_slices
    for data in (slices((X, Y)), slices(X).batch(8), slices((X, Y)).batch(8).take(0)):
        with pytest.raises((ValueError, TypeError), match=r"^data must be"):
            trained(keras, data)


def batches_of(keras, size, end=True):
    class Batches(keras.utils.PyDataset):
        passes = 0

        @property
        def num_batches(self):
            return -(-50 // size) if end else None

        def __getitem__(self, number):
            rows = (
                np.arange(number * size, (number + 1) * size) % 50
                if not end
                else slice(number * size, (number + 1) * size)
            )
            return X[rows].astype("float64"), Y[rows]

        def on_epoch_end(self):
            self.passes += 1

    return Batches()


def test_a_dataset_of_keras(keras, usual):
    data = batches_of(keras, 16)
    same(usual, trained(keras, data, validation_data=batches_of(keras, 20).__getitem__(0)))
    assert data.passes == 2
    run, _weights = trained(keras, batches_of(keras, 16, end=False), steps_per_epoch=3)
    assert run.steps == 6 and run.ended == "finished"


def test_batches_of_different_lengths(keras):
    """Padded texts: every batch has its own length, and a loop is not traced for each."""
    import tensorflow as tf

    from bigmodel_nb.training import workers

    workers.forget_workers()
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((None,), dtype="int32"),
            layers.Embedding(9, 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2),
        ]
    )
    rows = [(random.integers(0, 9, (4, length)), random.integers(0, 2, 4)) for length in (3, 5, 7, 5, 4)]
    data = tf.data.Dataset.from_generator(
        lambda: iter(rows),
        output_signature=(tf.TensorSpec((None, None), tf.int64), tf.TensorSpec((None,), tf.int64)),
    )
    run = fit(model, data, epochs=3)
    assert run.steps == 15 and np.isfinite(run.losses).all()
    loops = [
        key
        for worker in workers._workers.values()
        if worker.model.layers[0].name.startswith("embedding")
        for key in worker.engine._loops
    ]
    assert len(loops) == 2


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_arrays_in_a_file(keras, usual, tmp_path, kind):
    """They are read as they are needed, and stay what they are."""
    np.save(tmp_path / "x.npy", X.astype(kind))
    np.save(tmp_path / "y.npy", Y.astype("int64"))
    x, y = (np.load(tmp_path / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
    source = as_source("data", (x, y))
    assert not source.resident and source.parts[0] is x
    same(usual, trained(keras, (x, y), validation_data=(x[:20], y[:20])))
    order = {"shuffle": True, "seed": 4}
    same(trained(keras, (X, Y), **order), trained(keras, (x, y), **order))


def test_windows_of_a_text(keras):
    from bigmodel_nb.data.text import Windows

    windows = Windows(random.integers(0, 7, 100).astype("uint16"), context_length=6, stride=3)
    layers = keras.layers

    def run(data):
        init = keras.initializers.RandomNormal(seed=1)
        model = keras.Sequential(
            [
                layers.Input((6,), dtype="int32"),
                layers.Embedding(7, 4, embeddings_initializer=init),
                layers.Dense(7, kernel_initializer=init),
            ]
        )
        return fit(model, data, validation_data=data, epochs=2, batch_size=8, seed=3), model.get_weights()

    ours = run(windows)
    same(ours, run((np.array(windows.x), np.array(windows.y))))
    assert ours[0].examples == 2 * len(windows)


def test_labels_in_a_column(keras):
    run = fit(dense(keras), (X, Y[:, None]), epochs=1)
    assert "accuracy" in run.history


def test_class_weights_are_those_of_keras():
    one_hot = np.eye(3)[Y]
    expected = np.array([2.0, 1.0, 0.5], "float32")[Y]
    for labels in (Y, Y[:, None], Y.astype("float32"), one_hot, one_hot.astype(int)):
        assert np.array_equal(as_source("d", (X, labels), class_weight={0: 2, 2: 0.5}).parts[2], expected)
    weight = random.uniform(size=50)
    assert np.allclose(
        as_source("d", (X, Y, weight), class_weight={0: 2, 2: 0.5, 10**12: 1}).parts[2], expected * weight
    )
    for labels in (X, X[:, 0], -Y, (Y, Y), {"a": Y}):
        with pytest.raises((ValueError, TypeError), match=r"^class_weight must be"):
            as_source("d", (X, labels), class_weight={0: 2.0})


def test_every_pass_has_an_order_of_its_own_and_every_example_once():
    batches = Arrays(X, Y).batches(16, seed=1, shuffle=True)
    passes = []
    for number in range(3):
        rows, step = [], number * batches.steps_per_pass
        while step < (number + 1) * batches.steps_per_pass:
            _tensors, order = batches.take(step, 2)
            rows += order.ravel().tolist()
            step += len(order)
        assert sorted(rows) == list(range(50))
        passes.append(rows)
    assert passes[0] != passes[1] != passes[2]
    again = Arrays(X, Y).batches(16, seed=1, shuffle=True).take(4, 100)[1]
    assert again.ravel().tolist() == passes[1][:48]


def test_a_stream_goes_on_where_it_stopped(keras):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16)
    batches = Stream(data).batches(16, 0, False)
    tensors, order = batches.take(5, 10)
    assert np.array_equal(tensors[0], X[16:48]) and order.shape == (2, 16)
    assert np.array_equal(batches.take(7, 10)[0][0], X[48:])


@pytest.mark.parametrize("n", [1, 16, 31, 48, 50])
def test_a_smaller_last_batch_may_come_with_full_ones(keras, n):
    x = X[:n]
    even, uneven = (Arrays(x, Y[:n]).batches(16, seed=1, shuffle=True) for _side in range(2))
    uneven.uneven = True
    for most in (1, 2, 100):
        for batches, rows in ((even, []), (uneven, [])):
            step, seen = 0, rows
            while step < 2 * batches.steps_per_pass:
                order = batches.take(step, most)[1]
                seen += [row[row >= 0].tolist() for row in order]
                step += len(order)
            if batches is even:
                expected = rows
        assert rows == expected
    calls, step = 0, 0
    while step < uneven.steps_per_pass:
        step += len(uneven.take(step, 100)[1])
        calls += 1
    assert calls == 1
