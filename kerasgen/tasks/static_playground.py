"""A model on a web page that runs it by itself."""

import dataclasses
import os
import pathlib

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.data.endpoint_kinds import Uniforms
from kerasgen.engine.finite import check_weights
from kerasgen.models import GenerativeModel
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.endpoints import described
from kerasgen.models.endpoints import signatures_of
from kerasgen.serving import description
from kerasgen.serving import static_page
from kerasgen.serving.formats.exporter import export_file
from kerasgen.utils import files
from kerasgen.utils import random
from kerasgen.utils.tracing import traced


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
    if directions is not None:
        directions = _checked_directions(model, directions)
    runtime = onnxruntime_web and static_page.find_runtime(onnxruntime_web)
    check_weights(model)
    served = model._computing_in("float32")
    draw = _draw(served)
    page = _described(name, served.about(), directions)
    with files.atomic_path(path) as scratch:
        scratch.mkdir()
        _write_draw(served, draw, scratch / "draw.onnx")
        if served.can("decode"):
            served.export(
                scratch / "decode.onnx", format="onnx", signature="decode"
            )
        shape = draw.inputs["uniforms"].shape
        static_page.write(scratch, page, shape, runtime)
    return path


def _checked_directions(model, directions):
    directions = np.asarray(directions, np.float32)
    decode = model.endpoints().get("decode")
    shape = () if decode is None else decode.inputs["latents"].shape
    if len(shape) != 1 or directions.shape[1:] != shape:
        expected = f"(n, {shape[0]})" if len(shape) == 1 else "none"
        raise ValueError(
            "Argument `directions` must be of latents, of shape (n, "
            f"latent_dim): here {expected}. Received: shape "
            f"{directions.shape}."
        )
    if not np.isfinite(directions).all():
        raise ValueError("Argument `directions` must be finite.")
    return directions


def _draw(model):
    """The endpoint of uniform numbers that the page begins with.

    Raises:
        ValueError: if there is none.
    """
    table = model.endpoints()
    if "generate" in table and "decode" in table:
        generate, decode = table["generate"], table["decode"]
        others = {
            name: kind
            for name, kind in generate.inputs.items()
            if name != "seeds" and name not in decode.inputs
        }
        uniforms = {"uniforms": Uniforms(model.prior_shape)}
        return Endpoint(
            model.with_averages(model.latents_from_seeds),
            uniforms | others,
            {"latents": decode.inputs["latents"]},
        )
    drawn = model.portable_endpoints().get("generate")
    # Texts go on from prompts, which the page's samples have not.
    if drawn is None or not {"uniforms", "labels"}.issuperset(drawn.inputs):
        what = "draws nothing by seeds"
        if "generate" in table:
            (kind, *_) = table["generate"].outputs.values()
            what = f"draws {kind.noun}"
        raise ValueError(
            "Argument `model` must draw images or rows of numbers by seeds, to "
            "be drawn in a page without a server: GANs, VAEs, autoencoders, "
            "flows, models of pixels. "
            f"Received: {type(model).__name__}, which {what}. Serve it by "
            "`kerasgen playground RUN`."
        )
    function = model.with_averages(drawn.function)
    return dataclasses.replace(drawn, function=function)


def _write_draw(model, draw, path):
    """Writes that endpoint as an ONNX file, if it draws as seeds do."""
    examples = {name: kind.examples(2) for name, kind in draw.inputs.items()}
    seeds = tf.constant([[0, 0], [0, 1]])
    shape = draw.inputs["uniforms"].shape
    examples["uniforms"] = random.uniform_from_seed_rows(seeds, shape).numpy()
    labels = [rows for name, rows in examples.items() if name != "uniforms"]
    (name,) = draw.outputs
    by_seeds = traced(draw.named)(seeds, *labels)[name]
    by_uniforms = traced(draw.named)(*map(tf.constant, examples.values()))[name]
    if not np.allclose(by_seeds, by_uniforms, rtol=1e-3, atol=1e-3):
        raise RuntimeError(
            f"{type(model).__name__} draws other samples from uniform numbers "
            "than from the seeds that these were drawn from. Its `prior_shape` "
            "must be the shape of what it draws."
        )
    export_file(
        signatures_of({"draw": draw}, "draw"),
        examples,
        {"signatures": described({"draw": draw}, "draw")},
        path,
        format="onnx",
        signature="draw",
    )


def _described(name, about, directions):
    """What the page needs to know, as `ExportedModel.describe` says it."""
    stated = about["signatures"]
    names = [name for name in ("generate", "decode") if name in stated]
    signatures = description.with_batch_axis(stated, names)
    source = f"runs in this browser, by ONNX Runtime Web {static_page.VERSION}"
    return {
        "name": name,
        "source": source,
        "model": about["model"],
        "num_classes": about["num_classes"],
        "class_names": about["class_names"],
        "signatures": signatures,
        "directions": None if directions is None else directions.tolist(),
    }
