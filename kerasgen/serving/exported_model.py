"""An export that answers in TensorFlow Serving's REST format, without it."""

import tensorflow as tf

from kerasgen.serving import answers
from kerasgen.serving import description
from kerasgen.serving import kinds
from kerasgen.serving import rest_request
from kerasgen.serving import safety
from kerasgen.serving import signature_specs
from kerasgen.serving import strict_json
from kerasgen.serving.rest_transport import as_base64
from kerasgen.serving.saved_model import SavedModel

MAX_ROWS = 1024


class ExportedModel:
    """A version of an export, loaded into this process.

    It may be asked by several threads at once.

    Args:
        folder: `pathlib.Path` of the version.
        name: str. What to call the model.
        directions: float array of shape `(n, latent_dim)` or None. Directions
            of latents that the page has sliders for, see
            `kerasgen.tasks.latent_directions`.

    Attributes:
        name: str.
        version: str. The folder's number, or `"1"` where it has none.
        labels: tuple of str. Those of an only version, see
            `kerasgen.serving.write_server_config`.

    Raises:
        ValueError: if there is no SavedModel to read, if it does more than to
            compute, or if it is described as kerasgen does not.
    """

    labels = ("stable", "canary")

    def __init__(self, folder, name, directions=None):
        self.name = name
        self._directions = directions
        self._folder = folder
        number = int(folder.name) if folder.name.isdecimal() else 1
        self.version = str(number)
        saved = SavedModel(folder)
        safety.check_safe(saved)
        self._signature_defs = saved.signature_defs()
        self._about = description.read(folder) or {}
        self._signatures = signature_specs.from_metadata(
            self._signature_defs, self._about.get("num_classes")
        )
        # Its signatures hold no references to its variables.
        self._loaded = tf.saved_model.load(str(folder))

    def describe(self):
        """What the page needs to know, a dict of JSON values."""
        return {
            "name": self.name,
            # Not the path, which is no business of those who see the page.
            "source": f"{self.name}/{self._folder.name}",
            "model": self._about.get("model"),
            "num_classes": kinds.num_classes(self._signatures),
            "class_names": self._about.get("class_names"),
            "signatures": self._signatures,
            "directions": (
                None if self._directions is None else self._directions.tolist()
            ),
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
        request = strict_json.parse_request(body)
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
            raise ValueError(error.message) from error
        except tf.errors.OpError as error:
            raise RuntimeError(error.message) from error
        arrays = {name: rows.numpy() for name, rows in outputs.items()}
        answers.check_values(self._signatures[signature], arrays)
        return {name: rows.tolist() for name, rows in arrays.items()}

    def _checked(self, request):
        """The signature of a request, and its inputs as arrays that fit."""
        signature, arrays = rest_request.checked(request, self._signatures)
        for name, array in arrays.items():
            if len(array) > MAX_ROWS:
                raise ValueError(
                    f"'{name}' must have at most {MAX_ROWS} rows. "
                    f"Received: {len(array)}."
                )
        kinds.check_bounds(self._signatures[signature]["inputs"], arrays)
        return signature, arrays


def _answer(value):
    return 200, strict_json.dump(value, default=as_base64)
