"""What `kerasgen train` does, once its words are understood."""

import importlib.metadata

import keras
import typer

from kerasgen import data
from kerasgen import distribution
from kerasgen.callbacks import Checkpoint
from kerasgen.callbacks import HistoryFile
from kerasgen.callbacks import SampleGrid
from kerasgen.callbacks import latest_checkpoint
from kerasgen.callbacks.checkpoint import remove_old_checkpoints
from kerasgen.callbacks.sample_grid import save_animation
from kerasgen.callbacks.sample_grid import save_samples
from kerasgen.callbacks.time_left import TimeLeft
from kerasgen.distribution.strategies import described
from kerasgen.models import MODELS
from kerasgen.recipes import advised_epochs
from kerasgen.utils import files
from kerasgen.utils.plots import read_history
from kerasgen.utils.plots import save_loss_curves

# Grids of samples in a run, and checkpoints in a long one, about.
_NUM_GRIDS = 10
_NUM_CHECKPOINTS = 50


def run(settings, folder, resume, overwrite, strategy):
    """Trains a model into a run folder; see `kerasgen train --help`.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        folder: `RunFolder`. Of several workers, the chief alone writes to it;
            all read its checkpoints.
        resume: bool. Whether to go on with the run that the folder holds.
        overwrite: bool. Whether to replace that run.
        strategy: `tf.distribute.Strategy`.
    """
    keras.utils.set_random_seed(settings.seed)
    writes = distribution.is_chief(strategy)
    if writes:
        resume = _checked(settings, folder, resume, overwrite)
    training_data, test_data = _load_data(settings)
    checkpoint = latest_checkpoint(folder.checkpoints) if resume else None
    with strategy.scope():
        if checkpoint is not None:
            path, epoch = checkpoint
            model = keras.saving.load_model(path)
        else:
            model, epoch = _build(settings, training_data), 0
    distribution.check_workers_agree(strategy, epoch)
    if writes:
        if checkpoint is None:
            folder.clear()
        elif epoch < settings.epochs:
            folder.remove_export()
        _write_config(folder, settings, model)
    if epoch < settings.epochs:
        typer.echo(
            f"Training {settings.model} on {settings.dataset}, epochs "
            f"{epoch + 1} to {settings.epochs}, on {described(strategy)}, "
            f"into {folder.path}"
        )
        if writes and data.is_folder(settings.dataset):
            typer.echo(_advice(settings, training_data))
        model.fit(
            training_data,
            # The losses of an adversary on images that it has not seen say
            # little, and with batch normalization nothing at all.
            validation_data=test_data if model.has_encoder else None,
            initial_epoch=epoch,
            epochs=settings.epochs,
            callbacks=_callbacks(folder, settings) if writes else [],
            verbose="auto" if writes else 0,
        )
    elif folder.is_finished():
        typer.echo(
            f"{folder.path} has trained its {epoch} epochs already. Give more "
            "--epochs to train it longer."
        )
        return
    if writes:
        _write_results(folder, model)


def _checked(settings, folder, resume, overwrite):
    """Raises unless the folder is for this run; whether there is one."""
    folder.remove_stale()
    if resume and folder.holds_run():
        folder.check_same(settings.flat())
        return True
    if resume:
        typer.echo(f"There is no run in {folder.path} to resume: starting one.")
    folder.check_free(overwrite)
    return False


def what_is_left(folder):
    """What a run that was stopped has kept, in a sentence for the user."""
    _, epoch = latest_checkpoint(folder.checkpoints) or (None, 0)
    if not epoch:
        return "Stopped before the first epoch was whole; nothing is kept."
    return (
        f"Stopped. {epoch} whole epochs are kept in {folder.path}; the same "
        "command with --resume goes on from there."
    )


def _load_data(settings):
    options = {
        "batch_size": settings.batch_size,
        "image_size": settings.image_size,
        "seed": settings.seed,
        "labels": settings.needs_labels,
    }
    training_data = data.load(settings.dataset, "train", **options)
    if "test" not in data.splits(settings.dataset):
        return training_data, None
    return training_data, data.load(
        settings.dataset, "test", shuffle=False, **options
    )


def _build(settings, training_data):
    arguments = dict(settings.arguments)
    images = training_data.element_spec
    if settings.needs_labels:
        images, _ = images
        arguments["num_classes"] = data.num_classes(settings.dataset)
    model = MODELS[settings.model](
        data_shape=tuple(images.shape[1:]), seed=settings.seed, **arguments
    )
    if model.trains_on_labels:
        model.class_names = training_data.class_names or None
    model.compile()
    if settings.learning_rate is not None:
        for optimizer in model.optimizers:
            optimizer.learning_rate = settings.learning_rate
    return model


def _write_config(folder, settings, model):
    files.write_json(
        folder.config,
        {
            "settings": settings.flat(),
            "data_shape": model.data_shape,
            "class_names": model.class_names,
            "versions": {
                package: importlib.metadata.version(package)
                for package in ("kerasgen", "keras", "tensorflow")
            },
        },
    )


def _advice(settings, training_data):
    """How many epochs are advised for the images of a folder."""
    number = training_data.num_images
    epochs = advised_epochs(settings.model, number)
    return (
        f"{number} images to train on, {len(training_data)} steps an epoch; "
        f"the recipe advises {epochs} epochs for so many (--epochs {epochs})."
    )


def _callbacks(folder, settings):
    def every(times):
        return max(1, settings.epochs // times)

    of_folder = data.is_folder(settings.dataset)
    return [
        *([TimeLeft(typer.echo)] if of_folder else []),
        SampleGrid(
            folder.sample_grids,
            every(_NUM_GRIDS),
            seed=settings.seed,
            log_dir=folder.logs,
        ),
        HistoryFile(folder.history),
        keras.callbacks.TensorBoard(folder.logs, write_graph=False),
        # Last, so that an epoch with a checkpoint has all the rest.
        Checkpoint(folder.checkpoints, every=every(_NUM_CHECKPOINTS)),
    ]


def _write_results(folder, model):
    remove_old_checkpoints(folder.checkpoints)
    with files.atomic_path(folder.model) as path:
        model.save(path)
    # On one device, whatever the model was trained on.
    model = keras.saving.load_model(folder.model)
    save_samples(folder.samples, model, 64, model.seed)
    save_animation(folder.sample_grids)
    save_loss_curves(folder.losses, read_history(folder.history))
    # The run's one result; `kerasgen export` is for versions.
    folder.remove_export()
    version = model.export(folder.export)
    typer.echo("\nDone. Look at:")
    for path, what in (
        (folder.samples, "64 new images"),
        (folder.animation, "how they came about, over the epochs"),
        (folder.losses, "the losses over the epochs"),
        (folder.history, "the same as numbers"),
        (folder.model, "the model: import kerasgen, keras.saving.load_model"),
        (version, "the SavedModel: tf.saved_model.load, TensorFlow Serving"),
        (folder.config, "all settings"),
    ):
        typer.echo(f"  {path!s:40}  {what}")
