"""What holds for the list of models as a whole."""

import importlib
import json
import pathlib

import numpy as np
import pytest

from kerasgen.models import MODELS
from tests.contract.base import Contract
from tests.contract.paper_defaults import PAPER_DEFAULTS

# Arguments that count something, as `labels.max() + 1` may give them.
COUNTS = {
    "acgan": "num_classes",
    "conditional_gan": "num_classes",
    "conditional_vae": "num_classes",
    "diffusion": "num_classes",
    "flow_matching": "num_classes",
    "infogan": "num_categories",
    "mean_flow": "num_classes",
    "pacgan": "packing",
}


def subclasses(cls):
    for child in cls.__subclasses__():
        yield child
        yield from subclasses(child)


def test_every_model_has_a_contract():
    for path in pathlib.Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"tests.models.{path.stem}")
    tested = {
        contract.model_class
        for contract in subclasses(Contract)
        if contract.__name__.startswith("Test")
    }
    assert set(MODELS.values()) <= tested


def test_every_model_has_its_paper_s_defaults():
    names = {model.__name__ for model in MODELS.values()}
    assert set(PAPER_DEFAULTS) == names


@pytest.mark.parametrize("name", MODELS)
def test_example_of_the_docstring_names_its_source(name):
    text = MODELS[name].__doc__
    for part in ("Args:", "Example:", ">>> ", "References:", "http"):
        assert part in text, part


@pytest.mark.parametrize("name", COUNTS)
def test_counts_may_be_numpy_s(name):
    model = MODELS[name]((8, 8, 1), **{COUNTS[name]: np.int64(3)})
    assert json.loads(json.dumps(model.get_config()))[COUNTS[name]] == 3
