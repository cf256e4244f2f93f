"""`kerasgen export`: a trained model -> a SavedModel."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import Run
from kerasgen.cli.options import find_run
from kerasgen.cli.tensorflow_import import load_tensorflow


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
            "in place [all]. Those that a label names, or has named of "
            "late, remain too.",
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

    A running server takes the new version and the labels within seconds.
    `--keep` leaves the versions that a server may have labels of, by each
    configuration that was written for `DIR`; with `--serving-config` it is
    refused where the stable version would be too old.

    Example:

        kerasgen export runs/vae_digits exports/vae_digits

        kerasgen export runs/vae_digits exports/vae_digits --keep 3
        --serving-config serving
    """
    if stable is not None and serving_config is None:
        raise ValueError(
            "Argument `--stable` must be given with `--serving-config`. "
            f"Received: --stable {stable} alone."
        )
    run = find_run(run)
    load_tensorflow()
    from kerasgen.serving import server_config
    from kerasgen.serving.versions import check_path
    from kerasgen.utils.locks import FolderLock

    check_path("DIR", folder)
    # Another export must not move labels between the check and the deletion.
    with FolderLock(folder, "an export"):
        if serving_config is None:
            _export(run, folder, version, keep)
            return
        _check_config(serving_config, folder, version, keep, stable)
        with server_config.lock(serving_config):
            # Versions go after the labels have moved.
            target = _export(run, folder, version, None)
            _configure(serving_config, target, keep, stable)


def _export(run, folder, version, keep):
    from kerasgen.cli.run_folder import load_trained

    model = load_trained(run)
    target = model.export(folder, version, keep)
    typer.echo(f"The SavedModel is in {target}, with the signatures:")
    typer.echo(_listed(model.signatures()))
    return target


def _listed(signatures):
    """A line for each signature, with its inputs."""
    lines = []
    for name, (_, specs) in signatures.items():
        inputs = ", ".join(
            f"{spec.name} {spec.dtype.name}{list(spec.shape)}" for spec in specs
        )
        lines.append(f"  {name:16} {inputs}")
    return "\n".join(lines)


def _configure(serving_config, target, keep, stable):
    """Writes the configuration; then versions go that it has no use for."""
    from kerasgen import serving
    from kerasgen.serving import configurations
    from kerasgen.serving import versions

    folder, new = target.parent, int(target.name)
    readme = serving.write_server_config(serving_config, folder, stable=stable)
    typer.echo(f"How to serve it stands in {readme}")
    if keep is None:
        return
    named = configurations.named_versions(folder)
    spared = named.intersection(versions.too_old(folder, keep, new))
    versions.keep_latest(folder, keep, new)
    if spared:
        typer.echo(
            f"Besides the {keep} newest, {', '.join(map(str, sorted(spared)))} "
            "stays for now: a server may still have a label of it."
        )


def _check_config(serving_config, folder, version, keep, stable):
    """Raises if the configuration could not be written after the export."""
    from kerasgen.serving import models_config
    from kerasgen.serving import server_config
    from kerasgen.serving import versions

    server_config.check_name(folder.resolve().name)
    server_config.check_paths(serving_config, folder)
    new = versions.next_version(folder) if version is None else version
    numbers = {*versions.versions(folder), new}
    label = server_config.stable_version(serving_config, numbers, stable)
    if keep is not None and label in versions.too_old(folder, keep, new):
        raise ValueError(
            f"Argument `--keep` must leave version {label}, which is stable. "
            f"Received: --keep {keep}. First give the label to another in "
            f"{serving_config / models_config.FILE}."
        )
