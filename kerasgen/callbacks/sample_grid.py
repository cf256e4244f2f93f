"""What a model draws while it trains, in files."""

from __future__ import annotations

import os
import pathlib
import textwrap
import warnings
from typing import Any

import keras
import tensorflow as tf

from kerasgen.distribution import is_chief
from kerasgen.models import NotFiniteError
from kerasgen.utils import files
from kerasgen.utils.arguments import check_positive_integer

_MAX_COLUMNS = 20
_MILLISECONDS_A_FRAME = 300


class SampleGrid(keras.callbacks.Callback):
    """Writes samples every few epochs: images as a grid.

    All are drawn from the same seed, so that they show the same latents as the
    model learns. The callback draws nothing from the noise of training. A model
    of rows gets a table, one of texts these, one of tokens lines of numbers.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.png` and so on; of rows
            `epoch_0005.csv`, of texts and of tokens `epoch_0005.txt`.
        every: int. Epochs from one file to the next.
        num_samples: int. Samples in a file.
        seed: int. Seed of the samples.
        log_dir: str, `pathlib.Path` or `None`. The samples are written for
            TensorBoard too, below this folder, as `samples`.
        animation: bool. Whether to join all grids of the folder to
            `training.gif` when training ends.

    Raises:
        ValueError: when training starts, for a model that draws no samples.

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

    def check_model(self) -> None:
        """Raises for a model that the callback cannot draw of."""
        if not self.model.can("generate"):
            raise ValueError(
                "`SampleGrid` must be given to a model that draws samples. "
                f"Received: {type(self.model).__name__}, which does not."
            )

    @property
    def suffix(self) -> str:
        """The ending of files, such as `".png"`."""
        return self.model.drawn_kind.suffix

    def save(self, path: pathlib.Path) -> None:
        """Writes what the model draws now."""
        save_samples(path, self.model, self.num_samples, self.seed)

    def path_of(self, epoch: int) -> pathlib.Path | None:
        """The file of an epoch, counted from 0; `None` of one without."""
        if (epoch + 1) % self.every:
            return None
        return self.folder / f"epoch_{epoch + 1:04d}{self.suffix}"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.check_model()
        self._writer = None
        if self.log_dir is not None and self._writes:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        path = self.path_of(epoch)
        if path is None or not self._writes:
            return
        try:
            self.save(path)
        except NotFiniteError as error:
            # What becomes of the training, `fit` decides.
            warnings.warn(
                f"No samples are drawn after epoch {epoch + 1}. {error}",
                stacklevel=2,
            )
            return
        if self._writer is not None:
            with self._writer.as_default():
                _log(path, epoch)
            self._writer.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()
        if self.animation and self._writes:
            save_animation(self.folder)

    @property
    def _writes(self):
        return is_chief(self.model.distribute_strategy)


def _log(path, step):
    """Writes a file of samples for TensorBoard."""
    if path.suffix == ".png":
        pixels = tf.io.decode_png(path.read_bytes())
        tf.summary.image("samples", pixels[None], step=step)
    else:
        # Indented, as Markdown has text that is to stay as it is.
        text = textwrap.indent(path.read_text(encoding="utf-8"), "    ")
        tf.summary.text("samples", text, step=step)


def save_animation(folder: pathlib.Path) -> None:
    """Joins the grids of a folder, those of a run before it was resumed too.

    Args:
        folder: `pathlib.Path` that `SampleGrid` wrote to. Gets `training.gif`.
    """
    paths = _samples(folder, ".png")
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
    """Removes the samples of later epochs, and the animation that has them.

    Args:
        folder: `pathlib.Path` that `SampleGrid` wrote to.
        epoch: int. Number of epochs whose samples stay.
    """
    for path in _samples(folder):
        number = path.stem.removeprefix("epoch_")
        if number.isdecimal() and int(number) > epoch:
            path.unlink()
            (folder / "training.gif").unlink(missing_ok=True)


def _samples(folder, suffix=".*"):
    """The files of samples in a folder, the first epoch's first."""
    return sorted(
        folder.glob(f"epoch_*{suffix}"),
        key=lambda path: (len(path.name), path.name),
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
    path: str | os.PathLike[str], model: Any, num_samples: int, seed: int
) -> None:
    """Writes samples for people to look at, as the kind of data is shown.

    Images become a grid, a column a class where there are few classes.

    Args:
        path: str or `pathlib.Path`, ending in `model.drawn_kind.suffix`.
        model: `GenerativeModel`.
        num_samples: int.
        seed: int. Seed of the samples.
    """
    # `generate` goes through the classes in turn.
    number = model.num_classes or 0
    columns = number if 1 < number <= _MAX_COLUMNS else None
    samples = model.generate(num_samples, seed=seed)
    model.drawn_kind.show(samples, path, columns)
