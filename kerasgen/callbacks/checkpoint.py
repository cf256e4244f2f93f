"""Whole models on disk while they train."""

import itertools
import os
import pathlib
import re
import warnings
from collections.abc import Mapping
from typing import Any

from kerasgen.callbacks import checkpoint_record
from kerasgen.distribution import check_workers_agree
from kerasgen.distribution import is_chief
from kerasgen.distribution.workarounds import set_initial_epoch
from kerasgen.engine.divergence import SavesModels
from kerasgen.engine.finite import lost_weights
from kerasgen.utils import checksums
from kerasgen.utils import files
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.locks import FolderLock

_NAME = re.compile(r"epoch_(\d+)\.keras")


class CheckpointWarning(UserWarning):
    """A checkpoint that is damaged and not used, or lost and not written."""


class Checkpoint(SavesModels):
    """Saves the whole model every few epochs, optimizers and noise included.

    A run that is killed at any moment, and goes on from its newest checkpoint,
    ends with the weights of one that was not. A checkpoint is written beside
    its place and renamed, so that it is whole or absent, and carries a digest
    of itself: it warns of one that was damaged later, and uses the one before
    it. Of several machines the chief writes, and all read, the same folder;
    with `restore`, all must have this callback.

    A model whose weights are not finite is not saved: it would take the place
    of one to go back to.

    Keras's `BackupAndRestore` writes in place, its epoch in a second file: a
    kill while it writes may leave a broken pair.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.keras` and so on, and
            `epoch_0000.keras` before training.
        keep: int. How many of the newest are kept; damaged ones do not count.
        every: int. Epochs from one checkpoint to the next; the last epoch has
            one anyway. A checkpoint takes a tenth of a second or more.
        restore: bool. Whether `fit` goes on from the newest checkpoint, if
            there is one: the same program is started again after it was
            killed. If it already has all `epochs`, `fit` returns at once.
        settings: dict of JSON values, or `None`. What the model is trained
            with, such as the name of its data: each checkpoint keeps them, and
            those of other settings are refused.

    Raises:
        FileExistsError: in `fit`, if the folder holds checkpoints of more
            epochs than training is at, and `restore` is false.
        BlockingIOError: in `fit`, if another process is training with this
            folder.
        ValueError: in `fit`, if the newest checkpoint is of another model, of
            other `settings`, or of another epoch than its name says.
        OSError: in `fit`, if the folder cannot be written to, or the disk is
            full; the checkpoints that were there are whole.
        RuntimeError: in `fit` with `restore`, if workers of several machines
            found checkpoints of different epochs.

    Warns:
        CheckpointWarning: of a model that is not saved, as it is not finite.

    Example:

    ```python
    checkpoint = kerasgen.callbacks.Checkpoint("checkpoints", restore=True)
    history = kerasgen.callbacks.HistoryFile("history.csv")
    model.fit(data, epochs=20, callbacks=[history, checkpoint])

    # Elsewhere, without the program that built the model:
    path, epoch = kerasgen.callbacks.latest_checkpoint("checkpoints")
    model = keras.saving.load_model(path)
    ```
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        keep: int = 2,
        every: int = 1,
        restore: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_positive_integer("keep", keep)
        check_positive_integer("every", every)
        self.folder = pathlib.Path(folder)
        self.keep = keep
        self.every = every
        self.restore = restore
        self.settings = settings
        self._lock = FolderLock(self.folder, "a training")

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # Workers of one training share the folder.
        if self._writes():
            self._lock.acquire()
        with self._lock.released_on_error():
            self._begin()

    def _begin(self):
        if self._writes():
            files.remove_stale(self.folder)
            _set_folders_aside(self.folder)
        newest, self._found = latest_checkpoint(self.folder) or (None, 0)
        if newest is not None:
            self._check_same(newest)
        if self.restore:
            check_workers_agree(self.model.distribute_strategy, self._found)
        if newest is None:
            self._save(0)
            return
        if self._found == self.params["epochs"] and self._writes():
            # None will be written, and a kill may have come before this.
            remove_old_checkpoints(self.folder, self.keep)
        if self.restore:
            self.model.load_weights(newest)
            set_initial_epoch(self.model, self._found)

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        # It was read; a later call of `fit` begins where it says.
        set_initial_epoch(self.model, None)
        if self._found > epoch:
            self._lock.release()
            raise FileExistsError(
                f"{self.folder} holds checkpoints of {self._found} epochs, "
                f"and training is at {epoch}. Go on from it by restore=True, "
                "or choose another folder."
            )

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        done = epoch + 1
        if done % self.every == 0 or done == self.params["epochs"]:
            with self._lock.released_on_error():
                self._save(done)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        set_initial_epoch(self.model, None)
        self._lock.release()

    def _check_same(self, path):
        checkpoint_record.check_same_model(path, self.model)
        if self.settings is not None:
            checkpoint_record.check_same_settings(path, self.settings)

    def _save(self, epoch):
        # Workers share the folder, and have the same weights.
        if not self._writes():
            return
        if lost_weights(self.model, training=True):
            path, _ = self.last_saved() or ("there is none", 0)
            warnings.warn(
                f"The model of epoch {epoch} is not saved: it has weights that "
                f"are not finite. The last good checkpoint: {path}",
                CheckpointWarning,
                stacklevel=1,
            )
            return
        with files.atomic_path(
            self.folder / f"epoch_{epoch:04d}.keras"
        ) as path:
            self.model.save(path)
            checkpoint_record.write(path, epoch, self.model, self.settings)
            checksums.add_checksum(path)
        remove_old_checkpoints(self.folder, self.keep)

    def last_saved(self) -> tuple[pathlib.Path, int] | None:
        """(path, number of epochs that it has trained), or `None`."""
        return latest_checkpoint(self.folder)

    def _writes(self):
        return is_chief(self.model.distribute_strategy)


def remove_old_checkpoints(
    folder: str | os.PathLike[str], keep: int = 2
) -> None:
    """Keeps the newest checkpoints of a run alone.

    Those of other models or settings stay. `Checkpoint` does so after each that
    it writes, unless it is killed then.

    Args:
        folder: str or `pathlib.Path` that `Checkpoint` wrote to.
        keep: int. How many are kept; damaged ones do not count.
    """
    found = _checkpoints(pathlib.Path(folder))
    whole = filter(_is_whole, reversed(found))
    kept = list(itertools.islice(whole, keep))
    for path in found:
        if path in kept or _is_folder(path):
            continue
        if not _is_whole(path) or _are_of_one_run(path, kept[0]):
            path.unlink()


def _are_of_one_run(*paths):
    """Whether whole checkpoints say the same of their models and settings."""
    try:
        first, second = map(checkpoint_record.read, paths)
    except ValueError:
        return False
    return all(first[name] == second[name] for name in ("model", "settings"))


def latest_checkpoint(
    folder: str | os.PathLike[str],
) -> tuple[pathlib.Path, int] | None:
    """The newest checkpoint of a folder that is whole.

    Args:
        folder: str or `pathlib.Path` that `Checkpoint` wrote to.

    Returns:
        (path, number of epochs that it has trained), or `None` if there is
        none.

    Warns:
        CheckpointWarning: of each newer one that is damaged.

    Raises:
        ValueError: if it has another name than it was written with, or does
            not say which epoch it is of.
    """
    for path in reversed(_checkpoints(pathlib.Path(folder))):
        if _is_whole(path):
            return path, checkpoint_record.read(path)["epoch"]
        # Always from this line, so that Python shows it once.
        warnings.warn(
            f"{path} is damaged: it is not what was written. The one before "
            "it is used, if there is one.",
            CheckpointWarning,
            stacklevel=1,
        )
    return None


def _checkpoints(folder):
    """The checkpoints of a folder, damaged ones too, the oldest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(found, key=_epoch_of)


def _is_whole(path):
    """Neither damaged, nor a folder or a link to nothing in its place."""
    return path.is_file() and checksums.has_valid_checksum(path)


def _set_folders_aside(folder):
    """Gives folders another name that are where a checkpoint is to be."""
    for path in _checkpoints(folder):
        if _is_folder(path):
            path.rename(path.with_name(f"{path.name}.folder"))


def _is_folder(path):
    return path.is_dir() and not path.is_symlink()


def _epoch_of(path):
    return int(_NAME.fullmatch(path.name).group(1))
