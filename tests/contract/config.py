"""What a model says of itself, whatever its arguments: nothing is trained."""

import json

import keras
import numpy as np
import pytest

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import arguments_of
from tests.contract import paper_defaults
from tests.contract.base import Contract
from tests.contract.base import assert_same_weights
from tests.contract.base import network_parts


def as_numpys(value):
    """Numbers as those of numpy, in lists, tuples and dicts as well."""
    kinds = {bool: np.bool_, int: np.int64, float: np.float32}
    return keras.tree.map_structure(
        lambda leaf: kinds.get(type(leaf), lambda same: same)(leaf), value
    )


def assert_close(found, expected):
    """Equal but for the rounding of float32."""
    keras.tree.map_structure(
        lambda a, b: (
            a == (pytest.approx(b) if isinstance(b, float) else b)
            or pytest.fail(f"{found} is not {expected}")
        ),
        found,
        json.loads(json.dumps(expected)),
    )


class ConfigContract(Contract):
    """Part of `ModelContract`.

    Attributes:
        config_arguments: dict. With `arguments`, each argument at a value that
            is not its default.
        own_network_arguments: dict of what goes with networks of the user's.
        only_defaults: tuple of str. Arguments that take no other value beside
            those of the contract.
    """

    config_arguments = {}
    own_network_arguments = {}
    only_defaults = ()

    @property
    def all_arguments(self):
        return {**self.arguments, **self.config_arguments}

    def configured(self, **changes):
        """A model with no argument at its default."""
        changes = {**self.all_arguments, **changes}
        return self.new_model(compiled=False, **changes)

    def test_numbers_may_be_numpys(self):
        expected = self.configured().get_config()
        changes = as_numpys({**self.shapes, **self.all_arguments})
        model = self.configured(**changes)
        found = json.loads(json.dumps(model.get_config()))
        for name, value in expected.items():
            if name not in ("name", "dtype"):
                assert_close(found[name], value)

    def test_arguments_are_not_defaults(self):
        # Its own ones; a parent's contract has the parent's.
        own = vars(self.model_class).items()
        parameters = {n: v for n, v in own if isinstance(v, Argument)}
        for name, parameter in parameters.items():
            is_network = isinstance(parameter, NetworkArgument)
            fixed = *self.shapes, "seed", *self.only_defaults
            if not is_network and name not in fixed:
                is_default = self.all_arguments.get(name) == parameter.default
                # One of the two networks is the default.
                assert name == "network" or not is_default, name

    def test_defaults_are_the_paper_s(self):
        expected = paper_defaults.of(self.model_class)
        config = self.new_model(compiled=False).get_config()
        trained = {name for name in expected if name in self.arguments}
        assert not trained, "the contract trains another model"
        assert {name: config[name] for name in expected} == expected

    def test_config_lists_every_argument(self):
        config = self.configured(name="it").get_config()
        missing = set(arguments_of(self.model_class)) - set(config)
        assert not missing
        for name, value in self.all_arguments.items():
            assert config[name] == value, name

    def test_config_round_trip(self):
        config = self.configured(name="it").get_config()
        as_json = json.loads(json.dumps(config))
        assert as_json == config
        assert self.model_class.from_config(as_json).get_config() == config

    def test_own_networks_are_kept(self, tmp_path):
        changes = self.own_network_arguments
        source = self.new_model(compiled=False, **changes)
        parts = {
            name: keras.models.clone_model(getattr(source, name))
            for name in network_parts(source)
        }
        model = self.new_model(compiled=False, **parts, **changes)
        for name, network in parts.items():
            assert getattr(model, name) is network
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert_same_weights(model, loaded)

    def output_shape_of(self, network):
        """What the refusal of another network says that it must return."""
        return network.output_shape

    def test_own_networks_of_wrong_shape_are_refused(self):
        changes = self.own_network_arguments
        source = self.new_model(compiled=False, **changes)
        for name in network_parts(source):
            network = getattr(source, name)
            if isinstance(network.input_shape, list):
                continue  # The test of the one model that has such a network.
            inputs = keras.Input(network.input_shape[1:])
            for wrong in (
                keras.Model(inputs, keras.layers.Flatten()(inputs)),
                keras.Model(
                    wide := keras.Input((5, *network.input_shape[1:])),
                    keras.layers.Flatten()(wide),
                ),
            ):
                with pytest.raises(ValueError, match=name) as raised:
                    self.new_model(compiled=False, **{name: wrong}, **changes)
                message = str(raised.value)
                if wrong.input_shape != network.input_shape:
                    shapes = network.input_shape, wrong.input_shape
                else:
                    shapes = self.output_shape_of(network), wrong.output_shape
                assert all(str(shape) in message for shape in shapes)
