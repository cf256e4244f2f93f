"""The two domains of a run: what `--source` and `--target` say."""

import dataclasses
import pathlib

from kerasgen.cli import outline
from kerasgen.utils import dataset_names

# What is said by a word alone.
FLAGS = "paired", "keep_classes"


@dataclasses.dataclass
class Domains:
    """Where the images of either domain come from.

    Args:
        source, target: str or `None`. A name, a folder or an `.npz` file, as
            `kerasgen.data.load_pairs` takes them.
        source_size, target_size: int, or [height, width], or `None` for that of
            the images.
        degrade, degrade_amount: how the source is made of the target, or
            `None`.
        paired: bool. Whether each image has a partner in the other domain.
        keep_classes: bool. Whether a classifier of the source is to find the
            same classes in translations.
    """

    source: str | None = None
    target: str | None = None
    source_size: int | list | None = None
    target_size: int | list | None = None
    degrade: str | None = None
    degrade_amount: float | None = None
    paired: bool = False
    keep_classes: bool = False

    @property
    def name(self):
        """What stands for both where a data set has a name."""
        if self.degrade is not None:
            return f"{_short(self.target)}_{self.degrade}"
        if self.target is None:
            return _short(self.source)
        return f"{_short(self.source)}_to_{_short(self.target)}"

    def settings(self):
        """What the record of a run has of them, a dict."""
        found = dataclasses.asdict(self)
        # Runs that are older than flags have none of them.
        return {n: v for n, v in found.items() if v or n not in FLAGS}

    @classmethod
    def of_settings(cls, settings):
        """Those of a record."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{n: settings[n] for n in names if n in settings})

    def data_options(self):
        """Arguments of `kerasgen.data.load_pairs`."""
        found = dataclasses.asdict(self) | {"paired": self.is_in_pairs}
        del found["keep_classes"]
        return found

    @property
    def is_in_pairs(self):
        """Whether each image has a partner: of one file, or worse, always."""
        return self.paired or self.degrade is not None or self.target is None


def check(model, domains, dataset, image_size):
    """Raises unless a model is given what it is trained on.

    Args:
        model: str. Name of the model on the command line.
        domains: `Domains`, with `source` and `target` that may be `None`.
        dataset: str or `None`. What `--dataset` says, likewise `image_size`.

    Raises:
        ValueError: with what is missing, or does not go with the model.
    """
    if not outline.is_translator(model):
        given = [
            each.name
            for each in dataclasses.fields(domains)
            if getattr(domains, each.name) != each.default
        ]
        if given:
            options = ", ".join(f"`--{n.replace('_', '-')}`" for n in given)
            raise ValueError(
                f"{options} must be left out for {model}, which is trained on "
                "one data set. Received: a domain. Name it by `--dataset`, or "
                "choose a model between two domains, such as cyclegan."
            )
        return
    if dataset is not None or image_size is not None:
        raise ValueError(
            "`--dataset` and `--image-size` must be left out for "
            f"{model}, which is trained on two domains. Received: "
            f"{dataset or image_size}. Give `--source` and `--target`, "
            "`--source-size` and `--target-size`."
        )
    if domains.keep_classes:
        _check_keeps_classes(model, domains)
    if domains.degrade is not None:
        _check_degraded(domains)
        return
    is_pair = domains.source and dataset_names.is_npz(domains.source)
    if domains.source is None or (domains.target is None and not is_pair):
        raise ValueError(
            f"`--source` and `--target` must be given for {model}, each a name "
            "(see `kerasgen datasets`), a folder of images or an .npz file. "
            f"Received: --source={domains.source}, --target={domains.target}."
        )
    for name in (domains.source, domains.target):
        if name is not None:
            dataset_names.check_known(name)


def _check_degraded(domains):
    if domains.source is not None or domains.target is None:
        raise ValueError(
            "`--target` must be given with `--degrade`, which makes the source "
            f"of it, and no `--source`. Received: --source={domains.source}, "
            f"--target={domains.target}."
        )
    dataset_names.check_known(domains.target)


def _check_keeps_classes(model, domains):
    if "source_classifier" not in outline.model_arguments(model):
        raise ValueError(
            f"`--keep-classes` must be left out for {model}, whose loss has no "
            "place for a classifier. Choose cyclegan, or train without."
        )
    if None in (domains.source, domains.target):
        raise ValueError(
            "`--keep-classes` must go with `--source` and `--target`, the "
            "first with classes. Received: "
            f"--source={domains.source}, --target={domains.target}."
        )


def _short(name):
    return pathlib.Path(name).resolve().name.removesuffix(".npz")
