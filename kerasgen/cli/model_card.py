"""What is pushed of a trained model, with the card that presents it."""

import json
import math
import pathlib
import tempfile
import textwrap

import typer

from kerasgen.callbacks.sample_grid import save_samples
from kerasgen.cli.run_folder import RunFolder
from kerasgen.loading import find_file
from kerasgen.tasks import report
from kerasgen.tasks.digests import digest
from kerasgen.utils import dataset_names
from kerasgen.utils.reports import read_report
from kerasgen.version import __version__

# What the hub calls tasks, by what a model draws.
_TASKS = {
    "images": "unconditional-image-generation",
    "texts": "text-generation",
}
_NUM_SAMPLES = 64
_DATA = ("dataset", "source", "target")


def contents(run, model, address, license=None):
    """The files that a push puts into a repository.

    Paths of this machine are no part of them: of data that are no named data
    set, the last part of the path is told.

    Args:
        run: str or `pathlib.Path`, as `kerasgen.load` takes it.
        model: the model of it.
        address: `kerasgen.utils.hub.Address`.
        license: str or `None`. As the hub calls it, such as `"apache-2.0"`.

    Returns:
        dict from name to bytes, or `pathlib.Path` of a file.
    """
    file = find_file(run)
    # What lies beside a file of another name may be of other models.
    folder = RunFolder(file.parent) if file.name == "model.keras" else None
    record = folder and folder.record()
    found = {"model.keras": file}
    if record is not None:
        record = _shared_record(record)
        found["config.json"] = _as_json(record)
    evaluation = folder and _evaluation(folder, record, model)
    if evaluation:
        found["report.json"] = _as_json(evaluation)
    samples = _samples(folder, model)
    if samples is not None:
        name, content = samples
        found[name] = content
    notes = None
    if record is None and folder and (folder.path / "README.md").is_file():
        notes = (folder.path / "README.md").read_text(encoding="utf-8")
    text = card(model, address, record, evaluation, samples, notes, license)
    found["README.md"] = text.encode()
    return found


def card(model, address, record, evaluation, samples, notes, license):
    """The card: metadata for the hub, and a text.

    Args:
        model: `GenerativeModel`.
        address: `Address`.
        record: dict, what the run says of itself, or `None`.
        evaluation: dict, as `report.json` has it, or `None`.
        samples: (name of a file, its bytes), or `None`.
        notes: str or `None`. A card that the model has already, which takes
            the place of training settings.
        license: str or `None`.
    """
    parts = [f"# {address.name}", _about(model, record)]
    if samples is not None and (notes is None or samples[0] not in notes):
        parts.append(_shown(*samples))
    parts += ["## Use", _use(model, address)]
    if model.num_classes is not None:
        parts += ["## Classes", _classes(model)]
    if record is not None:
        parts += ["## Training", _training(record)]
    if evaluation:
        about = report.protocol(evaluation)
        table = report.markdown_table(evaluation).strip()
        parts += ["## Evaluation", about, table]
    if notes is not None:
        parts += ["## Notes", _without_title(notes)]
    metadata = _metadata(model, address, record, evaluation, license)
    return f"---\n{metadata}\n---\n\n" + "\n\n".join(parts) + "\n"


def _metadata(model, address, record, evaluation, license):
    """YAML, as the hub's library writes it."""
    import huggingface_hub

    task = _task(model)
    name = record["settings"]["model"] if record else type(model).__name__
    data = huggingface_hub.ModelCardData(
        library_name="keras",
        license=license,
        pipeline_tag=task,
        tags=["kerasgen", "keras", "tensorflow", name.lower()],
        model_name=address.name,
        eval_results=_results(evaluation, task) or None,
    )
    return data.to_yaml()


def _results(evaluation, task):
    """The metrics of a report, as a `model-index` has them."""
    import huggingface_hub

    if not evaluation or "dataset" not in evaluation:
        return []
    return [
        huggingface_hub.EvalResult(
            task_type=task or "other",
            dataset_type=evaluation["dataset"],
            dataset_name=evaluation["dataset"],
            dataset_split=evaluation.get("split"),
            metric_type=name,
            metric_name=name.replace("_", " "),
            metric_value=float(f"{measure['mean']:.6g}"),
        )
        for name, measure in evaluation["measures"].items()
        if math.isfinite(measure["mean"])
    ]


def _task(model):
    if model.can("to_target"):
        return "image-to-image"
    return _TASKS.get(_noun(model))


def _noun(model):
    return model.drawn_kind.noun if model.can("generate") else None


def _about(model, record):
    shape = ""
    if _noun(model) == "images":
        shape = f" of {' x '.join(map(str, model.data_shape))} images"
    trained = ""
    if record is not None:
        trained = f", trained on {record['settings']['dataset']}"
    return (
        f"A `{type(model).__name__}` of kerasgen{shape}{trained}; "
        f"{model.count_params():,} parameters."
    )


def _shown(name, content):
    if name.endswith(".png"):
        return f"![Samples]({name})"
    # Indented, as Markdown has text that is to stay as it is.
    text = content.decode()[:1000]
    return f"How [samples]({name}) begin:\n\n{textwrap.indent(text, '    ')}"


def _use(model, address):
    lines = ["import kerasgen", "", f'model = kerasgen.load("{address}")']
    commands = [f"kerasgen playground {address}"]
    if model.can("generate"):
        noun = _noun(model)
        classes = ", labels=0" if model.num_classes is not None else ""
        lines.append(f"{noun} = model.generate(16, seed=0{classes})")
        commands.insert(0, f"kerasgen generate {address}")
    elif model.can("to_target"):
        shape = (1, *model.source_shape)
        lines.insert(0, "import numpy as np")
        lines.append(f"images = np.zeros({shape})  # Yours, in [0, 1].")
        lines.append("translated = model.translate(images)")
    if model.can("encode") and model.can("generate"):
        known = model.endpoints()["encode"].inputs
        classes = ", labels=0" if "labels" in known else ""
        lines.append(f"latents = model.encode({_noun(model)}{classes})")
    python = "\n".join(lines)
    shell = "\n".join(['pip install "kerasgen-zoo[hub]"', *commands])
    return f"```python\n{python}\n```\n\n```sh\n{shell}\n```"


def _classes(model):
    names = model.class_names
    if not names:
        return f"{model.num_classes}, by their numbers from 0."
    named = (
        f"{number}: `{name.replace('`', chr(39))}`"
        for number, name in enumerate(names)
    )
    return ", ".join(named)


def _training(record):
    rows = [
        f"| {name.replace('_', ' ')} | `{json.dumps(value)}` |"
        for name, value in record["settings"].items()
        if value is not None
    ]
    table = "\n".join(["| Setting | Value |", "| --- | --- |", *rows])
    versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
    return f"{table}\n\nVersions: {versions}. Pushed by kerasgen {__version__}."


def _without_title(text):
    first, *others = text.strip().splitlines()
    return "\n".join(others if first.startswith("# ") else [first, *others])


def _shared_record(record):
    """A run's record, of the epochs that its results are of."""
    settings = dict(record["settings"])
    for name in _DATA:
        settings[name] = _shared_name(settings.get(name))
    if settings["source"] is None and settings["target"] is None:
        del settings["source"], settings["target"]
    settings["epochs"] = record["finished_epochs"] or settings["epochs"]
    return {**record, "settings": settings}


def _shared_name(name):
    """What a data set is called where the path of this machine means none."""
    if name is None:
        return None
    path = pathlib.Path(name).expanduser()
    is_path = dataset_names.is_npz(name) or dataset_names.is_folder(name)
    return path.resolve().name if is_path or path.exists() else str(name)


def _evaluation(folder, record, model):
    """The report of a run, or `None` without one of this model."""
    file = folder.path / "report.json"
    if not file.is_file():
        return None
    evaluation = dict(read_report(folder.path))
    measured = evaluation.get("weights")
    if measured is None:
        # Reports of old do not say it.
        is_of_another = file.stat().st_mtime < folder.model.stat().st_mtime
    else:
        is_of_another = measured != digest(*model.get_weights())
    if is_of_another:
        typer.echo(
            f"{file} is of a model before this one, and left out: `kerasgen "
            f"evaluate {folder.path}` makes it anew."
        )
        return None
    # Nor this.
    of_run = record["settings"]["dataset"] if record else None
    dataset = _shared_name(evaluation.get("dataset") or of_run)
    if dataset is not None:
        evaluation["dataset"] = dataset
        evaluation["title"] = f"{type(model).__name__} on {dataset}"
    return evaluation


def _samples(folder, model):
    """(name, bytes) of a picture or a text; `None` of other kinds."""
    if folder and folder.samples.is_file():
        return folder.samples.name, folder.samples.read_bytes()
    if not model.can("generate"):
        return None
    suffix = model.drawn_kind.suffix
    if suffix not in (".png", ".txt"):
        return None
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / f"samples{suffix}"
        save_samples(path, model, _NUM_SAMPLES, model.seed)
        return path.name, path.read_bytes()


def _as_json(value):
    return (json.dumps(value, indent=2) + "\n").encode()
