"""Arguments of models: declared once."""

import inspect

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen.engine import REQUIRED
from kerasgen.engine import Argument
from kerasgen.engine import BaseModel
from kerasgen.engine import NetworkArgument
from kerasgen.engine import at_least
from kerasgen.engine import in_range
from kerasgen.engine import one_of
from kerasgen.engine import optional
from kerasgen.engine import positive_integer
from kerasgen.engine.arguments import arguments_of


class Small(BaseModel):
    columns = {}
    size = Argument(REQUIRED, positive_integer)
    share = Argument(0.5, in_range(0, 1))
    limit = Argument(None, optional(at_least(2)))
    kind = Argument("a", one_of("a", "b"), attribute="kind_of_it")

    def configure(self):
        self.order = ["configure"]
        self.area = self.size**2

    def build_networks(self):
        self.order.append("build")
        assert self.area == self.size**2


class Smaller(Small):
    share = Argument(0.25, in_range(0, 1))


class Explicit(Small):
    def __init__(self, size, extra=3, **kwargs):
        super().__init__(size, **kwargs)
        self.extra = extra


class KeywordOnly(Small):
    def __init__(self, *args, share=0.75, **kwargs):
        super().__init__(*args, share=share, **kwargs)


def test_arguments_are_attributes():
    model = Small(3, share=np.float32(0.5), kind="b", name="it", seed=1)
    assert (model.size, model.share, model.limit) == (3, 0.5, None)
    assert model.kind_of_it == "b"
    assert model.name == "it"
    assert list(model.order) == ["configure", "build"]
    assert type(model.share) is float


def test_a_subclass_has_other_defaults():
    assert Smaller(3).share == 0.25
    assert Small(3).share == 0.5
    assert list(arguments_of(Smaller)) == [
        "size", "share", "limit", "kind", "seed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 0}, "`size` must be a positive integer.*size=0"),
        ({"size": 3, "share": 2}, "`share` must be.*share=2"),
        ({"size": 3, "share": float("nan")}, "`share` must be.*share=nan"),
        ({"size": 3, "limit": 1}, "`limit` must be.*limit=1"),
        ({"size": 3, "kind": "c"}, "`kind` must be one of 'a', 'b'"),
        ({"size": 3, "seed": -1}, "`seed` must be"),
    ],
)
def test_wrong_values_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Small(**arguments)


@pytest.mark.parametrize(
    ("positional", "named", "words"),
    [
        ((), {}, "needs the arguments `size`"),
        ((3,), {"size": 3}, "several values for argument `size`"),
        ((3,), {"shares": 0.1}, "no argument `shares`. Did you mean 'share'"),
        ((3, 0.1, 2, "a", 1, 7), {}, "at most 5 arguments without a name"),
    ],
)
def test_wrong_calls_are_refused(positional, named, words):
    with pytest.raises(TypeError, match=words):
        Small(*positional, **named)


def test_config_follows():
    model = Smaller(3, limit=4, seed=1)
    config = model.get_config()
    found = {name: config[name] for name in arguments_of(Smaller)}
    assert found == {
        "size": 3, "share": 0.25, "limit": 4, "kind": "a", "seed": 1,
    }  # fmt: skip
    again = Smaller.from_config(config)
    assert again.get_config() == config


def test_signatures_are_told():
    parameters = inspect.signature(Smaller).parameters
    assert list(parameters) == [*arguments_of(Smaller), "kwargs"]
    assert parameters["share"].default == 0.25
    assert parameters["size"].default is inspect.Parameter.empty
    assert list(inspect.signature(Explicit).parameters) == [
        "size", "extra", "share", "limit", "kind", "seed", "kwargs",
    ]  # fmt: skip
    assert Explicit(3, share=0.1).extra == 3
    parameters = inspect.signature(KeywordOnly).parameters
    assert list(parameters)[0] == "share"
    assert KeywordOnly(3).share == 0.75


class Fixed(Small):
    size = 4
    share = Argument(0.125)

    @property
    def limit(self):
        return 2 * self.size


class WithNetwork(BaseModel):
    columns = {}
    network = NetworkArgument()

    def build_networks(self):
        self.network = self.given_network("network") or keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(1)]
        )


def test_an_attribute_takes_the_place_of_an_argument():
    model = Fixed()
    assert (model.size, model.limit, model.share) == (4, 8, 0.125)
    assert "size" not in arguments_of(Fixed)
    assert Fixed(kind="b").kind_of_it == "b"


def test_a_default_of_a_subclass_keeps_the_attribute():
    class Other(Small):
        kind = Argument("b", one_of("b", "c"))

    assert Other(3).kind_of_it == "b"


def test_networks_of_the_user_are_in_the_config():
    own = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model = WithNetwork(own)
    assert model.network is own
    assert WithNetwork().get_config()["network"] is None
    again = WithNetwork.from_config(model.get_config())
    assert again.network.count_params() == own.count_params()


def test_names_of_before_are_known():
    """In a file; a call says what the argument is called."""
    model = kerasgen.DEC((8, 8, 1), initialization="umap")
    config = model.get_config()
    config["placement"] = config.pop("initialization")
    assert kerasgen.DEC.from_config(config).initialization == "umap"
    with pytest.raises(TypeError, match="is called `initialization`"):
        kerasgen.DEC((8, 8, 1), placement="umap")


def test_classes_of_the_zoo_are_called_as_before():
    """By position: the shape, what is needed, then the class's own."""
    assert kerasgen.BetaVAE((8, 8, 1), 3, 7.0).beta == 7.0
    assert kerasgen.PacGAN((8, 8, 1), 4).packing == 4
    model = kerasgen.ConditionalGAN((8, 8, 1), 10, "concatenation")
    assert (model.num_classes, model.conditioning) == (10, "concatenation")
    assert kerasgen.ConditionalVAE((8, 8, 1), 10, 5).latent_dim == 5
