"""The guide's table of modes has all that training reports."""

import pathlib
import re

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import metrics
from kerasgen.callbacks import quality_monitor
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS
from tests.models.small_models import small_model

GUIDE = pathlib.Path(__file__).parents[2] / "docs/pages/guide/training.md"


def table():
    """The mode of each name, None where there is none."""
    modes = {}
    for row in GUIDE.read_text().splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if row.startswith("| `") and len(cells) == 3:
            mode = re.match(r'`"(min|max)"`|none', cells[2])
            for name in re.findall("`([a-z0-9_]+)`", cells[0]):
                modes[name] = mode and mode.group(1)
    return modes


def test_the_table_is_read():
    modes = table()
    assert modes["loss"] == "min"
    assert modes["elbo"] == "max"
    assert modes["d_loss"] is None


@pytest.mark.parametrize("name", MODELS)
def test_every_metric_of_models_is_there(name):
    needs = arguments_of(MODELS[name])
    # Those that some report only with these.
    more = {"num_classes": 2, "identity_weight": 1.0}
    options = {k: v for k, v in more.items() if k in needs}
    model = small_model(name, **options)
    model.compile()
    names = {metric.name for metric in model.metrics} - {"compile_metrics"}
    assert names
    assert names <= set(table())


def test_what_monitors_report_is_there():
    assert set(quality_monitor._NAMES) <= set(table())


@pytest.mark.parametrize(
    "metric", ["FrechetDistance", "KernelDistance", "ClassifierScore"]
)
def test_modes_are_those_of_the_metrics(metric):
    made = getattr(metrics, metric)(num_features=2)
    expected = {"down": "min", "up": "max"}[made.direction]
    assert table()[made.name] == expected


@pytest.mark.parametrize(("name", "mode"), [("elbo", "max"), ("loss", "min")])
def test_the_best_is_the_one_by_the_mode(name, mode):
    """Keras stops where the value of the table has not become better."""
    assert table()[name] == mode
    images = np.zeros((256, 4, 4, 1), "float32")
    model = kerasgen.VAE((4, 4, 1), 2, network="mlp", seed=0)
    model.compile(keras.optimizers.Adam(1e-2))
    stopping = keras.callbacks.EarlyStopping(name, patience=1, mode=mode)
    found = model.fit(images, epochs=6, verbose=0, callbacks=[stopping])
    # It gets better all along, which the other mode would take for worse.
    assert len(found.epoch) == 6
