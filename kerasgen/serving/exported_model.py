"""An export that answers in TensorFlow Serving's REST format, without it."""

import json
import re

import tensorflow as tf

from kerasgen.serving import description
from kerasgen.serving import signature_specs
from kerasgen.serving.rest_transport import as_base64
from kerasgen.serving.saved_model import SavedModel

MAX_ROWS = 1024
# TensorFlow puts a graph's own message between where it arose and node names.
_ASSERTION = re.compile(r"assertion failed: \[(.*?)\] (\[.*?\])")


class ExportedModel:
    """A version of an export, loaded into this process.

    It may be asked by several threads at once.

    Args:
        folder: `pathlib.Path` of the version.
        name: str. What to call the model.

    Attributes:
        name: str.
        version: str. The folder's number, or `"1"` where it has none.

    Raises:
        ValueError: if there is no SavedModel to read.
    """

    def __init__(self, folder, name):
        self.name = name
        self._folder = folder
        number = int(folder.name) if folder.name.isdecimal() else 1
        self.version = str(number)
        self._signature_defs = SavedModel(folder).signature_defs()
        self._signatures = signature_specs.from_metadata(self._signature_defs)
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
            "class_names": about.get("class_names"),
            "signatures": self._signatures,
        }

    def status(self):
        """(status, bytes) of the one version, as a server would say it."""
        version = {
            "version": self.version,
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        return _answer({"model_version_status": [version]})

    def metadata(self):
        """(status, bytes) of the signatures, as a server would say them."""
        model = {
            "name": self.name,
            "signature_name": "",
            "version": self.version,
        }
        signatures = {"signature_def": self._signature_defs}
        return _answer(
            {"model_spec": model, "metadata": {"signature_def": signatures}}
        )

    def predict(self, body):
        """Runs a signature.

        Args:
            body: bytes. `{"signature_name": ..., "inputs": {name: column}}`,
                or `"instances": [{name: value}, ...]` in place of `"inputs"`.
                A single input may go without its name.

        Returns:
            (status, bytes) of the answer: `{"outputs": {name: column}}`, or
            `{"predictions": [{name: value}, ...]}` where there were instances.
            A single output goes without its name.

        Raises:
            ValueError: if the request does not fit the model.
            RuntimeError: if the model fails.
        """
        request = _parsed(body)
        columns = self._run(*self._checked(request))
        if len(columns) == 1:
            (found,) = columns.values()
        elif "inputs" in request:
            found = columns
        else:
            rows = zip(*columns.values())
            found = [dict(zip(columns, values)) for values in rows]
        return _answer(
            {"outputs" if "inputs" in request else "predictions": found}
        )

    def _run(self, signature, arrays):
        """The outputs of a signature, nested lists by name."""
        try:
            outputs = self._loaded.signatures[signature](
                **{name: tf.constant(rows) for name, rows in arrays.items()}
            )
        except tf.errors.InvalidArgumentError as error:
            found = _ASSERTION.search(error.message)
            raise ValueError(
                f"{found[1]}. Received: {found[2]}." if found else error.message
            ) from error
        except tf.errors.OpError as error:
            raise RuntimeError(error.message) from error
        return {name: rows.numpy().tolist() for name, rows in outputs.items()}

    def _checked(self, request):
        """The signature of a request, and its inputs as arrays that fit."""
        signature = request.get("signature_name", "serving_default")
        # Not `in`: what is no text may have no hash.
        if signature not in list(self._signatures):
            raise ValueError(
                f"There is no signature {signature!r}. There are: "
                f"{', '.join(self._signatures)}."
            )
        specs = self._signatures[signature]["inputs"]
        if "inputs" in request:
            inputs = request["inputs"]
        else:
            inputs = _columns(request["instances"])
        if len(specs) == 1 and not isinstance(inputs, dict):
            inputs = dict.fromkeys(specs, inputs)
        if not isinstance(inputs, dict):
            raise ValueError(f"Inputs must have names: {', '.join(specs)}.")
        arrays = signature_specs.checked_inputs(signature, specs, inputs)
        for name, array in arrays.items():
            if len(array) > MAX_ROWS:
                raise ValueError(
                    f"'{name}' must have at most {MAX_ROWS} rows. "
                    f"Received: {len(array)}."
                )
        return signature, arrays


def _parsed(body):
    """A request to predict, which has either inputs or instances."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The request is no JSON: {error}") from error
    is_object = isinstance(request, dict)
    if not is_object or ("inputs" in request) == ("instances" in request):
        raise ValueError(
            "The request must be an object with 'inputs' or with 'instances'."
        )
    return request


def _columns(instances):
    """Rows as columns: by name, where the rows have names."""
    if not isinstance(instances, list):
        raise ValueError("'instances' must be a list of rows.")
    if not any(isinstance(row, dict) for row in instances):
        return instances
    first = instances[0]
    for row in instances:
        if not isinstance(row, dict) or set(row) != set(first):
            raise ValueError(
                "All rows in 'instances' must have the same names."
            )
    return {name: [row[name] for row in instances] for name in first}


def _answer(value):
    return 200, json.dumps(value, default=as_base64).encode()
