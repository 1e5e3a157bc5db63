"""`fit` where Keras runs on JAX or PyTorch: one signature, one record, trained by `model.fit`."""

from __future__ import annotations

import importlib.util
import json

import pytest

CODE = """
import json
import numpy as np, keras
from bigmodel_nb.training import fit

random = np.random.default_rng(0)
x = random.normal(size=(40, 4)).astype("float32")
y = random.integers(0, 3, 40)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, number):
        rows = slice(number * 16, number * 16 + 16)
        return x[rows], y[rows]


def model(dropout=0.5):
    keras.utils.set_random_seed(1)
    layers = keras.layers
    parts = [layers.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(dropout), layers.Dense(3)]
    return keras.Sequential(parts)


def told(run):
    return {"history": run.history, "steps": run.steps, "ended": run.ended, "plan": run.plan["backend"]}


found, told_of = {}, []
usual = {"epochs": 3, "batch_size": 16, "validation_data": (x[:10], y[:10]), "watch": told_of.append}
one = model()
numbers = np.random.get_state()[1].tolist()
found["one"] = told(fit(one, (x, y), class_weight={0: 2.0}, **usual))
found["kept"] = numbers == np.random.get_state()[1].tolist()
found["again"] = told(fit(model(), (x, y), class_weight={0: 2.0}, **usual))
found["notes"] = told_of[-1].ended
found["batches"] = told(fit(model(), Batches(), epochs=2, validation_data=Batches()))

same = model(0.0)
same.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
same.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
ours = model(0.0)
fit(ours, (x, y), optimizer="sgd", batch_size=16, epochs=2, shuffle=False, metrics=[])
found["same"] = max(float(np.abs(a - b).max()) for a, b in zip(same.get_weights(), ours.get_weights()))

scheduled = model(0.0)
rates = np.linspace(0.1, 0.0, 6)
run = fit(scheduled, (x, y), optimizer="sgd", batch_size=16, epochs=2, shuffle=False,
          learning_rate=0.1, schedule=lambda step: float(rates[step]))
theirs = model(0.0)
theirs.compile(keras.optimizers.SGD(keras.optimizers.schedules.PolynomialDecay(0.1, 5, 0.0)),
               keras.losses.SparseCategoricalCrossentropy(from_logits=True))
theirs.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
found["schedule"] = max(float(np.abs(a - b).max())
                        for a, b in zip(scheduled.get_weights(), theirs.get_weights()))
found["rates"] = run.rates
found["rate"] = float(keras.ops.convert_to_numpy(scheduled.optimizer.learning_rate))

stopping = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=100.0)
rate = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate)
found["early"] = told(fit(model(), (x, y), epochs=9, callbacks=[stopping, rate]))
found["added"] = sorted(found["early"]["history"])
wrong = {}
for name, arguments in {
    "resume": {"resume": "run"}, "steps_per_epoch": {"steps_per_epoch": 3}, "epochs": {"epochs": -1},
    "data": {"data": (x, y[:3])}, "schedule": {"schedule": "nonsense"},
}.items():
    try:
        fit(model(), **{"data": (x, y), "epochs": 1, **arguments})
    except (ValueError, TypeError) as error:
        wrong[name] = str(error)
found["wrong"] = wrong
found["diverged"] = fit(model(), (x * 1e30, y), epochs=2, learning_rate=1e30).ended
print(json.dumps(found))
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_back_end(python, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.fail(f"{backend} is not installed, so nothing is known of it; `make test` installs it", False)
    found = json.loads(python(CODE, KERAS_BACKEND=backend).stdout)
    one = found["one"]
    assert one["plan"] == backend and one["ended"] == "finished" and one["steps"] == 9
    assert set(one["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in one["history"].values())
    assert found["again"] == one and found["kept"] and found["notes"] == "finished"
    assert found["batches"]["steps"] == 6 and set(found["batches"]["history"]) == set(one["history"])
    assert found["same"] < 1e-6
    assert found["schedule"] < 1e-6
    assert found["rates"] == pytest.approx([0.1, 0.08, 0.06, 0.04, 0.02, 0.0], abs=1e-7)
    assert found["rate"] == pytest.approx(0.1)
    assert found["early"]["ended"] == "stopped early" and found["early"]["steps"] < 18
    assert "learning_rate" in found["added"]
    assert set(found["wrong"]) == {"resume", "steps_per_epoch", "epochs", "data", "schedule"}
    assert all(text.startswith(name) for name, text in found["wrong"].items())
    assert found["diverged"] == "diverged"
