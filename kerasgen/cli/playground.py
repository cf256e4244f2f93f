"""`kerasgen playground`: a page to try a model on."""

import pathlib
import shlex
import urllib.parse
import webbrowser
from typing import Annotated

import typer

from kerasgen.cli.choices import DirectionsMethod
from kerasgen.cli.exports import find_export
from kerasgen.cli.options import find_run
from kerasgen.cli.tensorflow_import import load_tensorflow

_MODELS = "/v1/models/"


def playground(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_SERVER",
            help="Folder of a finished run or of an export, the name of a "
            "saved model, hf://owner/name of the hub, or the address of a "
            "model of TensorFlow Serving.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(help="Its name, where the address does not have it."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; 0.0.0.0 lets other machines in, such "
            "as a phone."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 for any that is free.")
    ] = 8600,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A name that browsers may know this machine by, besides "
            "localhost and its address; may be given several times."
        ),
    ] = None,
    directions: Annotated[
        DirectionsMethod | None,
        typer.Option(
            help="Sliders also for the directions that change images most, "
            "by the first layer's weights or by principal components. The run "
            "must have its model.keras."
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page.")
    ] = False,
    static: Annotated[
        pathlib.Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the page into this new folder, in place of serving it: "
            "any web host can send it, and the browser runs the model, from "
            "the run's model.keras.",
        ),
    ] = None,
    onnxruntime_web: Annotated[
        pathlib.Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --static: the npm package onnxruntime-web, unpacked, to "
            "copy into DIR (14 MB) [the page loads it from jsdelivr.net].",
        ),
    ] = None,
):
    """Try a model in the browser.

    The page has what the model can do: samples by seed, sliders over latents,
    the way from one image to another, and an image of your own, drawn or
    dropped, to reconstruct, to score or to put into a cluster. Answers come
    from TensorFlow Serving, or from the run's SavedModel, loaded here. The
    playground answers TensorFlow Serving's REST requests too, such as those of
    `kerasgen generate --server`. Ctrl-C ends it.

    With `--static` nothing is served and nothing fetched: a folder is written
    whose page draws samples by seed, those of `kerasgen generate`, and decodes
    latents in the browser, by ONNX Runtime Web. That is of a pinned version,
    and run only if its checksums are right: a copy that you give by
    `--onnxruntime-web`, or else the one of jsdelivr.net. It is for models that
    draw images or rows by seeds; an image of your own needs the served page.

    Examples:

        kerasgen playground runs/vae_digits --open

        kerasgen playground runs/gan_digits --directions sefa

        kerasgen playground runs/vae_digits --host 0.0.0.0

        kerasgen playground http://localhost:8501 --model vae_digits

        kerasgen playground runs/vae_digits --static site
    """
    if static is not None:
        _write(static, source, model, directions, onnxruntime_web, open_)
        return
    if onnxruntime_web is not None:
        raise ValueError(
            "Argument `--onnxruntime-web` must be given with `--static`. "
            f"Received: --onnxruntime-web {onnxruntime_web} alone."
        )
    from kerasgen.serving.playground import PlaygroundServer

    found, place = _model(source, model, directions)
    with PlaygroundServer(found, host, port, allow_host or ()) as server:
        typer.echo(f"The playground is at {server.url}  (Ctrl-C ends it)")
        typer.echo(f"Answers come from {place}")
        if server.url_of_others not in (None, server.url):
            typer.echo(f"On other machines it is at {server.url_of_others}")
        if open_:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("\nStopped.")


def _write(folder, source, name, directions, onnxruntime_web, is_opened):
    """Writes the page as files, and says what to do with them."""
    if source.startswith(("http://", "https://")):
        raise ValueError(
            "Argument `--static` is for runs, whose model.keras is here. "
            f"Received: --static {folder} with {source}."
        )
    if name is not None or is_opened:
        raise ValueError(
            "Arguments `--model` and `--open` must not be given with "
            "`--static`: a folder has one model, and a page in files is opened "
            f"from a web host. Received: --static {folder} with them."
        )
    from kerasgen.cli.run_folder import load_trained

    trained = load_trained(find_run(source))
    from kerasgen import tasks

    found = _directions(trained, directions)
    tasks.write_playground(
        trained, folder, _name(source), found, onnxruntime_web
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    typer.echo(
        f"The page is in {folder} ({size / 1e6:.1f} MB), for any web host."
    )
    typer.echo("To look at it:")
    shown = shlex.join(
        ["python", "-m", "http.server", "--directory", str(folder)]
    )
    typer.echo(f"  {shown}")


def _name(source):
    """What the page calls a model: as its file or folder."""
    path = pathlib.Path(source).resolve()
    return path.stem if path.suffix == ".keras" else path.name


def _directions(trained, method):
    if method is None:
        return None
    from kerasgen.tasks import latent_directions

    found, _ = latent_directions(trained, method.value)
    return found


def _model(source, name, directions):
    """The model that is meant, once it is known to be there, and its place."""
    if source.startswith(("http://", "https://")):
        if directions is not None:
            raise ValueError(
                "Argument `--directions` is for runs, whose weights are here. "
                f"Received: --directions {directions} with {source}."
            )
        from kerasgen.serving.served_model import ServedModel

        served = ServedModel(_url(source, name))
        return served, served.describe()["source"]
    if name is not None:
        raise ValueError(
            "Argument `--model` is for servers, and a folder has one model. "
            f"Received: --model {name} with {source}."
        )
    folder, model_name = find_export(source)
    load_tensorflow()
    from kerasgen.serving.exported_model import ExportedModel

    found = None
    if directions is not None:
        from kerasgen.cli.run_folder import load_trained

        found = _directions(load_trained(find_run(source)), directions)
    return ExportedModel(folder, model_name, found), folder


def _url(source, name):
    if (_MODELS in source) == (name is not None):
        raise ValueError(
            f"The model must be named once, as in http://host:8501{_MODELS}"
            "NAME or by `--model NAME`. Received: "
            f"{source}{f' --model {name}' if name else ''}."
        )
    if name is None:
        return source
    return source.rstrip("/") + _MODELS + urllib.parse.quote(name, safe="")
