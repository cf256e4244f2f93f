"""A model on a web page that runs it by itself."""

import math
import os
import pathlib

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.engine.finite import check_weights
from kerasgen.models import GenerativeModel
from kerasgen.models.endpoints import examples_of
from kerasgen.serving import static_page
from kerasgen.serving.formats.exporter import export_file
from kerasgen.utils import files
from kerasgen.utils import random

_SHOWN = ("images", "rows", "tokens")


def write_playground(
    model: GenerativeModel,
    path: str | os.PathLike[str],
    name: str = "model",
    directions: npt.ArrayLike | None = None,
    onnxruntime_web: str | os.PathLike[str] | None = None,
) -> pathlib.Path:
    """Writes the playground as files: the browser runs the model.

    Any web host will do, as it has only files to send. The page draws samples
    by seed, those of `model.generate` but for rounding, and decodes latents
    that sliders move. It runs the model as ONNX by ONNX Runtime Web, on one
    thread of the processor.

    Args:
        model: `GenerativeModel` that draws images, rows or tokens by seeds.
        path: str or `pathlib.Path`. A folder that is not there yet, or is
            empty. It appears whole or not at all.
        name: str. What the page calls the model.
        directions: float array of shape `(n, latent_dim)` or None. Directions
            of latents that the page has sliders for besides, see
            `latent_directions`.
        onnxruntime_web: str or `pathlib.Path` of the npm package
            `onnxruntime-web`, unpacked, of the version that an error names.
            Its files are copied into the folder (14 MB). By default the page
            loads them from a public copy, jsdelivr.net. Either way they are run
            only if their checksums are those that are known here.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        FileExistsError: if there is something in the folder.
        FileNotFoundError: if `onnxruntime_web` has not the files.
        ImportError: without the packages of `kerasgen-zoo[runtimes]`.
        NotImplementedError: if the model has an operation that ONNX has not.
        ValueError: if the model cannot be drawn in a page, or the files of
            `onnxruntime_web` are others.

    Example:

    ```python
    model = kerasgen.load("vae_mnist")
    kerasgen.tasks.write_playground(model, "site", "digits")
    ```
    """
    path = pathlib.Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(
            f"{path} is there already, and is not overwritten. Choose another "
            "folder, or remove it first."
        )
    table = model.endpoints()
    _check(model, table)
    check_weights(model)
    runtime = onnxruntime_web and static_page.find_runtime(onnxruntime_web)
    served = model._computing_in("float32")
    signatures = served.signatures()
    about = served.about()
    decodes = "decode" in signatures
    function, specs, bits = _by_bits(
        *signatures["generate"], only="latents" if decodes else None
    )
    examples = examples_of(table)
    examples["bits"] = _example_bits(bits)
    with files.atomic_path(path) as scratch:
        scratch.mkdir()
        export_file(
            {"draw": (function, specs)},
            examples,
            {},
            scratch / "draw.onnx",
            format="onnx",
            signature="draw",
        )
        if decodes:
            export_file(
                signatures,
                examples,
                about,
                scratch / "decode.onnx",
                format="onnx",
                signature="decode",
            )
        described = _described(name, about, directions)
        static_page.write(scratch, described, bits, runtime)
    return path


def _check(model, table):
    drawn = table["generate"].outputs if "generate" in table else {}
    kinds = [kind.noun for kind in drawn.values()]
    if not kinds or kinds[0] not in _SHOWN:
        what = f"draws {kinds[0]}" if kinds else "draws nothing by seeds"
        raise ValueError(
            "Argument `model` must draw images or rows of numbers by seeds, to "
            "be drawn in a page without a server: GANs, VAEs, autoencoders, "
            "flows, models of pixels. "
            f"Received: {type(model).__name__}, which {what}. Serve it by "
            "`kerasgen playground RUN`."
        )


def _by_bits(function, specs, only):
    """`generate` with random bits as its first input, in place of seeds.

    Args:
        function: of seeds and others, returns a dict of tensors.
        specs: list of their `tf.TensorSpec`.
        only: str or None. The only output that is kept.

    Returns:
        (function of bits and the others, list of `tf.TensorSpec`, int, the
        bits of a row).
    """
    place = [spec.name for spec in specs].index("seeds")
    shapes = []

    def drawn(bits, *others):
        inputs = list(others)
        # Only how many there are matters.
        inputs.insert(place, tf.zeros((tf.shape(bits)[0], 2), tf.int32))
        with random.given_bits(bits) as given:
            outputs = function(*inputs)
        shapes.append(given.shape)
        return outputs if only is None else {only: outputs[only]}

    others = [spec for spec in specs if spec.name != "seeds"]

    def with_bits(number):
        return [tf.TensorSpec((None, number), tf.uint32, "bits"), *others]

    # How many there are, the function says by asking for them.
    tf.function(drawn).get_concrete_function(*with_bits(None))
    number = math.prod(shapes[0])
    return drawn, with_bits(number), number


def _example_bits(number):
    rows = tf.constant([[0, 0], [0, 1]])
    return np.asarray(random.bits_from_seed_rows(rows, (number,)))


def _described(name, about, directions):
    """What the page needs to know, as `ExportedModel.describe` says it."""
    signatures = {
        signature: {
            side: {
                key: {**field, "shape": [None, *field["shape"]]}
                for key, field in about["signatures"][signature][side].items()
            }
            for side in ("inputs", "outputs")
        }
        for signature in ("generate", "decode")
        if signature in about["signatures"]
    }
    source = f"runs in this browser, by ONNX Runtime Web {static_page.VERSION}"
    return {
        "name": name,
        "source": source,
        "model": about["model"],
        "num_classes": about["num_classes"],
        "class_names": about["class_names"],
        "signatures": signatures,
        "directions": (
            None if directions is None else np.asarray(directions).tolist()
        ),
    }
