"""`kerasgen export`: a trained model -> a SavedModel."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import Run


def export(
    run: Run,
    folder: Annotated[
        pathlib.Path,
        typer.Argument(metavar="DIR", help="Folder of the model's versions."),
    ],
    version: Annotated[
        int | None, typer.Option(help="Number [the next free one].")
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            help="How many versions remain; the oldest go once the new one is "
            "in place [all]."
        ),
    ] = None,
    serving_config: Annotated[
        pathlib.Path | None,
        typer.Option(
            metavar="CONFIG_DIR",
            help="Also write what TensorFlow Serving is started with: its "
            "configuration, a Compose file, and a README with requests.",
        ),
    ] = None,
):
    """Write a trained model as a SavedModel for TensorFlow Serving.

    It becomes `DIR/1`, `DIR/2` and so on; a version that is there is never
    touched, and a new one appears whole or not at all, once it has passed
    `kerasgen check-export`.

    Example:

        kerasgen export runs/vae_digits exports/vae_digits

        kerasgen export runs/vae_digits exports/vae_digits --keep 3
        --serving-config serving
    """
    from kerasgen.cli.run_folder import load_trained

    model = load_trained(run)
    target = model.export(folder, version, keep)
    typer.echo(f"The SavedModel is in {target}, with the signatures:")
    for name, (_, specs) in model.signatures().items():
        inputs = ", ".join(
            f"{spec.name} {spec.dtype.name}{list(spec.shape)}" for spec in specs
        )
        typer.echo(f"  {name:16} {inputs}")
    if serving_config is not None:
        from kerasgen import serving

        readme = serving.write_server_config(serving_config, folder)
        typer.echo(f"How to serve it stands in {readme}")
