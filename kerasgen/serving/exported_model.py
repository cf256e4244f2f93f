"""An export that answers in TensorFlow Serving's REST format, without it."""

import json

import tensorflow as tf

from kerasgen.serving import description
from kerasgen.serving import signature_specs
from kerasgen.serving.rest_transport import as_base64
from kerasgen.serving.saved_model import SavedModel

MAX_ROWS = 1024


class ExportedModel:
    """A version of an export, loaded into this process.

    It may be asked by several threads at once.

    Args:
        folder: `pathlib.Path` of the version.
        name: str. What to call the model.

    Raises:
        ValueError: if there is no SavedModel to read.
    """

    def __init__(self, folder, name):
        self.name = name
        self._folder = folder
        self._signatures = {
            key: {
                kind: {
                    field: {"dtype": tensor.dtype, "shape": tensor.shape}
                    for field, tensor in getattr(signature, kind).items()
                }
                for kind in ("inputs", "outputs")
            }
            for key, signature in SavedModel(folder).signatures.items()
        }
        # Its signatures hold no references to its variables.
        self._loaded = tf.saved_model.load(str(folder))

    def describe(self):
        """What the page needs to know, a dict of JSON values."""
        about = description.read(self._folder) or {}
        return {
            "name": self.name,
            # Not the path, which is no business of those who see the page.
            "source": f"{self.name}/{self._folder.name}",
            "model": about.get("model"),
            "num_classes": about.get("num_classes"),
            "signatures": self._signatures,
        }

    def predict(self, body):
        """Runs a signature.

        Args:
            body: bytes. `{"signature_name": ..., "inputs": {name: rows}}`.

        Returns:
            (status, bytes) of the answer `{"outputs": ...}`: the rows of the
            one output, or rows by name where there are several.

        Raises:
            ValueError: if the request does not fit the model.
            RuntimeError: if the model fails.
        """
        signature, inputs = self._parsed(body)
        try:
            outputs = self._loaded.signatures[signature](
                **{name: tf.constant(rows) for name, rows in inputs.items()}
            )
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(error.message) from error
        except tf.errors.OpError as error:
            raise RuntimeError(error.message) from error
        rows = {name: rows.numpy().tolist() for name, rows in outputs.items()}
        if len(rows) == 1:
            (rows,) = rows.values()
        answer = json.dumps({"outputs": rows}, default=as_base64)
        return 200, answer.encode()

    def _parsed(self, body):
        """The signature of a request, and its inputs as arrays that fit."""
        try:
            request = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The request is no JSON: {error}") from error
        if not isinstance(request, dict) or "inputs" not in request:
            raise ValueError("The request must be an object with 'inputs'.")
        signature = request.get("signature_name", "serving_default")
        # Not `in`: what is no text may have no hash.
        if signature not in list(self._signatures):
            raise ValueError(
                f"There is no signature {signature!r}. There are: "
                f"{', '.join(self._signatures)}."
            )
        specs = self._signatures[signature]["inputs"]
        inputs = request["inputs"]
        if len(specs) == 1 and not isinstance(inputs, dict):
            inputs = dict.fromkeys(specs, inputs)
        if not isinstance(inputs, dict):
            raise ValueError(f"'inputs' must have {', '.join(specs)} by name.")
        arrays = signature_specs.checked_inputs(signature, specs, inputs)
        for name, array in arrays.items():
            if len(array) > MAX_ROWS:
                raise ValueError(
                    f"'{name}' must have at most {MAX_ROWS} rows. "
                    f"Received: {len(array)}."
                )
        return signature, arrays
