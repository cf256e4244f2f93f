"""The export that a word of the command line means."""

import atexit
import pathlib
import shutil
import tempfile

import typer

from kerasgen.cli.run_folder import RunFolder
from kerasgen.cli.run_folder import check_finished
from kerasgen.cli.run_folder import tell_if_trained_longer
from kerasgen.utils import hub


def find_export(source):
    """The newest version of an export.

    Args:
        source: str or `pathlib.Path`. The folder of a version, of several, or
            of a finished run, or else the name of a saved model, or an address
            of the hub. Of a .keras file, a folder with a model.keras alone, or
            what the hub has, an export is made for this process.

    Returns:
        (`pathlib.Path` of the version, str, the name of the model).

    Raises:
        FileNotFoundError: if there is none.
    """
    from kerasgen.loading import saved_models
    from kerasgen.serving import versions

    if hub.is_address(source):
        address = hub.parse(source)
        return _export_for_now(hub.download(address), address), address.name
    path = pathlib.Path(source)
    if not path.exists():
        path = saved_models().get(str(source), path)
    if path.suffix == ".keras" and path.is_file():
        return _export_for_now(path), path.stem
    run = RunFolder(path)
    holds_run = run.holds_run()
    if holds_run and not versions.versions(run.export):
        check_finished(run)
    tell_if_trained_longer(run)
    if not holds_run and not versions.versions(path):
        if (path / run.model.name).is_file():
            return _export_for_now(path), path.resolve().name
    folder = versions.latest(run.export if holds_run else path)
    # A version's folder is called by its number.
    named = folder.parent if folder == path else path
    return folder, named.resolve().name


def _export_for_now(source, name=None):
    """An export of a model in a file, which goes when Python ends."""
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    from kerasgen.loading import load

    typer.echo(f"{name or source} has no export: one is made for now.")
    place = tempfile.mkdtemp(prefix="kerasgen_export_")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return load(source).export(place)
