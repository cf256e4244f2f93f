"""Epochs, samples and reports in a tracker of experiments."""

from __future__ import annotations

import math
import os
import pathlib
import tempfile
import warnings
from typing import Any

import keras

from kerasgen.callbacks.sample_grid import SampleGrid
from kerasgen.callbacks.sample_grid import save_samples
from kerasgen.distribution import is_chief
from kerasgen.models import NotFiniteError
from kerasgen.utils import files
from kerasgen.utils import trackers
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.reports import read_report

# What is longer is no setting to compare runs by, but a vocabulary or so.
_MAX_CHARACTERS = 500


class ExperimentLogger(keras.callbacks.Callback):
    """Logs to MLflow, Weights and Biases or trackio.

    A run there gets the model's arguments and those of its optimizers, the
    metrics of each epoch, samples every few epochs, and a report of `kerasgen
    evaluate` by `log_report`. It is closed when training ends, also by an
    error or by Ctrl-C, and is then said to have failed. Where it is kept, each
    library decides by its own variables, such as `MLFLOW_TRACKING_URI`,
    `WANDB_MODE=offline` or `TRACKIO_DIR`.

    A further `fit` with the same callback goes on with the same run.

    Args:
        logger: `"mlflow"`, `"wandb"` or `"trackio"`.
        project: str. The project, which MLflow calls an experiment.
        name: str or `None`. What the run is called; by default what the
            library makes up.
        run_id: str or `None`. A run to go on with; of trackio its name, of
            which the latest run is taken.
        id_file: str, `pathlib.Path` or `None`. Keeps the run's id: the same
            program, started again, goes on with the run that is named there.
        every: int. Epochs from one picture of samples to the next.
        num_samples, seed: int. Samples in a picture, and their seed.
        grids: `SampleGrid`, `TranslationGrid` or `None`. One that `fit` is
            given before: what it writes is logged, in the place of `every`,
            `num_samples` and `seed`.
        config: dict or `None`. What else is to be known of the run.

    Raises:
        ValueError: for a logger that is none of these; in `fit`, before the
            first step, for a run that is not there.
        ImportError: if the library is not installed.

    Example:

    ```python
    logger = kerasgen.callbacks.ExperimentLogger("mlflow", "digits", every=5)
    model.fit(data, epochs=20, callbacks=[logger])
    ```
    """

    def __init__(
        self,
        logger: str,
        project: str = "kerasgen",
        name: str | None = None,
        *,
        run_id: str | None = None,
        id_file: str | os.PathLike[str] | None = None,
        every: int = 1,
        num_samples: int = 64,
        seed: int = 0,
        grids: SampleGrid | None = None,
        config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_positive_integer("every", every)
        check_positive_integer("num_samples", num_samples)
        self._library = trackers.library(logger)
        self.logger = logger
        self.project = project
        self.name = name
        self.run_id = run_id
        self.id_file = None if id_file is None else pathlib.Path(id_file)
        self.every = every
        self.num_samples = num_samples
        self.seed = seed
        self.grids = grids
        self.config = config or {}
        self._run: Any = None

    @classmethod
    def of_file(cls, id_file: str | os.PathLike[str]) -> ExperimentLogger:
        """The logger of the run that a file names, to send a report to it.

        Args:
            id_file: str or `pathlib.Path` that a logger has written.

        Raises:
            ValueError: if the file names none.
            ImportError: if the library is not installed.
        """
        kept = _read_id(pathlib.Path(id_file))
        return cls(kept["logger"], kept["project"], run_id=kept["run_id"])

    def log_report(self, folder: str | os.PathLike[str]) -> None:
        """Logs a report of `kerasgen evaluate`, in training or after it.

        Args:
            folder: str or `pathlib.Path` with a `report.json` and, if there,
                its `report.html` and `report.md`.

        Raises:
            FileNotFoundError: if there is no report.
            ValueError: if it is damaged, or the run is not there.
        """
        measures = read_report(folder)["measures"]
        values = {
            f"report/{name}": float(measure["mean"])
            for name, measure in measures.items()
            if math.isfinite(measure["mean"])
        }
        was_open = self._run is not None
        if not was_open:
            self._open({})
        try:
            self._run.log_report(values, pathlib.Path(folder))
        except BaseException as error:
            if not was_open:
                self._close(error)
            raise
        if not was_open:
            self._close(None)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if is_chief(self.model.distribute_strategy):
            self._open({**_config_of(self.model), **_flat(self.config)})

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self._run is None:
            return
        values = {name: float(value) for name, value in (logs or {}).items()}
        with tempfile.TemporaryDirectory() as scratch:
            samples = self._samples(epoch, pathlib.Path(scratch))
            self._run.log(values, epoch + 1, samples)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._close(None)

    def on_train_error(self, error: BaseException) -> None:
        """Closes the run; `fit` of kerasgen's models calls it."""
        self._close(error)

    def _open(self, config):
        run_id = self.run_id
        if run_id is None and self.id_file and self.id_file.is_file():
            kept = _read_id(self.id_file)
            if (kept["logger"], kept["project"]) == (self.logger, self.project):
                run_id = kept["run_id"]
        self._run = trackers.RUNS[self.logger](
            self._library, self.project, self.name, run_id, config
        )
        self.run_id = self._run.run_id
        if self.id_file:
            kept = ("logger", "project", "run_id")
            files.write_json(
                self.id_file, {name: getattr(self, name) for name in kept}
            )

    def _close(self, error):
        if self._run is not None:
            # Whatever closing does, it is done once.
            run, self._run = self._run, None
            run.close(error)

    def _samples(self, epoch, scratch):
        """The file of samples of an epoch, or `None` if it has none."""
        if self.grids is not None:
            path = self.grids.path_of(epoch)
            return path if path is not None and path.is_file() else None
        if (epoch + 1) % self.every or not self.model.can("generate"):
            return None
        suffix = self.model.drawn_kind.suffix
        path = scratch / f"epoch_{epoch + 1:04d}{suffix}"
        try:
            save_samples(path, self.model, self.num_samples, self.seed)
        except NotFiniteError as error:
            # What becomes of the training, `fit` decides.
            warnings.warn(
                f"No samples are drawn after epoch {epoch + 1}. {error}",
                stacklevel=2,
            )
            return None
        return path


def _read_id(path):
    kept = files.read_json(path)
    names = ("logger", "project", "run_id")
    if not isinstance(kept, dict) or not all(
        isinstance(kept.get(name), str) for name in names
    ):
        raise ValueError(
            f"{path} must name a run by {', '.join(names)}. Received: {kept}. "
            "Remove it, and a new run is begun."
        )
    return kept


def _config_of(model):
    """Arguments of a model and of its optimizers, by names with points."""
    config = {"model": type(model).__name__, **_flat(model.get_config())}
    for name, value in (model.get_compile_config() or {}).items():
        if isinstance(value, dict) and "class_name" in value:
            config[name] = value["class_name"]
            config |= _flat(value["config"], f"{name}.")
    return config


def _flat(values, prefix=""):
    """What of a configuration is settings: numbers, words, short lists."""
    flat = {}
    for name, value in values.items():
        if isinstance(value, dict) and "class_name" in value:
            flat[prefix + name] = _name_of(value)
        elif isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, float):
            # Without the last digits of float32.
            flat[prefix + name] = float(f"{value:.7g}")
        elif value is not None and len(str(value)) <= _MAX_CHARACTERS:
            flat[prefix + name] = value
    return flat


def _name_of(serialized):
    """What is shown of an object: its class, or a policy such as float32."""
    if serialized["class_name"] == "DTypePolicy":
        return serialized["config"]["name"]
    return serialized["class_name"]
