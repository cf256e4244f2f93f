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
        typer.Argument(
            metavar="DIR",
            help="Folder of the model's versions; with another --format, the "
            "file.",
        ),
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
    format: Annotated[
        str,
        typer.Option(
            help="tf_saved_model, or what another runtime reads: onnx (.onnx), "
            "openvino (.xml and .bin) or litert (.tflite)."
        ),
    ] = "tf_saved_model",
    signature: Annotated[
        str | None,
        typer.Option(
            help="With another --format: the signature that is written "
            "[serving_default; of litert, all]."
        ),
    ] = None,
    quantize: Annotated[
        bool,
        typer.Option(
            "--quantize",
            help="With --format litert: weights of 8 bits, a quarter of the "
            "size.",
        ),
    ] = False,
):
    """Write a trained model as a SavedModel for TensorFlow Serving.

    It becomes `DIR/1`, `DIR/2` and so on; a version that is there is never
    overwritten, and a new one appears whole or not at all, once it has passed
    `kerasgen check-export`.

    A running server takes the new version and the labels within seconds.
    `--keep` leaves the versions that a server may have labels of, by each
    configuration that was written for `DIR`; with `--serving-config` it is
    refused where the stable version would be too old.

    With another --format it is a file for ONNX Runtime, OpenVINO or LiteRT,
    which is run there and compared with the model before it appears.

    Example:

        kerasgen export runs/vae_digits exports/vae_digits

        kerasgen export runs/vae_digits exports/vae_digits --keep 3
        --serving-config serving

        kerasgen export runs/vae_digits vae_digits.onnx --format onnx

        kerasgen export runs/vae_digits phone.tflite --format litert --quantize
    """
    if format != "tf_saved_model":
        _refuse_versions(
            {
                "--version": version,
                "--keep": keep,
                "--serving-config": serving_config,
                "--stable": stable,
            }
        )
        _export_file(run, folder, format, signature, quantize)
        return
    if signature is not None or quantize:
        raise ValueError(
            "Arguments `--signature` and `--quantize` must be given with "
            "`--format` onnx, openvino or litert. Received: --format "
            "tf_saved_model."
        )
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


def _refuse_versions(options):
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"Argument `{name}` must be left out unless `--format` is "
                f"tf_saved_model, which has versions. Received: {name} {value}."
            )


def _export_file(run, path, format, signature, quantize):
    from kerasgen.serving.formats import formats

    run = find_run(run)
    chosen = formats.by_name(format)
    formats.check_path(path, chosen)
    chosen.check_installed()
    load_tensorflow()
    from kerasgen import serving
    from kerasgen.cli.run_folder import load_trained

    model = load_trained(run)
    model.export(path, format=format, signature=signature, quantize=quantize)
    typer.echo(
        f"{chosen.title}'s file is {path}. Its answers are so far from Keras's:"
    )
    for name, described in serving.read_description(path)["signatures"].items():
        inputs = ", ".join(described["inputs"])
        outputs = ", ".join(described["outputs"])
        typer.echo(
            f"  {name:16} {described['deviation']:.1e}  {inputs} -> {outputs}"
        )


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
