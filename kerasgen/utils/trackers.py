"""Runs in MLflow, Weights and Biases and trackio, by their public functions.

All three are used alike: a run is made or gone on with, is told values of
epochs, samples and a report, and is closed.
"""

import html
import importlib
import textwrap
import time

from kerasgen.utils.arguments import check_choice

# MLflow takes so many parameters at once, of so many characters each.
_BATCH, _LENGTH = 100, 6000
_REPORT = ("report.html", "report.md", "report.json")


class MLflowRun:
    """A run in the store that `MLFLOW_TRACKING_URI` names, or MLflow's own.

    Args:
        library: the module.
        project: str. The experiment.
        name: str or `None`. What the run is called.
        run_id: str or `None`. The run to go on with.
        config: dict from a name to a JSON value.
    """

    def __init__(self, library, project, name, run_id, config):
        self._client = library.MlflowClient()
        self._entities = importlib.import_module("mlflow.entities")
        known = {}
        if run_id is None:
            experiment = self._experiment(project)
            run = self._client.create_run(experiment, run_name=name)
            run_id = run.info.run_id
        else:
            try:
                known = self._client.get_run(run_id).data.params
            except library.exceptions.MlflowException as error:
                raise _no_run(
                    "mlflow", run_id, f"at {library.get_tracking_uri()}", error
                ) from error
            self._client.update_run(run_id, status="RUNNING")
        self.run_id = run_id
        # What a run was begun with cannot be changed; the file has what is.
        params = [
            self._entities.Param(key, str(value)[:_LENGTH])
            for key, value in config.items()
            if key not in known
        ]
        for start in range(0, len(params), _BATCH):
            some = params[start : start + _BATCH]
            self._client.log_batch(run_id, params=some)
        if config:
            self._client.log_dict(run_id, config, "config.json")

    def log(self, values, epoch, samples=None):
        """Logs an epoch.

        Args:
            values: dict from a name to a float.
            epoch: int, from 1 on.
            samples: `pathlib.Path` of a picture (`.png`) or a text, or `None`.
        """
        self._log_values(values, epoch)
        if samples is None:
            return
        if samples.suffix != ".png":
            self._client.log_artifact(self.run_id, str(samples), "samples")
            return
        from PIL import Image

        with Image.open(samples) as picture:
            self._client.log_image(
                self.run_id,
                picture,
                key="samples",
                step=epoch,
                synchronous=True,
            )

    def log_report(self, values, folder):
        """Logs measures, and the files of a report."""
        self._log_values(values, 0)
        for file in _files_of_report(folder):
            self._client.log_artifact(self.run_id, str(file), "report")

    def close(self, error=None):
        """Ends the run; it has failed where there is an error."""
        status = "FINISHED" if error is None else "FAILED"
        if isinstance(error, KeyboardInterrupt):
            status = "KILLED"
        self._client.set_terminated(self.run_id, status)

    def _experiment(self, project):
        found = self._client.get_experiment_by_name(project)
        if found is not None:
            return found.experiment_id
        return self._client.create_experiment(project)

    def _log_values(self, values, step):
        now = int(time.time() * 1000)
        metrics = [
            self._entities.Metric(name, value, now, step)
            for name, value in values.items()
        ]
        self._client.log_batch(self.run_id, metrics=metrics)


class WandbRun:
    """A run in Weights and Biases; see `MLflowRun`."""

    def __init__(self, library, project, name, run_id, config):
        self._library = library
        try:
            self._run = library.init(
                project=project,
                name=name,
                id=run_id,
                resume=None if run_id is None else "must",
                allow_val_change=run_id is not None,
                config=config,
                # Whatever run the program has besides stays as it is.
                reinit="create_new",
            )
        except library.errors.UsageError as error:
            if run_id is None:
                raise ValueError(
                    f"wandb has started no run: {error} `wandb login` gives it "
                    "a key; with WANDB_MODE=offline it needs none."
                ) from error
            raise _no_run("wandb", run_id, f"in {project}", error) from error
        self.run_id = self._run.id
        # Its own steps only go up, and a resumed run may repeat epochs.
        self._run.define_metric("epoch")
        self._run.define_metric("*", step_metric="epoch")

    def log(self, values, epoch, samples=None):
        logged = {**values, "epoch": epoch}
        if samples is not None and samples.suffix == ".png":
            logged["samples"] = self._library.Image(str(samples))
        elif samples is not None:
            text = html.escape(samples.read_text(encoding="utf-8"))
            logged["samples"] = self._library.Html(f"<pre>{text}</pre>")
        self._run.log(logged)

    def log_report(self, values, folder):
        for file in _files_of_report(folder):
            if file.suffix == ".html":
                page = file.read_text(encoding="utf-8")
                self._run.log({"report": self._library.Html(page)})
        self._run.summary.update(values)

    def close(self, error=None):
        self._run.finish(exit_code=0 if error is None else 1)


class TrackioRun:
    """A run in trackio, which knows runs by their names; see `MLflowRun`."""

    def __init__(self, library, project, name, run_id, config):
        self._library = library
        run = library.init(
            project=project,
            name=run_id or name,
            resume="never" if run_id is None else "must",
            config=config,
            embed=False,
        )
        self.run_id = run.name

    def log(self, values, epoch, samples=None):
        logged = dict(values)
        if samples is not None and samples.suffix == ".png":
            logged["samples"] = self._library.Image(str(samples))
        elif samples is not None:
            # Indented, as Markdown has text that is to stay as it is.
            text = samples.read_text(encoding="utf-8")
            indented = textwrap.indent(text, "    ")
            logged["samples"] = self._library.Markdown(indented)
        self._library.log(logged, step=epoch)

    def log_report(self, values, folder):
        logged = dict(values)
        for file in _files_of_report(folder):
            if file.suffix == ".html":
                logged["report"] = self._library.Html(str(file))
        self._library.log(logged)

    def close(self, error=None):
        if error is not None:
            self._library.alert(
                title="Training ended with an error",
                text=f"{type(error).__name__}: {error}",
                level=self._library.AlertLevel.ERROR,
            )
        self._library.finish()


RUNS = {"mlflow": MLflowRun, "wandb": WandbRun, "trackio": TrackioRun}


def library(name):
    """The module of a tracker.

    Args:
        name: str, one of `RUNS`.

    Raises:
        ValueError: for another name.
        ImportError: if it is not installed, with the command that does it.
    """
    check_choice("logger", name, tuple(RUNS))
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"Logging to {name} needs its library, which is not installed: "
            f'pip install {name}, or all three by pip install "kerasgen-zoo'
            '[loggers]".'
        ) from error


def _files_of_report(folder):
    paths = (folder / name for name in _REPORT)
    return [path for path in paths if path.is_file()]


def _no_run(name, run_id, where, error):
    return ValueError(
        f"Argument `run_id` must be of a run that {name} has {where}. "
        f"Received: run_id={run_id!r} ({error})."
    )
