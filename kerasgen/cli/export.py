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
        int | None, typer.Option(min=1, help="Number [the next free one].")
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many versions remain; the oldest go once the new one is "
            "in place [all]. Without --serving-config the stable version of a "
            "server may be among them.",
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
            "that is; at first, the one before the newest, if any]."
        ),
    ] = None,
):
    """Write a trained model as a SavedModel for TensorFlow Serving.

    It becomes `DIR/1`, `DIR/2` and so on; a version that is there is never
    overwritten, and a new one appears whole or not at all, once it has passed
    `kerasgen check-export`.

    With `--keep`, give the `--serving-config` that a server was started from
    too: then the command refuses to delete the version that is stable there.
    Without it, the command knows of no labels and deletes the oldest versions,
    stable or not.

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
    from kerasgen.serving.versions import check_path

    check_path("DIR", folder)
    if serving_config is not None:
        _check_config(serving_config, folder, version, keep, stable)
    model = load_trained(run)
    target = model.export(folder, version, keep)
    typer.echo(f"The SavedModel is in {target}, with the signatures:")
    typer.echo(_listed(model.signatures()))
    if serving_config is not None:
        from kerasgen import serving

        readme = serving.write_server_config(
            serving_config, folder, stable=stable
        )
        typer.echo(f"How to serve it stands in {readme}")


def _listed(signatures):
    """A line for each signature, with its inputs."""
    lines = []
    for name, (_, specs) in signatures.items():
        inputs = ", ".join(
            f"{spec.name} {spec.dtype.name}{list(spec.shape)}" for spec in specs
        )
        lines.append(f"  {name:16} {inputs}")
    return "\n".join(lines)


def _check_config(serving_config, folder, version, keep, stable):
    """Raises if the configuration could not be written after the export."""
    from kerasgen.serving import server_config
    from kerasgen.serving import versions

    server_config.check_name(folder.resolve().name)
    new = versions.next_version(folder) if version is None else version
    numbers = {*versions.versions(folder), new}
    server_config.chosen_stable(serving_config, numbers, stable)
    if keep is None:
        return
    served = {stable, server_config.stable_version(serving_config)}
    for label in served.intersection(versions.too_old(folder, keep, new)):
        raise ValueError(
            f"Argument `--keep` must leave version {label}, which is stable. "
            f"Received: --keep {keep}. First give the label to another in "
            f"{serving_config / 'models.config'}."
        )
