"""`kerasgen export`: a trained model -> a SavedModel."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import Run
from kerasgen.cli.quiet import load_tensorflow


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
            "configuration, a Compose file, and a README with requests. The "
            "new version becomes the canary.",
        ),
    ] = None,
    stable: Annotated[
        int | None,
        typer.Option(
            help="With --serving-config: the version to label stable [the one "
            "that is; at first, the one before the newest]."
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

    if stable is not None and serving_config is None:
        raise ValueError(
            "Argument `--stable` must be given with `--serving-config`. "
            f"Received: --stable {stable} alone."
        )
    load_tensorflow()
    if serving_config is not None:
        from kerasgen.serving.server_config import check_name

        check_name(folder.resolve().name)
    model = load_trained(run)
    if keep and serving_config is not None:
        _check_stable_remains(folder, version, keep, serving_config, stable)
    target = model.export(folder, version, keep)
    typer.echo(f"The SavedModel is in {target}, with the signatures:")
    for name, (_, specs) in model.signatures().items():
        inputs = ", ".join(
            f"{spec.name} {spec.dtype.name}{list(spec.shape)}" for spec in specs
        )
        typer.echo(f"  {name:16} {inputs}")
    if serving_config is not None:
        from kerasgen import serving

        readme = serving.write_server_config(
            serving_config, folder, stable=stable
        )
        typer.echo(f"How to serve it stands in {readme}")


def _check_stable_remains(folder, version, keep, serving_config, stable):
    """Raises if `--keep` would remove a version that is to be served."""
    from kerasgen.serving.server_config import stable_version
    from kerasgen.serving.versions import too_old

    labelled = stable_version(serving_config)
    for label in {stable, labelled} - {None}:
        if label in too_old(folder, keep, version):
            raise ValueError(
                f"Argument `--keep` must leave version {label}, which is "
                f"stable. Received: --keep {keep}. First give the label to "
                f"another in {serving_config / 'models.config'}."
            )
