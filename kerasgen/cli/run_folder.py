"""The folder of one training run: where what is, and what made it."""

import pathlib
import shlex

import typer

from kerasgen.cli import run_record
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils import files
from kerasgen.utils import hub
from kerasgen.utils.history import read_history
from kerasgen.utils.locks import FILE as LOCK
from kerasgen.utils.locks import FolderLock


class RunFolder:
    """The files of a run.

    Args:
        path: str or `pathlib.Path`.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.config = self.path / "config.json"
        self.checkpoints = self.path / "checkpoints"
        self.export = self.path / "export"
        self.history = self.path / "history.csv"
        self.logs = self.path / "logs"
        self.losses = self.path / "losses.png"
        # Of which run the tracker's is, with `kerasgen train --logger`.
        self.logger = self.path / "logger.json"
        self.model = self.path / "model.keras"
        self.sample_grids = self.path / "samples"
        self.animation = self.sample_grids / "training.gif"
        # What `kerasgen evaluate` adds.
        self.reports = [
            self.path / f"report.{kind}" for kind in ("json", "md", "html")
        ]

    @property
    def samples(self):
        """The file of samples: a picture, or a text where that is there."""
        text = self.path / "samples.txt"
        return text if text.exists() else self.path / "samples.png"

    def record(self):
        """What `config.json` says of the run, or `None` if there is none.

        Raises:
            ValueError: if it is damaged, with what can be done.
        """
        try:
            record = run_record.read(self.config)
            if (
                record is None
                and self.config.is_file()
                and (self.has_checkpoints())
            ):
                raise run_record.DamagedRecordError(
                    f"{self.config} is damaged: it is no record of a run."
                )
            return record
        except run_record.DamagedRecordError as error:
            others = (
                "replace the run by --overwrite, or "
                if self.has_checkpoints()
                else "or "
            )
            raise run_record.DamagedRecordError(
                f"{error} Put a copy of it back, {others}choose another "
                "--run-dir."
            ) from error

    def holds_run(self):
        """Whether a run was started here."""
        return self.record() is not None

    def has_checkpoints(self):
        """Whether a run has trained here, whatever `config.json` says."""
        return any(self.checkpoints.glob("epoch_*.keras"))

    def finished_epochs(self):
        """Of how many epochs the run's results are, or `None` without any."""
        results = (self.model, self.samples, self.export / "1")
        if not all(path.exists() for path in results):
            return None
        record = self.record()
        return record and record["finished_epochs"]

    def is_finished(self):
        """Whether the results of all epochs of the run are here."""
        epochs = self.finished_epochs()
        return (
            epochs is not None and epochs == self.record()["settings"]["epochs"]
        )

    def check_free(self, overwrite):
        """Raises unless a new run may be started here.

        Args:
            overwrite: bool. Whether a run that is here may be replaced.

        Raises:
            FileExistsError: if the folder holds a run that may not be
                replaced, or anything that is no run.
        """
        try:
            holds_run = self.holds_run()
        except run_record.DamagedRecordError:
            # With checkpoints it is a run's, and not somebody else's.
            if not overwrite or not self.has_checkpoints():
                raise
            holds_run = True
        if holds_run:
            if not overwrite:
                raise FileExistsError(
                    f"{self.path} holds a run already. Go on with it by "
                    "--resume, replace it by --overwrite, or choose another "
                    "--run-dir."
                )
        elif self._files():
            raise FileExistsError(
                f"{self.path} is not empty and holds no run. Choose another "
                "--run-dir."
            )

    def check_kinds(self):
        """Raises if a folder is where a file is to be, or the other way.

        Raises:
            FileExistsError: that names it.
        """
        for path in (
            self.checkpoints,
            self.export,
            self.logs,
            self.sample_grids,
        ):
            if not path.is_dir() and (path.exists() or path.is_symlink()):
                raise FileExistsError(
                    f"{path} is not a folder, as a run has it. Move it away, "
                    "or choose another --run-dir."
                )
        for path in self._single_files():
            if path.is_dir() or path.is_symlink() and not path.exists():
                raise FileExistsError(
                    f"{path} is not a file, as a run has it. Move it away, or "
                    "choose another --run-dir."
                )

    def check_nothing_is_lost(self):
        """Raises if the folder has what training anew would replace.

        Raises:
            FileExistsError: that names it.
        """
        results = [self.model, self.samples, self.losses, *self.reports]
        found = [path for path in results if path.exists()]
        for folder in (self.export, self.sample_grids):
            if folder.is_dir() and any(folder.iterdir()):
                found.append(folder)
        if read_history(self.history):
            found.append(self.history)
        if found:
            names = ", ".join(path.name for path in found)
            raise FileExistsError(
                f"{self.checkpoints} has no whole checkpoint to go on from, "
                f"and training anew would replace {names}. Put a checkpoint "
                "back, choose another --run-dir, or replace the run by "
                "--overwrite."
            )

    def clear(self):
        """Deletes the files of a run, and nothing else that is here."""
        # First, so that no later run goes on from them.
        files.remove_folder(self.checkpoints)
        if self.export.is_dir():
            with FolderLock(self.export, "a training"):
                files.remove_folder(self.export)
        for folder in (self.logs, self.sample_grids):
            files.remove_folder(folder)
        for file in self._single_files():
            file.unlink(missing_ok=True)

    def write_export(self, model):
        """Exports the run's model, in the place of the one before.

        Where the user has exported further versions beside that, all stay, and
        the model becomes the next.

        Args:
            model: `GenerativeModel`.

        Returns:
            `pathlib.Path` of the version.
        """
        from kerasgen.serving.versions import versions

        with FolderLock(self.export, "a training"):
            if set(versions(self.export)) != {1}:
                return model.export(self.export)
            with files.scratch_folder(self.path) as scratch:
                new = model.export(scratch / "export")
                files.remove_folder(self.export / "1")
                return new.rename(self.export / "1")

    def remove_stale(self):
        """Removes what processes have left that were killed while writing."""
        for folder in (
            self.path,
            self.checkpoints,
            self.export,
            self.sample_grids,
        ):
            files.remove_stale(folder)
        for folder in (self.checkpoints, self.export):
            if (folder / LOCK).exists():
                with FolderLock(folder, "a training"):
                    pass  # It removes the file in the end.

    def size(self):
        """Bytes of all that is here."""
        paths = self.path.rglob("*")
        return sum(path.lstat().st_size for path in paths)

    def _files(self):
        if not self.path.exists():
            return []
        return [path for path in self.path.iterdir() if path.name != LOCK]

    def _single_files(self):
        return (
            self.history,
            self.logger,
            self.losses,
            self.model,
            self.samples,
            *self.reports,
            # Last: what is here is a run's until it is removed.
            self.config,
        )


def load_trained(run):
    """`kerasgen.load`, with TensorFlow's messages kept quiet.

    It is said if the run is trained longer than the model was.

    Args:
        run: str or `pathlib.Path`, as `kerasgen.load` takes it.

    Raises:
        ValueError: also if weights of the model are not finite.
    """
    load_tensorflow()
    from kerasgen.engine.finite import check_weights
    from kerasgen.loading import load

    run = hub.local(run)
    folder = RunFolder(run)
    if not folder.model.exists():
        check_finished(folder)
    tell_if_trained_longer(folder)
    model = load(run)
    check_weights(model)
    return model


def check_finished(folder):
    """Raises for the folder of a run that has not finished.

    Args:
        folder: `RunFolder`, of a run or not, without the file that is needed.

    Raises:
        FileNotFoundError: with the command that finishes the run.
    """
    record = folder.record()
    if record is None:
        return
    from kerasgen.callbacks import latest_checkpoint

    settings = record["settings"]
    trouble, command = _command_of(folder, settings)
    _, epoch = latest_checkpoint(folder.checkpoints) or (None, 0)
    enough = f" (with --epochs {epoch}: at once, as it is)" if epoch else ""
    raise FileNotFoundError(
        f"The run in {folder.path} has not finished: {epoch} of "
        f"{settings['epochs']} epochs are kept.{trouble} This goes on to its "
        f"end{enough}:\n  {command}"
    )


def tell_if_trained_longer(folder):
    """Says so if a run goes beyond the results that it has.

    Args:
        folder: `RunFolder`, of a run or not.
    """
    record = folder.record()
    if record is None:
        return
    finished, epochs = record["finished_epochs"], record["settings"]["epochs"]
    if finished == epochs:
        return
    trouble, command = _command_of(folder, record["settings"])
    share = f"{finished} of" if finished else "fewer than"
    typer.echo(
        f"The run in {folder.path} is trained longer and has not finished: "
        f"this is its model of {share} {epochs} epochs.{trouble} This goes on "
        f"to its end: {command}",
        err=True,
    )


def _command_of(folder, settings):
    """What stands in the way of going on with a run, if known, and how to."""
    from kerasgen.cli.settings import command_of

    try:
        return "", command_of(settings, folder.path)
    except ValueError as error:
        # Such as a folder of images that is gone.
        words = ["kerasgen", "train", settings["model"]]
        names = ("source", "target", "degrade")
        for name in names if "source" in settings else ("dataset",):
            if settings.get(name) is not None:
                words += [f"--{name}", settings[name]]
        words += ["--run-dir", str(folder.path)]
        return f" {error}", shlex.join([*words, "--resume"])
