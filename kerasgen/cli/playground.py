"""`kerasgen playground`: a page to try a model on."""

import urllib.parse
import webbrowser
from typing import Annotated

import typer

from kerasgen.cli.choices import DirectionsMethod
from kerasgen.cli.exports import find_export
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
):
    """Try a model in the browser.

    The page has what the model can do: samples by seed, sliders over latents,
    the way from one image to another, and an image of your own, drawn or
    dropped, to reconstruct, to score or to put into a cluster. Answers come
    from TensorFlow Serving, or from the run's SavedModel, loaded here. The
    playground answers TensorFlow Serving's REST requests too, such as those of
    `kerasgen generate --server`. Ctrl-C ends it.

    Examples:

        kerasgen playground runs/vae_digits --open

        kerasgen playground runs/gan_digits --directions sefa

        kerasgen playground runs/vae_digits --host 0.0.0.0

        kerasgen playground http://localhost:8501 --model vae_digits
    """
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
        from kerasgen.tasks import latent_directions

        trained = load_trained(source)
        found, _ = latent_directions(trained, directions.value)
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
