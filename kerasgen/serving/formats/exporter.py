"""Signatures -> a file of a format, whole or not at all."""

import pathlib

from kerasgen.serving import strict_json
from kerasgen.utils import files
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.tracing import traced
from kerasgen.version import __version__


def export_file(
    signatures, examples, about, path, format, signature="serving_default"
):
    """Writes a signature to a file, and compares its answers with Keras's.

    Args:
        signatures: dict from name to (function, list of `tf.TensorSpec`).
        examples: dict from name of an input to array of a few rows.
        about: dict of JSON values that the file's metadata has.
        path: str or `pathlib.Path`.
        format: str. `"onnx"`.
        signature: str. Which of them.

    Returns:
        `pathlib.Path` of the file.
    """
    path = pathlib.Path(path)
    check_choice("format", format, ("onnx",))
    check_choice("signature", signature, tuple(signatures))
    # Its packages are an extra.
    from kerasgen.serving.formats import onnx_file

    function, specs = signatures[signature]
    trace = traced(function, specs)
    properties = {
        "kerasgen": strict_json.dump(
            {"kerasgen": __version__, **about}
        ).decode()
    }
    with files.atomic_path(path) as scratch:
        onnx_file.write({signature: trace}, properties, scratch)
    return path
