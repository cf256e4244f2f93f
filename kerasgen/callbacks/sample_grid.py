"""Pictures of what a model draws while it trains."""

from __future__ import annotations

import os
import pathlib
import warnings
from typing import TYPE_CHECKING
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgen.distribution import is_chief
from kerasgen.models import NotFiniteError
from kerasgen.utils import files
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.images import as_picture

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_COLUMNS = 20
_MILLISECONDS_A_FRAME = 300


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples every few epochs.

    All grids are drawn from the same seed, so that they show the same latents
    as the model learns. The callback draws nothing from the noise of training.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.png` and so on.
        every: int. Epochs from one grid to the next.
        num_samples: int. Images in a grid.
        seed: int. Seed of the images.
        log_dir: str, `pathlib.Path` or `None`. The grids are written for
            TensorBoard too, below this folder, as `samples`.
        animation: bool. Whether to join all grids of the folder to
            `training.gif` when training ends.

    Example:

    ```python
    grids = kerasgen.callbacks.SampleGrid("samples", every=5)
    model.fit(data, epochs=20, callbacks=[grids])
    ```
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int = 1,
        num_samples: int = 64,
        seed: int = 0,
        log_dir: str | os.PathLike[str] | None = None,
        animation: bool = False,
    ) -> None:
        super().__init__()
        check_positive_integer("every", every)
        check_positive_integer("num_samples", num_samples)
        self.folder = pathlib.Path(folder)
        self.every = every
        self.num_samples = num_samples
        self.seed = seed
        self.log_dir = log_dir
        self.animation = animation

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._writer = None
        if self.log_dir is not None and self._writes:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if (epoch + 1) % self.every or not self._writes:
            return
        path = self.folder / f"epoch_{epoch + 1:04d}.png"
        try:
            picture = save_samples(
                path, self.model, self.num_samples, self.seed
            )
        except NotFiniteError as error:
            # What becomes of the training, `fit` decides.
            warnings.warn(
                f"No samples are drawn after epoch {epoch + 1}. {error}",
                stacklevel=2,
            )
            return
        if self._writer is not None:
            pixels = np.atleast_3d(np.asarray(picture))[None]
            with self._writer.as_default():
                tf.summary.image("samples", pixels, step=epoch)
            self._writer.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()
        if self.animation and self._writes:
            save_animation(self.folder)

    @property
    def _writes(self):
        return is_chief(self.model.distribute_strategy)


def save_animation(folder: pathlib.Path) -> None:
    """Joins the grids of a folder, those of a run before it was resumed too.

    Args:
        folder: `pathlib.Path` that `SampleGrid` wrote to. Gets `training.gif`.
    """
    paths = _grids(folder)
    if not paths:
        return
    first, *others = map(_picture, paths)
    with files.atomic_path(folder / "training.gif") as scratch:
        first.save(
            scratch,
            save_all=True,
            append_images=others,
            duration=_MILLISECONDS_A_FRAME,
            loop=0,
        )


def remove_grids_after(folder: pathlib.Path, epoch: int) -> None:
    """Removes the grids of later epochs, and the animation that has them.

    Args:
        folder: `pathlib.Path` that `SampleGrid` wrote to.
        epoch: int. Number of epochs whose grids stay.
    """
    for path in _grids(folder):
        number = path.stem.removeprefix("epoch_")
        if number.isdecimal() and int(number) > epoch:
            path.unlink()
            (folder / "training.gif").unlink(missing_ok=True)


def _grids(folder):
    """The grids of a folder, the first epoch's first."""
    return sorted(
        folder.glob("epoch_*.png"), key=lambda path: (len(path.name), path.name)
    )


def _picture(path):
    """Of a file, in memory: a broken one is named."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
            return image
    # A picture of more pixels than it has bytes for, or a decoder's own error.
    except (Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise ValueError(
            f"Every grid of samples must be a picture. Received: {path}, which "
            f"is not ({error}). Remove it."
        ) from error


def save_samples(
    path: str | os.PathLike[str],
    model: keras.Model,
    num_samples: int,
    seed: int,
) -> Image:
    """Writes a grid of samples, a column a class where there are few classes.

    Args:
        path: str or `pathlib.Path` of the picture.
        model: `GenerativeModel`.
        num_samples: int. Images in the grid.
        seed: int. Seed of the images.

    Returns:
        The grid as a Pillow picture.
    """
    # `generate` goes through the classes in turn.
    number = model.num_classes or 0
    columns = number if 1 < number <= _MAX_COLUMNS else None
    picture = as_picture(model.generate(num_samples, seed=seed), columns)
    with files.atomic_path(path) as scratch:
        picture.save(scratch)
    return picture
