"""The metrics of each epoch in a file that outlives a killed process."""

import os
import pathlib
from typing import Any

import keras

from kerasgen.distribution import is_chief
from kerasgen.utils import files
from kerasgen.utils.history import keep_epochs_before


class HistoryFile(keras.callbacks.CSVLogger):
    """Writes a row of metrics an epoch, each once, also over killed runs.

    Keras's `CSVLogger`, but that `fit` with an `initial_epoch`, or with
    `Checkpoint(restore=True)`, first drops the rows of epochs that it will
    train anew, and a row that was not written to its end.

    Give it to `fit` before `Checkpoint`: then an epoch that has a checkpoint
    has its row too.

    Args:
        path: str or `pathlib.Path` of the file, such as `"history.csv"`.

    Raises:
        ValueError: in `fit`, before the first epoch, if the file is damaged;
            it is not changed.

    Example:

    ```python
    history = kerasgen.callbacks.HistoryFile("history.csv")
    model.fit(data, epochs=20, callbacks=[history])
    ```
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, append=True)
        self.path = pathlib.Path(path)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # Which epoch is the first, only its begin tells.
        self._is_open = False

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self._is_open and self._writes():
            files.remove_stale(self.path.parent)
            names = keep_epochs_before(self.path, epoch)
            super().on_train_begin()
            # Logs of some epochs may lack a value that others have.
            self.keys = names[1:] or None
            self._is_open = True

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self._is_open:
            super().on_epoch_end(epoch, logs)
            os.fsync(self.csv_file.fileno())

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._is_open:
            super().on_train_end(logs)

    def _writes(self):
        """Whether this is the worker that writes files."""
        return is_chief(self.model.distribute_strategy)
