"""`kerasgen train`: data -> a trained, exported model in a run folder."""

import functools
import pathlib
from typing import Annotated

import typer

from kerasgen.cli.choices import Degradation
from kerasgen.cli.choices import Logger
from kerasgen.cli.choices import Precision
from kerasgen.cli.choices import Strategy
from kerasgen.cli.domains import Domains
from kerasgen.cli.settings import gather
from kerasgen.cli.settings import parse_size
from kerasgen.cli.tensorflow_import import load_tensorflow
from kerasgen.utils import trackers


def train(
    model: Annotated[
        str, typer.Argument(help="Which model; `kerasgen models` lists them.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            help="A name (see `kerasgen datasets`), a folder of images or an "
            ".npz file; for models of texts a name, a file in UTF-8 or a "
            "folder of .txt files [digits; python_topics]."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Of models between two domains: what is translated; as "
            "--dataset. Or alone: an .npz file of pairs, source_train and "
            "target_train (_test)."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="What it is to be translated into; likewise."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data [recipe's].")
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(help="Images in a batch, over all devices [recipe's]."),
    ] = None,
    image_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE|HEIGHTxWIDTH",
            help="Crop images to this aspect ratio and resize them: 64 for "
            "squares, 30x50 for 30 rows of 50 pixels. Of two domains, see "
            "--source-size and --target-size.",
        ),
    ] = None,
    source_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE|HEIGHTxWIDTH",
            help="The same of the source; needed for a folder of images of "
            "unequal sizes.",
        ),
    ] = None,
    target_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE|HEIGHTxWIDTH", help="Likewise of the target."
        ),
    ] = None,
    degrade: Annotated[
        Degradation | None,
        typer.Option(
            help="Make the source of the target, to learn to mend it: by "
            "noise, grey in place of colour, fewer pixels, or a hole."
        ),
    ] = None,
    degrade_amount: Annotated[
        float | None,
        typer.Option(
            help="Deviation of the noise [0.3], pixels that become one [2], or "
            "side of the hole as a share of the image's [0.5]."
        ),
    ] = None,
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help="Each image of the source has a partner in the target: files "
            "of one name in two folders, or rows of one number. "
            "flow_translation learns from them, and `evaluate` measures by "
            "them; of pix2pix, which needs them, it goes without saying.",
        ),
    ] = False,
    keep_classes: Annotated[
        bool,
        typer.Option(
            "--keep-classes",
            help="Of cyclegan: a classifier that learns the source's classes "
            "first is to find them in translations, too. Domains of one size.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same run.")] = 0,
    run_dir: Annotated[
        pathlib.Path | None,
        typer.Option(help="Where results go [runs/MODEL_DATASET]."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on where the run in the folder stopped, with its own "
            "epochs and learning rate unless they are given. Enough epochs "
            "already: end it as it is.",
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Delete the run in the folder, then train."
        ),
    ] = False,
    strategy: Annotated[
        Strategy,
        typer.Option(
            help="Who shares each batch: one device (none), several devices "
            "of this machine (mirrored), or the machines that TF_CONFIG or "
            "Slurm name (multiworker)."
        ),
    ] = Strategy.none,
    devices: Annotated[
        int | None,
        typer.Option(
            help="How many GPUs of a machine are used [all]; without any, "
            "into how many parts the CPU is divided, which is no faster [1]."
        ),
    ] = None,
    precision: Annotated[
        Precision,
        typer.Option(
            help="What networks compute in; weights stay float32. bfloat16 "
            "speeds convolutions up on processors that have it."
        ),
    ] = Precision.float32,
    logger: Annotated[
        Logger | None,
        typer.Option(
            help="Also log to this: settings, metrics, samples and the report "
            "of `kerasgen evaluate`. With --resume, to the same run there."
        ),
    ] = None,
    project: Annotated[
        str, typer.Option(help="Of --logger: the project, or experiment.")
    ] = "kerasgen",
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a setting of the recipe, such as latent_dim=8, "
            "network=dcgan, learning_rate=1e-3. May be repeated; a wrong name "
            "lists the right ones.",
        ),
    ] = None,
):
    """Train a model and leave everything about it in a folder.

    The folder holds `model.keras`, `samples.png`, `losses.png`, `history.csv`,
    `config.json`, a SavedModel under `export/`, grids of samples along the way
    under `samples/`, TensorBoard logs and checkpoints. Ctrl-C leaves a
    checkpoint; the same command with `--resume` goes on from it.

    Examples:

        kerasgen train vae

        kerasgen train gan --dataset mnist --run-dir runs/first_gan

        kerasgen train vae --dataset photos/ --image-size 32 --set network=dcgan

        kerasgen train dcgan --dataset mnist --strategy mirrored

        kerasgen train gpt --dataset my_poems.txt --set documents=True

        kerasgen train cyclegan --source summer/ --target winter/

        kerasgen train cyclegan --source mnist --target usps.npz --source-size
        16 --keep-classes

        kerasgen train pix2pix --target cifar10 --degrade grey

        kerasgen train vae --logger mlflow --project digits
    """
    if resume and overwrite:
        raise ValueError(
            "Arguments `--resume` and `--overwrite` must not be given "
            "together. Received: both. Choose one."
        )
    # Before TensorFlow, which takes seconds to load.
    if logger is not None:
        trackers.library(logger.value)
    both = Domains(
        source,
        target,
        parse_size(source_size, "--source-size"),
        parse_size(target_size, "--target-size"),
        None if degrade is None else degrade.value,
        degrade_amount,
        paired,
        keep_classes,
    )
    gathered = functools.partial(
        gather,
        *(model, dataset, image_size, epochs, batch_size, seed),
        set_ or [],
        both,
    )
    settings = gathered()
    if strategy == Strategy.multiworker:
        typer.echo("Waiting until all workers have started.")
    resolved_strategy = load_tensorflow(lambda: _strategy(strategy, devices))
    from kerasgen.cli import run_data
    from kerasgen.cli import training
    from kerasgen.cli.run_folder import RunFolder

    if run_dir is None:
        name = pathlib.Path(settings.dataset).resolve().name
        name = name.removesuffix(".npz")
        run_dir = pathlib.Path("runs") / f"{model}_{name}"
    folder = RunFolder(run_dir)
    if run_data.is_of_own(settings):
        record = folder.record() if resume else None
        settings = gathered(run_data.own_images(settings, record))
    if precision != Precision.float32:
        settings.arguments["dtype"] = f"mixed_{precision}"
    try:
        training.run(
            settings,
            folder,
            resume,
            overwrite,
            resolved_strategy,
            None if logger is None else (logger.value, project),
        )
    except KeyboardInterrupt:
        typer.echo(f"\n{training.what_is_left(folder)}")
        raise typer.Exit(130) from None


def _strategy(name, devices):
    # It is to be made before TensorFlow does anything else.
    from kerasgen import distribution

    return distribution.strategy(str(name), devices)
