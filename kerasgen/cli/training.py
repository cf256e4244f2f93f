"""What `kerasgen train` does, once its words are understood."""

import contextlib
import errno
import math
import os
import shutil

import keras
import typer

from kerasgen import data
from kerasgen import distribution
from kerasgen.callbacks import Checkpoint
from kerasgen.callbacks import ExperimentLogger
from kerasgen.callbacks import HistoryFile
from kerasgen.callbacks import SampleGrid
from kerasgen.callbacks import checkpoint_record
from kerasgen.callbacks import latest_checkpoint
from kerasgen.callbacks.checkpoint import remove_old_checkpoints
from kerasgen.callbacks.cosine_schedule import cosine_schedule
from kerasgen.callbacks.sample_grid import remove_grids_after
from kerasgen.callbacks.sample_grid import save_animation
from kerasgen.callbacks.sample_grid import save_samples
from kerasgen.callbacks.time_left import TimeLeft
from kerasgen.callbacks.translation_grid import TranslationGrid
from kerasgen.callbacks.translation_grid import save_translations
from kerasgen.cli import run_data
from kerasgen.cli import run_record
from kerasgen.cli.folder_recipe import told
from kerasgen.distribution.strategies import described
from kerasgen.engine.finite import check_weights
from kerasgen.models import MODELS
from kerasgen.serving.versions import check_path
from kerasgen.utils import files
from kerasgen.utils.epoch_lines import fit_output
from kerasgen.utils.history import keep_epochs_before
from kerasgen.utils.history import read_history
from kerasgen.utils.keras_files import load_model
from kerasgen.utils.locks import FolderLock
from kerasgen.utils.plots import save_loss_curves

# Grids of samples in a run, and checkpoints in a long one, about.
_NUM_GRIDS = 10
_NUM_CHECKPOINTS = 50
# The disk is full, or the user's share of it, or it cannot be written to.
_DISK_ERRORS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EIO,
)


def run(settings, folder, resume, overwrite, strategy, logger=None):
    """Trains a model into a run folder; see `kerasgen train --help`.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        folder: `RunFolder`. Of several workers, the chief alone writes to it;
            all read its checkpoints.
        resume: bool. Whether to go on with the run that the folder holds.
        overwrite: bool. Whether to replace that run.
        strategy: `tf.distribute.Strategy`.
        logger: (name of a tracker, project) to log to besides, or `None`.
    """
    keras.utils.set_random_seed(settings.seed)
    check_path("--run-dir", folder.path)
    if not distribution.is_chief(strategy):
        _run(settings, folder, resume, strategy, logger, writes=False)
        return
    with FolderLock(folder.path, "a training"), _told_of_full_disk(folder):
        resume = _checked(folder, resume, overwrite)
        _run(settings, folder, resume, strategy, logger, writes=True)


def _run(settings, folder, resume, strategy, logger, writes):
    record = folder.record() if resume else None
    # All that may stand in the way, before anything is removed.
    checkpoint = _checkpoint_of(record, settings, folder) if record else None
    model, epoch = None, 0
    if checkpoint is not None:
        path, epoch = checkpoint
        with strategy.scope():
            model = load_model(path)
    training_data, test_data = run_data.load(settings, model)
    if model is None:
        classifier = run_data.source_classifier(settings, training_data)
        with strategy.scope():
            model = _build(settings, training_data, classifier)
    with strategy.scope():
        _set_learning_rate(model, settings)
    # Before anything is removed.
    check_weights(model, training=True)
    distribution.check_workers_agree(strategy, epoch)
    if epoch >= settings.epochs and folder.is_finished():
        typer.echo(
            f"{folder.path} has trained its {epoch} epochs already. Give more "
            "--epochs to train it longer."
        )
        return
    if writes:
        _prepare(folder, settings, model, epoch, record, checkpoint)
    if epoch < settings.epochs:
        classes = ""
        if model.trains_on_labels:
            classes = f" with its {model.num_classes} classes"
        typer.echo(
            f"Training {settings.model} on {settings.dataset}{classes}, epochs "
            f"{epoch + 1} to {settings.epochs}, on {described(strategy)}, "
            f"into {folder.path}"
        )
        if writes and run_data.may_keep_classes(settings, model):
            typer.echo(
                f"{settings.domains.source} has classes, which translations "
                "may exchange: with --keep-classes they keep them."
            )
        if writes and settings.num_images is not None:
            is_of_pairs = settings.domains is not None
            shape = model.target_shape if is_of_pairs else model.data_shape
            typer.echo(told(settings, shape))
        verbose, shows = fit_output(writes)
        model.fit(
            training_data,
            validation_data=test_data if _is_validated(model) else None,
            initial_epoch=epoch,
            epochs=settings.epochs,
            callbacks=[
                *_schedule(settings),
                *(_callbacks(folder, settings, logger) if writes else []),
                *shows,
            ],
            verbose=verbose,
        )
    if writes:
        _write_results(folder, model, settings)


def _is_validated(model):
    # The losses of an adversary on images that it has not seen say little.
    tells = model.can("encode") or model.can("log_likelihood")
    return tells or model.is_paired


def _checked(folder, resume, overwrite):
    """Raises unless the folder is for this run; whether there is one."""
    folder.check_kinds()
    folder.remove_stale()
    if resume and folder.holds_run():
        return True
    if resume:
        typer.echo(f"There is no run in {folder.path} to resume: starting one.")
    folder.check_free(overwrite)
    return False


def _checkpoint_of(record, settings, folder):
    """The checkpoint to go on from, with its epoch, or `None`.

    Raises unless the run can go on from it, with these settings.
    """
    settings.keep(record["settings"], run_record.MAY_CHANGE)
    run_record.check_same(folder.path, record, settings.flat())
    # It is drawn in the end.
    read_history(folder.history)
    checkpoint = latest_checkpoint(folder.checkpoints)
    if checkpoint is None:
        folder.check_nothing_is_lost()
        return None
    path, epoch = checkpoint
    checkpoint_record.check_same_settings(
        path, run_record.lasting(settings.flat())
    )
    if epoch >= settings.epochs:
        # Nothing is trained with another.
        settings.learning_rate = run_record.rate_at(record, epoch)
    return checkpoint


def _prepare(folder, settings, model, epoch, record, checkpoint):
    """Leaves in the folder what the run goes on from, and says what it is."""
    _check_space(folder, model, is_new=checkpoint is None)
    finished = None
    if checkpoint is None:
        folder.clear()
    else:
        # They stay until there are others.
        finished = folder.finished_epochs()
    if epoch >= settings.epochs:
        settings.epochs = epoch
        typer.echo(f"{epoch} epochs are trained: writing the results of these.")
        keep_epochs_before(folder.history, epoch)
        remove_grids_after(folder.sample_grids, epoch)
    rates = run_record.learning_rates(record, epoch, settings.learning_rate)
    run_record.write(folder.config, settings.flat(), model, rates, finished)


def _check_space(folder, model, is_new):
    """Raises if the results will not fit on the disk.

    They are the checkpoints that are kept and one that is being written, the
    model, and its export; of a resumed run, one checkpoint more.
    """
    groups = (model.weights, *(each.variables for each in model.optimizers))
    numbers = sum(math.prod(v.shape) for group in groups for v in group)
    needed = (5 if is_new else 3) * 4 * numbers
    free = shutil.disk_usage(folder.path).free
    if is_new:
        # What is there will go.
        free += folder.size()
    if free < needed:
        raise OSError(
            f"The disk of {folder.path} has {free / 1e6:.0f} MB left, and the "
            f"run needs {needed / 1e6:.0f} MB. Make room, or choose another "
            "--run-dir."
        )


@contextlib.contextmanager
def _told_of_full_disk(folder):
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        raise OSError(
            f"{folder.path} could not be written to: "
            f"{os.strerror(error.errno)}. {what_is_left(folder)}"
        ) from error


def what_is_left(folder):
    """What a run that was stopped has kept, in a sentence for the user."""
    _, epoch = latest_checkpoint(folder.checkpoints) or (None, 0)
    if not epoch:
        return "Stopped before the first epoch was whole; nothing is kept."
    return (
        f"Stopped. {epoch} whole epochs are kept in {folder.path}; the same "
        "command with --resume goes on from there."
    )


def _build(settings, training_data, classifier):
    arguments = dict(settings.arguments)
    if settings.is_of_texts:
        arguments["length"] = training_data.length
        arguments["tokenizer"] = training_data.tokenizer
        if run_data.has_labels(settings):
            arguments["num_classes"] = len(training_data.class_names)
        return _with_class_names(_compiled(settings, arguments), training_data)
    if settings.domains is not None:
        for name, spec in zip(("source", "target"), training_data.element_spec):
            arguments[f"{name}_shape"] = tuple(spec.shape[1:])
        if classifier is not None:
            arguments["source_classifier"] = classifier
        return _compiled(settings, arguments)
    images = training_data.element_spec
    if run_data.has_labels(settings):
        images, _ = images
        arguments["num_classes"] = data.num_classes(settings.dataset)
    arguments["data_shape"] = tuple(images.shape[1:])
    return _with_class_names(_compiled(settings, arguments), training_data)


def _with_class_names(model, training_data):
    if model.trains_on_labels:
        model.class_names = training_data.class_names or None
    return model


def _compiled(settings, arguments):
    model = MODELS[settings.model](seed=settings.seed, **arguments)
    model.compile()
    return model


def _set_learning_rate(model, settings):
    if settings.learning_rate is not None:
        for optimizer in model.optimizers:
            optimizer.learning_rate = settings.learning_rate


def _schedule(settings):
    """The callbacks that move the learning rate, on all workers."""
    if settings.learning_rate_schedule == "constant":
        return []
    return [cosine_schedule(settings.learning_rate, settings.epochs)]


def _callbacks(folder, settings, logger):
    def every(times):
        return max(1, settings.epochs // times)

    grid = {"folder": folder.sample_grids, "log_dir": folder.logs}
    grid["every"] = every(_NUM_GRIDS)
    if settings.domains is None:
        grids = SampleGrid(seed=settings.seed, **grid)
    else:
        source, target = run_data.examples(settings)
        grids = TranslationGrid(source=source, target=target, **grid)
    return [
        *([TimeLeft(typer.echo)] if run_data.is_of_own(settings) else []),
        grids,
        HistoryFile(folder.history),
        *_loggers(folder, settings, logger, grids),
        keras.callbacks.TensorBoard(folder.logs, write_graph=False),
        # Last, so that an epoch with a checkpoint has all the rest.
        Checkpoint(
            folder.checkpoints,
            every=every(_NUM_CHECKPOINTS),
            settings=run_record.lasting(settings.flat()),
        ),
    ]


def _loggers(folder, settings, logger, grids):
    if logger is None:
        return []
    name, project = logger
    return [
        ExperimentLogger(
            name,
            project,
            folder.path.resolve().name,
            id_file=folder.logger,
            grids=grids,
            config=settings.flat(),
        )
    ]


def _write_results(folder, model, settings):
    remove_old_checkpoints(folder.checkpoints)
    # Together with the export: the two before are of the same epochs too.
    with files.atomic_path(folder.model) as path:
        model.save(path)
        # On one device, whatever the model was trained on.
        model = load_model(path)
        samples = folder.samples
        if settings.domains is None:
            samples = samples.with_suffix(model.drawn_kind.suffix)
            save_samples(samples, model, 64, model.seed)
        else:
            examples = run_data.examples(settings)
            save_translations(samples, model, *examples)
        save_animation(folder.sample_grids)
        history = read_history(folder.history)
        if history:
            save_loss_curves(folder.losses, history)
        version = folder.write_export(model)
    run_record.write_finished(folder.config, settings.epochs)
    shown = "images above their translations"
    if settings.domains is None:
        shown = f"64 new {model.drawn_kind.noun}"
    of_images = []
    if folder.animation.exists():
        about = "how they came about, over the epochs"
        of_images.append((folder.animation, about))
    typer.echo("\nDone. Look at:")
    for path, what in (
        (samples, shown),
        *of_images,
        (folder.losses, "the losses over the epochs"),
        (folder.history, "the same as numbers"),
        (folder.model, f'the model: kerasgen.load("{folder.path}")'),
        (version, "the SavedModel: tf.saved_model.load, TensorFlow Serving"),
        (folder.config, "all settings"),
    ):
        typer.echo(f"  {path!s:40}  {what}")
