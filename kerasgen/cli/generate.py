"""`kerasgen generate`: a model, trained or served -> new images."""

import pathlib
from typing import Annotated

import typer

from kerasgen.cli.options import find_run
from kerasgen.utils.labels import in_turn
from kerasgen.utils.labels import numbers_of
from kerasgen.utils.tables import joined


def generate(
    run: Annotated[
        pathlib.Path | None,
        typer.Argument(
            help="Folder of a finished run, a .keras file, the name of a saved "
            "model, or hf://owner/name of the hub."
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Ask TensorFlow Serving or a playground in place of a run, "
            "such as http://localhost:8501 or grpc://localhost:8500."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model's name on the server.")
    ] = None,
    num_samples: Annotated[int, typer.Option(help="How many images.")] = 64,
    seed: Annotated[
        int, typer.Option(help="Image i is decided by (seed, i).")
    ] = 0,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Classes to draw in turn, where the model has classes: names, "
            "such as automobile,ship, or numbers, such as 0,1,2 [all of them]."
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="The one class to draw, such as ship, or 7."),
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            help="How a text begins, of a model of texts. May be repeated: "
            "prompts are then taken in turn."
        ),
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(help="Tokens of a text, with its prompt [the model's]."),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Below 1 for likelier texts, above for others [the model's]."
        ),
    ] = None,
    top_k: Annotated[
        int | None,
        typer.Option(help="Draw of so many tokens, the likeliest [all]."),
    ] = None,
    top_p: Annotated[
        float | None,
        typer.Option(
            help="Draw of the likeliest tokens that have this probability "
            "together [all]."
        ),
    ] = None,
    out: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="A picture of all images (.png), or an array of shape (n, "
            "height, width, channels) in [0, 1] (.npy) [samples.png]. Of a "
            "model of rows a table (.csv) or an array, of tokens lines (.txt) "
            "or an array. Texts are printed, or go into a file (.txt)."
        ),
    ] = None,
):
    """Draw new images with a trained model, here or on a server.

    Example:

        kerasgen generate runs/vae_digits --num-samples 100 --out digits.png

        kerasgen generate runs/conditional_gan_mnist --label 7

        kerasgen generate runs/acgan_cifar10 --labels automobile,ship

        kerasgen generate --server http://localhost:8501 --model vae_mnist

        kerasgen generate runs/gpt_sums --prompt 12+34= --num-samples 4
    """
    import numpy as np

    from kerasgen.utils import files

    if out is not None:
        _check_ending(out, (".png", ".npy", ".csv", ".txt"))
    _check_one_of(labels, label)
    generator = _generator(run, server, model)
    _check_draws(generator, server)
    noun, suffix, show = _shown(generator, server)
    is_printed = out is None and noun == "texts"
    out = out or pathlib.Path("samples").with_suffix(suffix)
    _check_ending(out, (suffix, ".npy") if noun != "texts" else (suffix,))
    of_texts = {
        "prompts": prompt or None,
        "length": length,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
    }
    given = {k: v for k, v in of_texts.items() if v is not None}
    if given and noun != "texts":
        raise ValueError(
            f"Option `--{next(iter(given)).replace('_', '-')}` must be left "
            f"out: the model draws {noun}. It is for models of texts."
        )
    given_options = set(given) - {"prompts"}
    if server is not None and given_options:
        raise ValueError(
            f"Option `--{sorted(given_options)[0].replace('_', '-')}` must be "
            "left out with --server: an export has the settings that its model "
            "had. Set `model.temperature` and the like, and export again."
        )
    if (labels or label) is not None and generator.num_classes is None:
        raise ValueError(
            "Arguments `--labels` and `--label` must be left out: the model "
            f"knows no classes. Received: {labels or label}."
        )
    classes = _classes(labels, label, num_samples, generator.class_names)
    samples = generator.generate(num_samples, seed, labels=classes, **given)
    if is_printed:
        typer.echo(joined(samples))
        return
    if out.suffix == ".npy":
        with files.atomic_path(out) as scratch:
            np.save(scratch, samples)
    else:
        show(samples, out)
    typer.echo(f"{num_samples} {noun} are in {out}")


def _generator(run, server, model):
    """A trained model, or a client of a served one."""
    if (run is None) == (server is None):
        given = "neither" if run is None else "both"
        raise ValueError(
            "One of the arguments `RUN`, a folder, and `--server`, an address, "
            f"must be given. Received: {given}."
        )
    if (server is None) != (model is None):
        raise ValueError(
            "Argument `--model` must be given with `--server`, and only then. "
            f"Received: --server={server}, --model={model}."
        )
    if server is None:
        run = find_run(run)
        from kerasgen.cli.run_folder import load_trained

        return load_trained(run)
    from kerasgen.serving.client import Client

    if server.startswith("grpc://"):
        from kerasgen.cli.tensorflow_import import load_tensorflow

        load_tensorflow()
    return Client(server, model)


def _check_draws(generator, server):
    """Raises for a model that draws nothing, as those between two domains."""
    names = generator.endpoints() if server is None else generator.signatures()
    if "generate" not in names:
        raise ValueError(
            "Argument `RUN` or `--model` must be of a model that draws data. "
            f"Received: one that can be asked for {', '.join(names)}. "
            "`kerasgen translate` translates images."
        )


def _shown(generator, server):
    """(noun, ending of files, function that writes one) of what is drawn."""
    if server is None:
        kind = generator.drawn_kind
        return kind.noun, kind.suffix, kind.show
    # A client does without TensorFlow, and so without kinds.
    from kerasgen.serving import kinds
    from kerasgen.utils import images
    from kerasgen.utils import tables

    suffix, save = {
        "images": (".png", images.save_image_grid),
        "rows": (".csv", tables.save_rows),
        "texts": (".txt", tables.save_texts),
        "tokens": (".txt", tables.save_tokens),
    }[noun := _kind_of_samples(generator, kinds)]
    return noun, suffix, lambda samples, path: save(path, samples)


def _kind_of_samples(client, kinds):
    """What a served model draws, such as `"images"` or `"texts"`."""
    outputs = client.signatures()["generate"]["outputs"]
    return outputs[kinds.result(outputs)]["kind"]


def _check_ending(out, endings):
    if out.suffix not in endings:
        raise ValueError(
            f"Argument `--out` must end in {' or '.join(endings)}. "
            f"Received: {out}."
        )


def _check_one_of(labels, label):
    if labels is not None and label is not None:
        raise ValueError(
            "Arguments `--labels` and `--label` must not be given together. "
            "Received: both. Choose one."
        )


def _classes(labels, label, num_samples, names):
    """A class, or one an image, or `None` for the model's own choice."""
    if labels is None:
        return None if label is None else _class(label, names)
    words = [word.strip() for word in labels.split(",")]
    return in_turn([_class(word, names) for word in words], num_samples)


def _class(word, names):
    """A name where there are names, which may be numbers; else a number."""
    if word in (names or ()):
        return names.index(word)
    try:
        return int(word)
    except ValueError:
        return numbers_of(word, names).item()
