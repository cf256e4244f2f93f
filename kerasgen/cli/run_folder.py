"""The folder of one training run: where what is, and what made it."""

import pathlib

from kerasgen.cli.quiet import load_tensorflow
from kerasgen.utils import files

# What a resumed run may change: it trains longer.
_MAY_GROW = "epochs"


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
        self.model = self.path / "model.keras"
        self.samples = self.path / "samples.png"
        self.sample_grids = self.path / "samples"
        self.animation = self.sample_grids / "training.gif"
        # What `kerasgen evaluate` adds.
        self.reports = [
            self.path / f"report.{kind}" for kind in ("json", "md", "html")
        ]

    def holds_run(self):
        """Whether a run was started here."""
        if not self.config.exists():
            return False
        # Others call their files config.json too.
        config = files.read_json(self.config)
        return isinstance(config, dict) and {"settings", "versions"} <= set(
            config
        )

    def is_finished(self):
        """Whether the run's results are here, the export as the last."""
        results = (self.model, self.samples, self.losses, self.export / "1")
        return all(path.exists() for path in results)

    def check_free(self, overwrite):
        """Raises unless a new run may be started here.

        Args:
            overwrite: bool. Whether a run that is here may be replaced.

        Raises:
            FileExistsError: if the folder holds a run that may not be
                replaced, or anything that is no run.
        """
        if self.holds_run():
            if not overwrite:
                raise FileExistsError(
                    f"{self.path} holds a run already. Go on with it by "
                    "--resume, replace it by --overwrite, or choose another "
                    "--run-dir."
                )
        elif self.path.exists() and any(self.path.iterdir()):
            raise FileExistsError(
                f"{self.path} is not empty and holds no run. Choose another "
                "--run-dir."
            )

    def clear(self):
        """Deletes the files of a run, and nothing else that is here."""
        # First, so that no later run goes on from them.
        files.remove_folder(self.checkpoints)
        for folder in (self.export, self.logs, self.sample_grids):
            files.remove_folder(folder)
        for file in (
            self.history,
            self.losses,
            self.model,
            self.samples,
            *self.reports,
            # Last: what is here is a run's until then.
            self.config,
        ):
            file.unlink(missing_ok=True)

    def remove_export(self):
        """Makes it a run that is not finished: what is there is outdated."""
        files.remove_folder(self.export)

    def remove_stale(self):
        """Removes what processes have left that were killed while writing."""
        for folder in (
            self.path,
            self.checkpoints,
            self.export,
            self.sample_grids,
        ):
            files.remove_stale(folder)

    def check_same(self, settings):
        """Raises unless the run was started with these settings.

        Args:
            settings: dict of what the resumed run would be trained with.

        Raises:
            ValueError: with every difference in a line.
        """
        before = files.read_json(self.config)["settings"]
        differences = [
            f"  {name}: {before.get(name)!r} then, {settings.get(name)!r} now"
            for name in sorted({*before, *settings})
            if before.get(name) != settings.get(name) and name != _MAY_GROW
        ]
        if settings[_MAY_GROW] < before[_MAY_GROW]:
            differences.append(
                f"  epochs: {before['epochs']} then, fewer "
                f"({settings['epochs']}) now"
            )
        if differences:
            raise ValueError(
                f"The run in {self.path} was started with other settings:\n"
                + "\n".join(differences)
                + "\nResume it with its own, or choose another --run-dir."
            )


def load_trained(run):
    """`kerasgen.load`, with TensorFlow's messages kept quiet.

    Raises:
        ValueError: also if weights of the model are not finite.
    """
    load_tensorflow()
    from kerasgen.loading import load
    from kerasgen.models.finite import check_weights

    model = load(run)
    check_weights(model)
    return model
