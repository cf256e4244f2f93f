"""`kerasgen anomalies`: images unlike those of some classes."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import AnomalyScore
from kerasgen.cli.options import Dataset
from kerasgen.cli.options import Picture
from kerasgen.cli.options import find_run
from kerasgen.cli.pictures import check_picture
from kerasgen.cli.pictures import write_scores
from kerasgen.cli.tensorflow_import import load_tensorflow


def anomalies(
    run: Annotated[
        pathlib.Path,
        typer.Argument(
            help="Folder of a finished run, a .keras file, or "
            "hf://owner/name of the hub. Its model is "
            "trained anew, on normal images alone."
        ),
    ],
    normal: Annotated[
        str,
        typer.Option(
            help="Classes that are normal, such as 0-4, or 0,2,7, or names; "
            "the others are the anomalies to find."
        ),
    ],
    score: Annotated[
        AnomalyScore, typer.Option(help="What tells an anomaly.")
    ] = AnomalyScore.reconstruction_error,
    epochs: Annotated[int, typer.Option(min=1, help="Of the training.")] = 20,
    contamination: Annotated[
        float,
        typer.Option(
            min=0, max=0.5, help="Share of training images to call anomalies."
        ),
    ] = 0.05,
    dataset: Dataset = None,
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    out: Picture = pathlib.Path("anomalies.png"),
    export: Annotated[
        pathlib.Path | None,
        typer.Option(
            metavar="DIR",
            help="Also export the detector for TensorFlow Serving, with its "
            "threshold.",
        ),
    ] = None,
):
    """Train on some classes, and find images of the others.

    The run's model, its weights set back, is trained on training images of the
    normal classes; test images of all classes are then told apart. The picture
    shows the ROC curve, and the most and the least normal test images; the
    .json beside it has the scores.

    Example:

        kerasgen anomalies runs/vae_digits --normal 0-4
    """
    check_picture(out)
    classes = _numbers(normal)
    run = find_run(run, dataset)
    load_tensorflow()
    import numpy as np

    from kerasgen import data
    from kerasgen import tasks
    from kerasgen.cli.run_images import dataset_of_run
    from kerasgen.cli.run_images import images_of_run
    from kerasgen.cli.run_images import load_without_classes
    from kerasgen.serving.versions import check_path
    from kerasgen.tasks.anomaly_scores import check_score

    if export is not None:
        check_path("--export", export)
    model = load_without_classes(run)
    check_score(score.value, model, "--score")
    dataset = dataset or dataset_of_run(run)
    training, labels = images_of_run(run, model, "train", dataset)
    test, test_labels = images_of_run(run, model, "test", dataset)
    if labels is None:
        raise ValueError(
            "Argument `--dataset` must have classes, for some to be normal. "
            "Sort the images into a folder a class."
        )
    classes = classes or _named(normal, data.class_names(dataset))
    missing = set(classes) - set(labels.tolist())
    if missing or len(set(labels.tolist()) - set(classes)) == 0:
        raise ValueError(
            f"Argument `--normal` must be some of the classes "
            f"{sorted(set(labels.tolist()))}, and leave others as anomalies. "
            f"Received: {normal}."
        )
    detector = tasks.AnomalyDetector(
        _untrained(model, seed),
        score.value,
        contamination=contamination,
        epochs=epochs,
        seed=seed,
        verbose=1,
    ).fit(training[np.isin(labels, classes)])
    is_anomaly = ~np.isin(test_labels, classes)
    found = detector.score_samples(test)
    scores = {
        "score": score.value,
        "normal": classes,
        "epochs": epochs,
        "num_images": len(test),
        **_measured(is_anomaly, found, detector.offset_),
    }
    _draw(out, test, is_anomaly, found)
    write_scores(scores, out, run, dataset, "test", seed)
    if export is not None:
        typer.echo(f"The SavedModel is in {detector.export(export)}")


def _untrained(model, seed):
    """A model like another, with new weights."""
    import keras

    from kerasgen.engine import configuration

    keras.utils.set_random_seed(seed)
    untrained = model.from_config({**model.get_config(), "seed": seed})
    # None of the weights are worth freezing.
    configuration.set_trainability(untrained, True)
    untrained.compile_from_config(model.get_compile_config())
    return untrained


def _measured(is_anomaly, scores, threshold):
    """How well scores tell anomalies, a dict of float."""
    from sklearn import metrics

    flagged = scores < threshold
    return {
        "area_under_roc": float(metrics.roc_auc_score(is_anomaly, -scores)),
        "average_precision": float(
            metrics.average_precision_score(is_anomaly, -scores)
        ),
        "anomalies_found": float(flagged[is_anomaly].mean()),
        "false_alarms": float(flagged[~is_anomaly].mean()),
    }


def _numbers(text):
    """`0-4` or `0,2,7` as a list of int; `None` where they are names."""
    try:
        classes = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            classes += range(int(first), int(last or first) + 1)
    except ValueError:
        return None
    if not classes:
        raise ValueError(
            "Argument `--normal` must be classes such as 0-4 or 0,2,7. "
            f"Received: {text}, a range that is empty."
        )
    return sorted(set(classes))


def _named(text, names):
    """Names of classes with commas between them as a list of int."""
    words = [word.strip() for word in text.split(",")]
    if not set(words) <= set(names):
        raise ValueError(
            "Argument `--normal` must be classes such as 0-4 or 0,2,7, or "
            f"names of them: {', '.join(names)}. Received: {text}."
        )
    return sorted(set(map(names.index, words)))


def _draw(out, images, is_anomaly, scores):
    from matplotlib.figure import Figure

    from kerasgen import plotting

    figure = Figure(figsize=(13, 5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    plotting.anomaly_roc(is_anomaly, scores, ax=left)
    plotting.extremes(images, scores, ax=right)
    plotting.save(left, out)
