"""Trained models by name or path."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

from kerasgen.utils import hub
from kerasgen.utils.keras_files import load_model

if TYPE_CHECKING:
    from kerasgen.models import GenerativeModel

_FILE = "model.keras"


def load(name: str | os.PathLike[str]) -> GenerativeModel:
    """Loads a trained model.

    Args:
        name: str or `pathlib.Path`. A `.keras` file, the folder of a run that
            has finished, the name of a model in the folder `saved_models` of a
            checkout of kerasgen, such as `"vae_mnist"`, or the address of a
            model that `kerasgen push` has put on the Hugging Face hub, such as
            `"hf://owner/name"` or, of a branch, a tag or a commit,
            `"hf://owner/name@revision"`. What is downloaded stays in the hub's
            cache.

    Returns:
        `GenerativeModel`, compiled if the file says how.

    Raises:
        FileNotFoundError: if there is no such model, with the names there are.
        OSError: if the hub cannot be reached, or refuses, with what can be
            done.
        ImportError: for an address, without `pip install
            "kerasgen-zoo[hub]"`.
        ValueError: if the file cannot be loaded, holds no generative model, or
            would take far more memory than its size says: weights are checked
            before they are made. Where a file is right to, the variable
            `KERASGEN_MAX_MODEL_BYTES` raises the limit.

    Example:

    ```python
    model = kerasgen.load("vae_mnist")
    images = model.generate(16, seed=0)
    ```
    """
    # Registers the classes.
    from kerasgen.models import GenerativeModel

    file = find_file(name)
    model = load_model(file)
    if not isinstance(model, GenerativeModel):
        raise ValueError(
            f"{file} must hold a generative model. Received: a "
            f"{type(model).__name__}. `keras.saving.load_model` loads it."
        )
    return model


def saved_models() -> dict[str, pathlib.Path]:
    """Folders of the models in a checkout, by name; none elsewhere."""
    folder = pathlib.Path(__file__).parents[1] / "saved_models"
    return {file.parent.name: file.parent for file in folder.glob(f"*/{_FILE}")}


def check_there(name: str | os.PathLike[str]) -> None:
    """Raises at once for what `load` would look for in vain.

    Args:
        name: see `load`; no address of the hub.

    Raises:
        FileNotFoundError: if there is neither a file, nor a folder, nor a
            saved model of that name.
    """
    if not pathlib.Path(name).exists() and str(name) not in saved_models():
        raise _missing(name)


def find_file(name: str | os.PathLike[str]) -> pathlib.Path:
    """The `.keras` file of a trained model.

    Args:
        name: see `load`.

    Returns:
        `pathlib.Path`; of an address of the hub it is in its cache.

    Raises:
        FileNotFoundError, OSError, ImportError: see `load`.
    """
    if hub.is_address(name):
        return hub.local(name) / _FILE
    path = pathlib.Path(name)
    known = saved_models()
    for file in (path, path / _FILE, known.get(str(name), path) / _FILE):
        if file.is_file():
            return file
    raise _missing(name)


def _missing(name):
    names = ", ".join(sorted(saved_models()))
    saved = f"the name of a saved model ({names})"
    elsewhere = ""
    if not names:
        saved = "the address of a model on the hub (hf://owner/name)"
        elsewhere = (
            " Saved models, such as vae_mnist, are no part of the installed "
            "package: they are in the folder saved_models of kerasgen's "
            "repository. Install a checkout of that (`pip install -e .` in "
            "it), or give the path of the .keras file, such as "
            "saved_models/vae_mnist/model.keras."
        )
    return FileNotFoundError(
        f"There is no trained model at {name}. Give the folder of a run that "
        "has finished (`kerasgen train MODEL --run-dir DIR`; an interrupted "
        f"one goes on with --resume), a .keras file, or {saved}.{elsewhere}"
    )
