"""What `kerasgen train` does, once its words are understood."""

import importlib.metadata

import keras
import typer

from kerasgen import data
from kerasgen.callbacks import Checkpoint
from kerasgen.callbacks import SampleGrid
from kerasgen.callbacks import latest_checkpoint
from kerasgen.cli import settings as settings_module
from kerasgen.cli.run_folder import RunFolder
from kerasgen.models import MODELS
from kerasgen.utils import files
from kerasgen.utils import random
from kerasgen.utils.images import save_image_grid
from kerasgen.utils.plots import read_history
from kerasgen.utils.plots import save_loss_curves

# Grids of samples in a run, about.
_NUM_GRIDS = 10


def run(
    model, dataset, image_size, epochs, batch_size, seed, assignments,
    run_dir, resume, overwrite,
):  # fmt: skip
    """Trains a model into a run folder; see `kerasgen train --help`."""
    random.check_seed(seed, "--seed")
    settings = settings_module.gather(
        model, dataset, image_size, epochs, batch_size, seed, assignments
    )
    folder = RunFolder(run_dir)
    keras.utils.set_random_seed(seed)
    if resume and folder.holds_run():
        folder.check_same(settings.flat())
    training_data, validation_data = _load_data(settings)
    if resume and folder.holds_run():
        trained, epoch = _restore(folder)
    else:
        trained, epoch = _build(settings, training_data), 0
        folder.start(overwrite)
    _write_config(folder, settings, trained)
    typer.echo(
        f"Training {model} on {dataset}: epochs {epoch + 1} to "
        f"{settings.epochs}, into {folder.path}"
        if epoch < settings.epochs
        else f"{folder.path} has trained its {epoch} epochs already."
    )
    trained.fit(
        training_data,
        validation_data=validation_data,
        initial_epoch=epoch,
        epochs=settings.epochs,
        callbacks=_callbacks(folder, settings),
    )
    _write_results(folder, trained)


def _load_data(settings):
    options = {
        "batch_size": settings.batch_size,
        "image_size": settings.image_size,
        "seed": settings.seed,
    }
    training_data = data.load(settings.dataset, "train", **options)
    if "test" not in data.splits(settings.dataset):
        return training_data, None
    return training_data, data.load(
        settings.dataset, "test", shuffle=False, **options
    )


def _build(settings, training_data):
    model = MODELS[settings.model](
        data_shape=tuple(training_data.element_spec.shape[1:]),
        seed=settings.seed,
        **settings.arguments,
    )
    model.compile()
    if settings.learning_rate is not None:
        for optimizer in model.optimizers:
            optimizer.learning_rate = settings.learning_rate
    return model


def _restore(folder):
    found = latest_checkpoint(folder.checkpoints)
    if found is None:
        raise FileNotFoundError(
            f"{folder.path} has no checkpoint to resume from. Start it anew "
            "with --overwrite."
        )
    path, epoch = found
    folder.forget_epochs_from(epoch)
    return keras.saving.load_model(path), epoch


def _write_config(folder, settings, model):
    files.write_json(
        folder.config,
        {
            "settings": settings.flat(),
            "data_shape": model.data_shape,
            "versions": {
                package: importlib.metadata.version(package)
                for package in ("kerasgen", "keras", "tensorflow")
            },
        },
    )


def _callbacks(folder, settings):
    every = max(1, settings.epochs // _NUM_GRIDS)
    return [
        SampleGrid(folder.sample_grids, every, seed=settings.seed),
        keras.callbacks.CSVLogger(folder.history, append=True),
        keras.callbacks.TensorBoard(folder.logs, write_graph=False),
        # Last, so that an epoch with a checkpoint has all the rest.
        Checkpoint(folder.checkpoints),
    ]


def _write_results(folder, model):
    with files.atomic_path(folder.model) as path:
        model.save(path)
    save_image_grid(folder.samples, model.generate(64, seed=model.seed))
    save_loss_curves(folder.losses, read_history(folder.history))
    version = model.export(folder.export)
    typer.echo("\nDone. Look at:")
    for path, what in (
        (folder.samples, "64 new images"),
        (folder.losses, "the losses over the epochs"),
        (folder.history, "the same as numbers"),
        (folder.model, "the model: keras.saving.load_model, --resume"),
        (version, "the SavedModel: tf.saved_model.load, TensorFlow Serving"),
        (folder.config, "all settings"),
    ):
        typer.echo(f"  {path!s:40}  {what}")
