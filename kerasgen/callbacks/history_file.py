"""The metrics of each epoch in a file that outlives a killed process."""

import os
import pathlib

import keras

from kerasgen.distribution import is_chief
from kerasgen.utils import files


class HistoryFile(keras.callbacks.CSVLogger):
    """Writes a row of metrics an epoch, each once, also over killed runs.

    Keras's `CSVLogger`, but that `fit` with an `initial_epoch`, or with
    `Checkpoint(restore=True)`, first drops the rows of epochs that it will
    train anew, and a row that was not written to its end.

    Give it to `fit` before `Checkpoint`: then an epoch that has a checkpoint
    has its row too.

    Args:
        path: str or `pathlib.Path` of the file, such as `"history.csv"`.

    Example:

    ```python
    history = kerasgen.callbacks.HistoryFile("history.csv")
    model.fit(data, epochs=20, callbacks=[history])
    ```
    """

    def __init__(self, path):
        super().__init__(path, append=True)
        self.path = pathlib.Path(path)

    def on_train_begin(self, logs=None):
        # Which epoch is the first, only its begin tells.
        self._is_open = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self._is_open and self._writes():
            header = self._keep_epochs_before(epoch)
            super().on_train_begin()
            # Logs of some epochs may lack a value that others have.
            self.keys = header.decode().strip().split(",")[1:] or None
            self._is_open = True

    def on_epoch_end(self, epoch, logs=None):
        if self._is_open:
            super().on_epoch_end(epoch, logs)
            os.fsync(self.csv_file.fileno())

    def on_train_end(self, logs=None):
        if self._is_open:
            super().on_train_end(logs)

    def _writes(self):
        """Whether this is the worker that writes files."""
        return is_chief(self.model.distribute_strategy)

    def _keep_epochs_before(self, epoch):
        files.remove_stale(self.path.parent)
        content = self.path.read_bytes() if self.path.exists() else b""
        lines = content.splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        header, *rows = whole or [b""]
        kept = [row for row in rows if int(row.split(b",")[0]) < epoch]
        with files.atomic_path(self.path) as scratch:
            scratch.write_bytes(b"".join([header, *kept]))
        return header
