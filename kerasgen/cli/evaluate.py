"""`kerasgen evaluate`: how good a trained model is, in numbers and pictures."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli import outline
from kerasgen.cli.choices import Domain
from kerasgen.cli.options import find_run
from kerasgen.cli.run_folder import RunFolder
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils import hub
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.keras_files import load_model
from kerasgen.utils.progress import show_progress

_INCEPTION = "frechet_inception_distance"


def evaluate(
    run: Annotated[
        pathlib.Path,
        typer.Argument(help="Folder of a finished run, or hf://owner/name."),
    ],
    metrics: Annotated[
        str | None,
        typer.Option(
            help="Only these, with commas between, such as "
            "frechet_distance,coverage [all that apply; of texts always]."
        ),
    ] = None,
    num_samples: Annotated[
        int | None,
        typer.Option(
            help="Images to generate, for each seed [10,000]; texts, of a "
            "model of texts [256, or as many as are held out]."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds.")] = 3,
    features: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="A .keras file from images to features (batch, d) [the "
            "classifier of the data set, trained on first use]."
        ),
    ] = None,
    inception: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="Weights of Inception, for the Frechet distance that papers "
            "have (FID): pt_inception-2015-12-05-6726825d.pth or "
            "classify_image_graph_def.pb [none; slow].",
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="The held-out images, or texts.")
    ] = "test",
    to: Annotated[
        Domain | None,
        typer.Option(
            help="Of a model between two domains, the one to translate into; "
            "give --out to keep the report of the other [target]."
        ),
    ] = None,
    out: Annotated[
        pathlib.Path | None,
        typer.Option(help="Folder of the report [the run's own]."),
    ] = None,
):
    """Measure a trained model, beside what real images reach.

    Writes report.json, report.md and report.html: one page with samples,
    nearest training images, reconstructions, interpolations, the metrics
    against the floor of real data, and the loss curves. Fewer samples make
    distances larger: compare numbers of the same protocol. Of a model of texts:
    samples, bits a character, how varied they are and what they copy. Of a
    model between two domains, translations of the source are measured against
    the target, or the other way round; where images have partners, also how
    near each comes to its own, beside how near the image is as it is.

    Examples:

        kerasgen evaluate runs/vae_digits --num-samples 1000

        kerasgen evaluate runs/gan_mnist --metrics frechet_distance,coverage

        kerasgen evaluate runs/gan_cifar10 --inception inception.pth

        kerasgen evaluate runs/cyclegan_mnist_to_usps --to source --out back
    """
    if out is None and hub.is_address(run):
        raise ValueError(
            "Argument `--out` must be given, a folder for the report, where "
            f"RUN is none. Received: RUN={hub.parse(run)}."
        )
    run = find_run(run)
    record = RunFolder(run).record()
    of_texts = record is not None and outline.is_of_texts(
        record["settings"]["model"]
    )
    selected = _selected(metrics, inception, of_texts)
    load_tensorflow()
    from kerasgen.utils.locks import FolderLock

    if record is None:
        raise ValueError(
            f"Argument `RUN` must be the folder of a run. Received: {run}. It "
            "says which data the model was trained on."
        )
    settings = record["settings"]
    if to is not None and not outline.is_translator(settings["model"]):
        raise ValueError(
            "Option `--to` must be left out for a model that is not between "
            f"two domains. Received: --to {to} for {settings['model']}."
        )
    of_images = metrics, features, inception
    if of_texts and any(option is not None for option in of_images):
        raise ValueError(
            "Options `--metrics`, `--features` and `--inception` must be left "
            f"out: {settings['model']} is of texts, of which all metrics are "
            "taken. Received: one of them."
        )
    out = out or run
    logger = _logger(run)
    # Before the hours that it may take.
    with FolderLock(out, "an evaluation"):
        if of_texts:
            number = num_samples or 256
            table = _write_text_report(run, settings, number, seeds, split, out)
        else:
            table = _write_report(
                run,
                settings["dataset"],
                split,
                out,
                selected,
                "target" if to is None else to.value,
                num_samples=num_samples,
                num_seeds=seeds,
                features=features,
                inception=inception,
            )
    typer.echo(table)
    typer.echo(f"The report is {out / 'report.html'}")
    if logger is not None:
        logger.log_report(out)
        typer.echo(f"It is in the run of {logger.logger} too.")


def _selected(metrics, inception, of_texts):
    """The names of `--metrics`, a list, or `None` for all."""
    if metrics is None:
        return None
    selected = [name.strip() for name in metrics.split(",")]
    for name in () if of_texts else selected:
        known = *outline.measures(), *outline.pair_measures()
        check_choice("--metrics", name, known)
    if inception is not None and _INCEPTION not in selected:
        raise ValueError(
            "Option `--inception` must be left out where `--metrics` "
            f"leaves {_INCEPTION} out. Received: --metrics {metrics}."
        )
    if _INCEPTION in selected and inception is None:
        raise ValueError(
            "Option `--inception` must be a file of weights for "
            f"{_INCEPTION}. Received: none. `kerasgen evaluate --help` "
            "says which."
        )
    return selected


def _logger(run):
    """Of a run that was logged to a tracker, what a report is sent by."""
    from kerasgen.callbacks import ExperimentLogger

    file = RunFolder(run).logger
    if not file.is_file():
        return None
    try:
        return ExperimentLogger.of_file(file)
    except ImportError as error:
        typer.echo(f"The report will be here only. {error}", err=True)
        return None


def _losses(run):
    """The picture of a run's losses for its report, if there is one."""
    losses = RunFolder(run).losses
    if not losses.exists():
        return {}
    return {"Losses": (losses.read_bytes(), "Over the training.")}


def _write_text_report(run, settings, num_samples, seeds, split, out):
    """Measures a model of texts; the table, as a text."""
    from kerasgen import tasks
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.tasks import report
    from kerasgen.tasks.digests import digest

    model = load_trained(run)
    evaluation = tasks.evaluate_texts(
        model,
        settings["dataset"],
        settings.get("documents"),
        split,
        num_samples,
        seeds,
        progress=show_progress,
    )
    if evaluation["num_samples"] < num_samples:
        typer.echo(
            f"{evaluation['num_samples']} texts are held out: as many are "
            "drawn for each seed, so that both are measured by one protocol."
        )
    title = f"{type(model).__name__} on {settings['dataset']}"
    evaluation |= {
        "dataset": settings["dataset"],
        "split": split,
        "weights": digest(*model.get_weights()),
    }
    samples = model.generate(10, seed=0)
    report.write_report(out, title, evaluation, _losses(run), samples)
    return report.text_table(evaluation)


def _write_report(run, dataset, split, out, selected, to, **options):
    """Measures; the table, as a text.

    Args:
        run: `pathlib.Path` of the run folder.
        dataset: str. The data set of the run.
        split: str.
        out: `pathlib.Path` of the folder that the report goes into.
        selected: list of names of measures, or `None` for all.
        to: str. Of a model between two, what images are translated into.
        **options: see `_against_images`; `None` where nothing is said.
    """
    from kerasgen import tasks
    from kerasgen.cli import run_images
    from kerasgen.cli.run_folder import load_trained
    from kerasgen.metrics import inception_network
    from kerasgen.tasks import report
    from kerasgen.tasks.digests import digest
    from kerasgen.tasks.requirements import check_translates

    # First, as it may be another file than it seems.
    if options["inception"] is not None:
        options["inception"] = inception_network(options["inception"])
    model = load_trained(run)
    title = f"{type(model).__name__} on {dataset}"
    if to == "source":
        title += ", to the source"
    about = {"split": split, "weights": digest(*model.get_weights())}
    evaluation, pictures = {}, {}
    target, rows, partners = dataset, slice(None), None
    if model.can("to_target"):
        start = check_translates(model, to)
        images, partners, target = run_images.domains_of_run(
            run, model, split, to
        )
        pictures = report.pictures_of_translations(model, images, partners, to)
        if partners is not None:
            columns = {start: images, to: partners}
            evaluation = tasks.evaluate_pairs(model, **columns, to=to)
            # Held against their own partners, translations would be nearer
            # than images that are drawn.
            images, rows = images[::2], slice(1, None, 2)
        model = tasks.TranslatedSource(model, images, to)
    of_pairs, of_images = _by_kind(selected, partners)
    if of_pairs == []:
        evaluation = {}
    elif of_pairs is not None:
        evaluation["measures"] = {
            name: measure
            for name, measure in evaluation["measures"].items()
            if name.removesuffix("_of_source") in of_pairs
        }
    if _wants_images(of_images, target, partners, options):
        found, more = _against_images(
            model, target, split, rows, of_images, **options
        )
        evaluation = _together(evaluation, found)
        pictures |= more
    pictures |= _losses(run)
    evaluation |= {"dataset": str(target or dataset), **about}
    report.write_report(out, title, evaluation, pictures)
    return report.text_table(evaluation)


def _by_kind(selected, partners):
    """Names of measures of pairs and of images, each `None` for all."""
    if selected is None:
        return None, None
    of_pairs = [n for n in selected if n in outline.pair_measures()]
    if of_pairs and partners is None:
        raise ValueError(
            "Option `--metrics` must name none of pairs for a run without "
            f"pairs. Received: {', '.join(of_pairs)}."
        )
    return of_pairs, [name for name in selected if name not in of_pairs]


def _wants_images(of_images, target, partners, options):
    """Whether what is drawn is held against a data set, too."""
    if target is None:
        given = ["--metrics"] if of_images else []
        given += [
            f"--{name.replace('_', '-')}"
            for name in ("num_samples", "features", "inception")
            if options[name] is not None
        ]
        if given:
            raise ValueError(
                f"Options {', '.join(given)} must be left out for a run on one "
                "file of pairs, which is no data set that translations could "
                "be held against. Received: more than measures of pairs."
            )
        return False
    if of_images is not None:
        return bool(of_images)
    from kerasgen.tasks.evaluation import LEAST_IMAGES

    if partners is not None and len(partners) < 2 * LEAST_IMAGES:
        typer.echo(
            f"{len(partners)} test pairs are too few for measures of all "
            "images together, which are left out."
        )
        return False
    return True


def _together(of_pairs, of_images):
    """One evaluation of what pairs tell, if there are some, and images."""
    from kerasgen.tasks import report

    if not of_pairs:
        return of_images
    text = (
        f"{report.protocol(of_pairs)} Of every other pair, translations are "
        "held against the targets of those between: "
        f"{report.protocol(of_images)}"
    )
    measures = of_pairs["measures"] | of_images["measures"]
    together = {"protocol": text, "measures": measures}
    return of_images | of_pairs | together


def _against_images(
    model,
    dataset,
    split,
    rows,
    selected,
    num_samples,
    num_seeds,
    features,
    inception,
):
    """What is drawn against a data set; the evaluation, and its pictures.

    Args:
        model: `GenerativeModel`, or `TranslatedSource`.
        dataset, split: str.
        rows: slice of the images of the split that are taken.
        selected: list of names of measures, or `None` for all.
        num_samples: int, or `None` for 10,000.
        num_seeds: int.
        features: `pathlib.Path` of a network, or `None`.
        inception: network, or `None`.
    """
    from kerasgen import data
    from kerasgen import tasks
    from kerasgen.cli.run_images import image_size
    from kerasgen.metrics import classifier_network
    from kerasgen.metrics import feature_network
    from kerasgen.tasks import report
    from kerasgen.tasks.evaluation import check_numbers

    size = image_size(model)
    training, training_labels = data.load_arrays(dataset, "train", size)
    test, test_labels = data.load_arrays(dataset, split, size)
    test, labels = test[rows], None
    if test_labels is not None:
        test_labels = test_labels[rows]
        labels = training_labels, test_labels
    num_samples = _number_of_samples(num_samples, model, training)
    # Before a network is trained.
    check_numbers(num_samples, training, test)
    if features is None:
        network = feature_network(dataset, size)
    else:
        network = load_model(features)
    classifier = None
    if data.has_classes(dataset):
        classifier = classifier_network(dataset, size)
    factors = None
    if data.factor_names(dataset):
        factors = data.load_factors(dataset, split)
        factors = {name: values[rows] for name, values in factors.items()}
    evaluation = tasks.evaluate(
        model,
        training,
        test,
        labels,
        network,
        classifier,
        measures=selected,
        num_samples=num_samples,
        num_seeds=num_seeds,
        progress=show_progress,
        factors=factors,
        label_reader=data.label_reader(dataset),
        inception=inception,
    )
    return evaluation, report.pictures_of(
        model, training, test, test_labels, network, evaluation
    )


def _number_of_samples(number, model, training):
    """How many images are drawn: as many as the protocol allows."""
    number, most = number or 10_000, len(training)
    kind = f"There are {most} training images"
    # Copies of a translation would count as images that are near each other.
    sources = getattr(model, "images", training)
    if len(sources) < most:
        most, kind = len(sources), f"{len(sources)} images are translated"
    if number > most:
        typer.echo(
            f"{kind}: as many are generated, so that both are measured by one "
            "protocol."
        )
    return min(number, most)
