import inspect

import pytest

from kerasgen.data import CharacterTokenizer
from kerasgen.data.degradations import DEGRADATIONS
from kerasgen.models import MODELS
from kerasgen.recipes import advised_epochs
from kerasgen.recipes import recipe_for
from kerasgen.recipes.lookup import TABLE
from kerasgen.recipes.table import read_table
from kerasgen.utils import dataset_names

DATA_SHAPES = {"digits": (8, 8, 1), "mnist": (28, 28, 1), "other": (32, 32, 3)}


def test_every_model_has_recipes():
    """And each recipe a model."""
    assert sorted(read_table(TABLE.read_text())) == sorted(MODELS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dataset", [*DATA_SHAPES, "sums"])
def test_recipe_builds_its_model(model, dataset):
    recipe = recipe_for(model, dataset)
    assert recipe.arguments["network"]  # The command line says it.
    # The data set says how many classes there are.
    parameters = inspect.signature(MODELS[model]).parameters
    options = {**recipe.arguments, "seed": 0}
    if "tokenizer" in parameters:
        tokenizer = CharacterTokenizer("0123456789+=")
        built = MODELS[model](10, tokenizer, **options)
    elif "source_shape" in parameters:
        built = MODELS[model]((28, 28, 3), (28, 28, 3), **options)
    elif "levels" in parameters:
        built = MODELS[model]((28, 28, 1), **options)
    else:
        labels = {"num_classes": 10} if "num_classes" in parameters else {}
        shape = DATA_SHAPES.get(dataset, (16, 16, 1))
        built = MODELS[model](shape, **labels, **options)
    built.compile()
    config = built.get_config()
    for name, value in recipe.arguments.items():
        assert config[name] == value
    assert recipe.epochs > 0
    assert recipe.batch_size > 0
    # Settings that stand in for a recipe were not measured.
    measured = read_table(TABLE.read_text())[model]
    assert bool(recipe.result) == (dataset in measured)


def test_data_sets_are_known():
    for recipes in read_table(TABLE.read_text()).values():
        known = {*dataset_names.names(), *dataset_names.TEXTS}
        # What was made worse goes by the data set and by how.
        known |= {f"{name}_{kind}" for name in known for kind in DEGRADATIONS}
        assert set(recipes) - {"default"} <= known


def test_unknown_model_is_refused_with_the_known():
    with pytest.raises(ValueError, match=r"'wgan_gp'.*Did you mean 'vqvae'"):
        recipe_for("vq_vae", "digits")


def test_advised_epochs_of_a_model_without_measured_recipes(monkeypatch):
    """As one that was just added."""
    table = read_table(_table(of="default", result=None))
    monkeypatch.setattr("kerasgen.recipes.lookup._table", lambda: table)
    assert advised_epochs("vae", 5000) == 10


def _table(of="digits", **changes):
    """A table of one recipe, in TOML; without the lines that are `None`."""
    lines = {
        "arguments": '{ latent_dim = 3, network = "mlp" }',
        "network_options": "{ hidden_units = [4] }",
        "training": "{ batch_size = 32, epochs = 10, learning_rate = 1e-3 }",
        "result": '"""\n1.0 nats,\nseed 0\n"""',
        **changes,
    }
    lines = [f"{k} = {v}" for k, v in lines.items() if v is not None]
    default = (
        "[vae.default]\n"
        'arguments = { network = "mlp" }\n'
        "training = { batch_size = 32, epochs = 10 }\n"
    )
    head = default if of != "default" else ""
    return "\n".join([head, f"[vae.{of}]", *lines])


_OF_RATES = "{{ batch_size = 3, epochs = 1, learning_rate_schedule = '{}' }}"


def test_a_recipe_is_what_stands_in_the_table():
    recipe = read_table(_table())["vae"]["digits"]
    assert recipe.arguments == {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": {"hidden_units": [4]},
    }
    assert (recipe.batch_size, recipe.epochs) == (32, 10)
    assert recipe.learning_rate == 1e-3
    assert recipe.result == "1.0 nats, seed 0"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": None}, r"`\[vae.digits\]` .* must have `training`"),
        ({"arguments": None}, r"`\[vae.digits\]` .* must have `arguments`"),
        ({"result": None}, r"`\[vae.digits\]` .* must have `result`"),
        ({"result": "3"}, "`vae.digits.result` .* a text. Received: 3"),
        ({"result": '" "'}, "`vae.digits.result` .* a text"),
        ({"reslt": '"x"'}, "Received: reslt. Did you mean 'result'"),
        ({"arguments": "3"}, "`vae.digits.arguments` .* a table"),
        ({"arguments": "{}"}, "`vae.digits.arguments.network` .* a name"),
        (
            {"arguments": '{ network = "mlp", network_options = {} }'},
            "leave `network_options` to a line of its own",
        ),
        ({"network_options": "4"}, "`vae.digits.network_options` .* a table"),
        (
            {"training": "{ epochs = 3 }"},
            r"`\[vae.digits.training\]` .* must have `batch_size`",
        ),
        (
            {"training": "{ batch_size = 3, epochs = 1.5 }"},
            "`vae.digits.training.epochs` .* a positive integer. Received: 1.5",
        ),
        (
            {"training": "{ batch_size = true, epochs = 1 }"},
            "`vae.digits.training.batch_size` .* a positive integer",
        ),
        (
            {"training": "{ batch_size = 3, epochs = 1, learning_rate = -1 }"},
            "`vae.digits.training.learning_rate` .* above 0. Received: -1",
        ),
        (
            {"training": _OF_RATES.format("line")},
            "training.learning_rate_schedule` .* one of constant, cosine",
        ),
        (
            {"training": _OF_RATES.format("cosine")},
            r"`\[vae.digits.training\]` .* must have `learning_rate`",
        ),
        (
            {"training": "{ batch_size = 3, epochs = 1, learnrate = 1 }"},
            "Received: learnrate. Did you mean 'learning_rate'",
        ),
        ({"training": "{ batch_size"}, "must be TOML. Received: .*line"),
        # Of a default nothing was measured.
        ({"of": "default"}, r"`\[vae.default\]` .* Received: result"),
    ],
)
def test_a_table_with_a_fault_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        read_table(_table(**changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vae = 3", "`vae` of the recipes must be recipes by data set"),
        ("[vae]\ndefault = 3", "`vae.default` of the recipes must be a recipe"),
        ("[vae.digits]", r"`\[vae\]` .* must have `default`"),
    ],
)
def test_a_table_of_another_shape_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_table(text)
