"""What a run is trained with: recipe, options and `--set`, in one flat dict."""

import ast
import dataclasses
import math
import shlex

from kerasgen.cli import domains
from kerasgen.cli import outline
from kerasgen.cli.domains import Domains
from kerasgen.cli.folder_recipe import folder_recipe
from kerasgen.cli.run_record import MAY_CHANGE
from kerasgen.recipes import SCHEDULES
from kerasgen.recipes import recipe_for
from kerasgen.utils import dataset_names
from kerasgen.utils import seeds
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import did_you_mean

# Arguments of models that are not set by a number or a word.
_NOT_SETTABLE = {
    "data_shape",
    "source_shape",
    "target_shape",
    # The data set says it.
    "num_classes",
    "vocabulary_size",
    "network_options",
    "encoder",
    "decoder",
    "generator",
    "discriminator",
    "backbone",
    "target_generator",
    "source_generator",
    "target_discriminator",
    "source_discriminator",
    # A network, and what without one says nothing.
    "source_classifier",
    "semantic_weight",
    "seed",
}
# What is said of a text, of models of texts.
TEXT_OPTIONS = ("tokenizer", "length", "documents")

_SIZES = ("image_size", "source_size", "target_size")


@dataclasses.dataclass
class Settings:
    """Everything that decides what a run gives.

    Args:
        model, epochs, batch_size, seed: see `kerasgen train --help`.
        dataset: str. Name or folder of the data; of two domains, their names.
        image_size: int, or [height, width], or `None` for that of the data.
        arguments: dict of the model's arguments.
        learning_rate: float, or `None` for the model's default.
        learning_rate_schedule: str. How the rate goes on, see
            `kerasgen.recipes.Recipe`.
        text: dict of what `kerasgen.data.load_text` is told, of a model of
            texts.
        given: names of those that the user has said, where a resumed run has
            its own otherwise.
        domains: `Domains`, or `None` for a model of one data set.
        num_images: int. Of the user's own images, for how many the recipe was
            made; else `None`.
    """

    model: str
    dataset: str
    image_size: int | list | None
    epochs: int
    batch_size: int
    seed: int
    arguments: dict
    learning_rate: float | None
    learning_rate_schedule: str = "constant"
    text: dict = dataclasses.field(default_factory=dict)
    given: frozenset = frozenset()
    domains: Domains | None = None
    num_images: int | None = None

    @property
    def is_of_texts(self):
        """Whether the model is trained on a text."""
        return outline.is_of_texts(self.model)

    @property
    def needs_labels(self):
        """Whether the model cannot be trained on images without labels."""
        return outline.needs_labels(self.model)

    @property
    def may_have_labels(self):
        """Whether the model is trained on labels where there are any."""
        return outline.may_have_labels(self.model)

    def flat(self):
        """One dict of JSON values, as `config.json` keeps and compares it."""
        flat = dataclasses.asdict(self)
        del flat["given"]
        if self.learning_rate_schedule == "constant":
            # As the runs have it that are older than schedules.
            del flat["learning_rate_schedule"]
        if self.num_images is None:
            del flat["num_images"]
        del flat["domains"]
        of_domains = self.domains.settings() if self.domains else {}
        arguments = flat.pop("arguments")
        options = arguments.pop("network_options", None) or {}
        of_text = flat.pop("text")
        return {**flat, **of_domains, **of_text, **arguments, **options}

    def keep(self, before, names):
        """Takes over what a run had before, where nothing else is said.

        Args:
            before: dict, as `flat` returns it.
            names: those that a resumed run may change.
        """
        for name in set(names) - self.given:
            setattr(self, name, before.get(name))


def gather(
    model,
    dataset,
    image_size,
    epochs,
    batch_size,
    seed,
    assignments,
    both=None,
    images=None,
):
    """The settings of a run: the recipe, and what the user says otherwise.

    Args:
        dataset: str, or `None` for the default, or where there are two domains.
        image_size: str or `None`. `"64"` or `"30x50"`, height and width.
        assignments: list of `"name=value"`.
        both: `Domains` of a model between two, or `None`.
        images: (number, data shape) of the user's own images, which the recipe
            then follows from.

    Returns:
        `Settings`.

    Raises:
        ValueError: for a name that is unknown, with the known ones.
    """
    check_choice("MODEL", model, tuple(outline.models()))
    seeds.check_seed(seed, "--seed")
    both = both or Domains()
    domains.check(model, both, dataset, image_size)
    if outline.is_translator(model):
        dataset = both.name
    else:
        both, dataset = None, dataset or _default_dataset(model)
        _check_dataset(model, dataset, image_size)
    if images is None:
        recipe, num_images = recipe_for(model, _measured(dataset, both)), None
    else:
        recipe, num_images = folder_recipe(model, *images), images[0]
    settings = Settings(
        model=model,
        dataset=dataset,
        domains=both,
        image_size=parse_size(image_size, "--image-size"),
        epochs=epochs if epochs is not None else recipe.epochs,
        batch_size=batch_size if batch_size is not None else recipe.batch_size,
        seed=seed,
        arguments=dict(recipe.arguments),
        learning_rate=recipe.learning_rate,
        learning_rate_schedule=recipe.learning_rate_schedule,
        text=dict(recipe.text),
        num_images=num_images,
    )
    if both and both.paired and "coupling" in outline.model_arguments(model):
        # Else it would pair the images anew.
        settings.arguments.setdefault("coupling", "given")
    check_positive_integer("--epochs", settings.epochs)
    check_positive_integer("--batch-size", settings.batch_size)
    assigned = dict(_parse(assignment) for assignment in assignments)
    settings.given = frozenset(assigned)
    if epochs is not None:
        settings.given |= {"epochs"}
    _assign(settings, assigned)
    return settings


def _measured(dataset, both):
    """What a recipe goes by: no folder that is called like a data set."""
    names = [dataset] if both is None else [both.source, both.target]
    own = dataset_names.is_folder, dataset_names.is_npz
    if any(is_own(name) for name in names if name for is_own in own):
        return ""
    return dataset


def _default_dataset(model):
    """What a model is trained on where nothing is said; needs no download."""
    return "python_topics" if outline.is_of_texts(model) else "digits"


def _check_dataset(model, dataset, image_size):
    if not outline.is_of_texts(model):
        dataset_names.check_known(dataset)
        return
    if not dataset_names.is_text(dataset):
        raise dataset_names.unknown_text(dataset)
    if image_size is not None:
        raise ValueError(
            f"Argument `--image-size` must be left out: {model} is trained on "
            f"texts. Received: --image-size {image_size}."
        )


def parse_size(text, option):
    """What JSON keeps of a size: an int, or [height, width].

    Args:
        text: str or `None`.
        option: str. What gave it.
    """
    if text is None:
        return None
    sides = str(text).lower().split("x")
    if len(sides) > 2 or not all(
        side.isdecimal() and int(side) for side in sides
    ):
        raise ValueError(
            f"Argument `{option}` must be a number of pixels, such as 64, "
            f"or height and width, such as 30x50. Received: {option} {text}."
        )
    sides = [int(side) for side in sides]
    return sides[0] if len(sides) == 1 else sides


def command_of(settings, run_dir):
    """The command that goes on with a run.

    Args:
        settings: dict, as `Settings.flat` returns it.
        run_dir: `pathlib.Path` of the run.

    Returns:
        str for a shell.

    Raises:
        ValueError: if there is no such model, or data set, any more.
    """
    model = settings["model"]
    check_choice("MODEL", model, tuple(outline.models()))
    options = ("source", "target", "degrade", "degrade_amount", *domains.FLAGS)
    given = {name: settings[name] for name in options if name in settings}
    dataset, both = None, Domains(**given)
    if not outline.is_translator(model):
        dataset = settings["dataset"]
        both, given = None, {"dataset": dataset}
    words = ["kerasgen", "train", model]
    for name, value in given.items():
        if value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}"]
            words += [] if value is True else [str(value)]
    usual = gather(model, dataset, None, None, None, 0, [], both)
    network = f"network={settings['network']}"
    if settings["network"] != usual.arguments["network"]:
        words += ["--set", network]
        usual = gather(model, dataset, None, None, None, 0, [network], both)
    # Constant is what goes without a word in either.
    constant = {"learning_rate_schedule": "constant"}
    settings, usual = {**constant, **settings}, {**constant, **usual.flat()}
    # What the recipe of a folder followed from is read from the run.
    may_change = {*MAY_CHANGE, "num_images"}
    # Where a cosine begins is part of it.
    if settings["learning_rate_schedule"] == "cosine":
        may_change.remove("learning_rate")
    for name, value in settings.items():
        if name in may_change or value == usual.get(name):
            continue
        if name.endswith("_size") and isinstance(value, list):
            value = "x".join(map(str, value))
        if name in (*_SIZES, "batch_size", "seed"):
            words += [f"--{name.replace('_', '-')}", str(value)]
        elif name == "dtype":
            words += ["--precision", value.removeprefix("mixed_")]
        elif name != "network":
            words += ["--set", f"{name}={value}"]
    return shlex.join([*words, "--run-dir", str(run_dir), "--resume"])


def settable(model, network):
    """The names that `--set` takes."""
    parameters = outline.model_arguments(model)
    arguments = [name for name in parameters if name not in _NOT_SETTABLE]
    # A model may hand one of its own on to the network.
    options = [
        name
        for name in outline.network_options(model, network)
        if name not in parameters
    ]
    of_text = TEXT_OPTIONS if outline.is_of_texts(model) else ()
    arguments = [name for name in arguments if name not in of_text]
    of_rates = "learning_rate", "learning_rate_schedule"
    return [*of_text, *arguments, *options, *of_rates]


def _assign(settings, assigned):
    arguments = settings.arguments
    if assigned.get("network", arguments["network"]) != arguments["network"]:
        # The recipe's options belong to the recipe's network.
        arguments.pop("network_options", None)
    arguments["network"] = assigned.pop("network", arguments["network"])
    check_choice(
        "network", arguments["network"], outline.networks(settings.model)
    )
    options = dict(arguments.get("network_options") or {})
    names = settable(settings.model, arguments["network"])
    for name, value in assigned.items():
        if name not in names:
            raise ValueError(
                f"Argument `--set` must name one of {', '.join(names)}, for "
                f"{settings.model} on {arguments['network']}. Received: --set "
                f"{name}={value}.{did_you_mean(name, names)}"
            )
        if name == "learning_rate":
            _check_rate(value)
            settings.learning_rate = value
        elif name == "learning_rate_schedule":
            check_choice("learning_rate_schedule", value, SCHEDULES)
            settings.learning_rate_schedule = value
        elif settings.is_of_texts and name in TEXT_OPTIONS:
            settings.text[name] = value
        elif name in outline.model_arguments(settings.model):
            arguments[name] = value
        else:
            options[name] = value
    arguments["network_options"] = options or None
    is_cosine = settings.learning_rate_schedule == "cosine"
    if is_cosine and settings.learning_rate is None:
        raise ValueError(
            "Argument `learning_rate` must be given with "
            "learning_rate_schedule=cosine, which begins there. Add, for "
            "example, --set learning_rate=0.001."
        )


def _check_rate(value):
    # A bool is a number to Python.
    if not (type(value) in (int, float) and 0 < value < math.inf):
        raise ValueError(
            "Argument `learning_rate` must be a number above 0, such as 0.001. "
            f"Received: learning_rate={value!r}."
        )


def _parse(assignment):
    name, equals, text = assignment.partition("=")
    if not equals or not name:
        raise ValueError(
            "Argument `--set` must be name=value, such as --set latent_dim=8. "
            f"Received: --set {assignment}."
        )
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text  # A word, such as dcgan.
    return name.strip(), list(value) if isinstance(value, tuple) else value
