"""Whole models on disk while they train."""

import pathlib
import re

import keras

from kerasgen.utils import files
from kerasgen.utils.arguments import check_positive_integer

_NAME = re.compile(r"epoch_(\d+)\.keras")


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole model every few epochs, optimizers and noise included.

    A checkpoint is written beside its place and renamed, so that a run that is
    killed at any moment leaves whole checkpoints only. Keras's own callbacks
    write in place.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.keras` and so on, and
            `epoch_0000.keras` before training.
        keep: int. How many of the newest are kept.
        every: int. Epochs from one checkpoint to the next; the last epoch has
            one anyway. A checkpoint takes a quarter of a second or more.

    Example:

    ```python
    checkpoint = kerasgen.callbacks.Checkpoint("checkpoints")
    model.fit(data, epochs=20, callbacks=[checkpoint])

    # Later, elsewhere: go on where it stopped.
    path, epoch = kerasgen.callbacks.latest_checkpoint("checkpoints")
    model = keras.saving.load_model(path)
    model.fit(data, epochs=20, initial_epoch=epoch, callbacks=[checkpoint])
    ```
    """

    def __init__(self, folder, keep=2, every=1):
        super().__init__()
        check_positive_integer("keep", keep)
        check_positive_integer("every", every)
        self.folder = pathlib.Path(folder)
        self.keep = keep
        self.every = every

    def on_train_begin(self, logs=None):
        if latest_checkpoint(self.folder) is None:
            self._save(0)

    def on_epoch_begin(self, epoch, logs=None):
        _, newest = latest_checkpoint(self.folder)
        if newest > epoch:
            raise FileExistsError(
                f"{self.folder} holds checkpoints of {newest} epochs, and "
                f"training is at {epoch}. Go on from `latest_checkpoint`, or "
                "choose another folder."
            )

    def on_epoch_end(self, epoch, logs=None):
        done = epoch + 1
        if done % self.every == 0 or done == self.params["epochs"]:
            self._save(done)

    def _save(self, epoch):
        with files.atomic_path(
            self.folder / f"epoch_{epoch:04d}.keras"
        ) as path:
            self.model.save(path)
        for old in _checkpoints(self.folder)[: -self.keep]:
            old.unlink()


def latest_checkpoint(folder):
    """The newest checkpoint of a folder.

    Args:
        folder: str or `pathlib.Path` that `Checkpoint` wrote to.

    Returns:
        (path, number of epochs that it has trained), or `None` if there is
        none.
    """
    checkpoints = _checkpoints(pathlib.Path(folder))
    if not checkpoints:
        return None
    path = checkpoints[-1]
    return path, _epoch_of(path)


def _checkpoints(folder):
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(found, key=_epoch_of)


def _epoch_of(path):
    return int(_NAME.fullmatch(path.name).group(1))
