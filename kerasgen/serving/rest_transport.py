"""TensorFlow Serving's REST interface, by the standard library.

Requests and answers are in columns: `{"inputs": {name: rows}}` and
`{"outputs": {name: rows}}`. Of a signature with one output the server leaves
out the name, and `outputs` is the rows.
"""

import base64
import http.client
import json
import urllib.parse

import numpy as np

from kerasgen.serving.transport import NotServedError

_CONNECTIONS = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
_ERRORS = {
    400: ValueError,
    404: NotServedError,
    408: TimeoutError,
    503: ConnectionError,
    504: TimeoutError,
}
_SHOWN = 500  # Characters of an answer that is no JSON.


class RestTransport:
    """Asks a server over HTTP.

    Each request has a connection of its own, so that threads share nothing and
    a connection that the server has closed is never met.

    Args:
        server: `urllib.parse.SplitResult` of the server's URL.
        model: `ModelAddress`.
    """

    def __init__(self, server, model):
        self._server = server
        path = f"/v1/models/{_quoted(model.name)}"
        self._model = server.path.rstrip("/") + path
        self._version = self._model
        if model.version is not None:
            self._version += f"/versions/{model.version}"
        elif model.label is not None:
            self._version += f"/labels/{_quoted(model.label)}"

    def signature_defs(self, timeout):
        """dict from name to `SignatureDef` in its JSON form."""
        path = f"{self._version}/metadata"
        metadata = self._ask("GET", path, "metadata", timeout)
        return metadata["signature_def"]["signature_def"]

    def versions(self, timeout):
        """List of `ModelVersionStatus` in their JSON form."""
        return self._ask("GET", self._model, "model_version_status", timeout)

    def predict(self, signature, inputs, outputs, timeout):
        """Runs a signature.

        Args:
            signature: str.
            inputs: dict from name to array.
            outputs: dict from name to a dict with its dtype.
            timeout: float. Seconds.

        Returns:
            dict from name to array; of objects where they are bytes.
        """
        body = {
            "signature_name": signature,
            "inputs": {name: rows.tolist() for name, rows in inputs.items()},
        }
        path = f"{self._version}:predict"
        answer = self._ask("POST", path, "outputs", timeout, body)
        if len(outputs) == 1:
            answer = dict.fromkeys(outputs, answer)
        return {
            name: _array(answer[name], spec["dtype"])
            for name, spec in outputs.items()
        }

    def _ask(self, method, path, key, timeout, body=None):
        """One field of the server's answer."""
        try:
            status, text = self._exchange(method, path, timeout, body)
        except TimeoutError as error:
            raise TimeoutError(
                f"{self._server.netloc} did not answer in {timeout:g} seconds."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(
                f"{self._server.netloc} cannot be reached by HTTP: {error!r}"
            ) from error
        answer = _parsed(text)
        if status != 200:
            message = _field(answer, "error") or text[:_SHOWN] or "no message"
            error = _ERRORS.get(status, RuntimeError)
            raise error(
                f"{self._server.netloc} answered {status}: {message.strip()}"
            )
        found = _field(answer, key)
        if found is None:
            raise RuntimeError(
                f"{self._server.netloc} answered without {key!r}, not as "
                f"TensorFlow Serving does: {text[:_SHOWN]}"
            )
        return found

    def _exchange(self, method, path, timeout, body):
        connection = _CONNECTIONS[self._server.scheme](
            self._server.hostname, self._server.port, timeout=timeout
        )
        try:
            connection.request(
                method,
                path,
                None if body is None else json.dumps(body, default=as_base64),
                {"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _parsed(text):
    """JSON, or `None`: proxies send other text, servers invalid escapes."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _field(answer, key):
    return answer.get(key) if isinstance(answer, dict) else None


def as_base64(value):
    """Bytes as JSON, in the form of TensorFlow Serving.

    To be the `default` of `json.dumps`, which asks it for what JSON has not.
    """
    return {"b64": base64.b64encode(value).decode()}


def _array(rows, dtype):
    if dtype == "string":
        return np.array(_strings(rows), object)
    return np.array(rows, dtype)


def _strings(value):
    """Nested lists of bytes, from those of text and of base64 objects."""
    if isinstance(value, list):
        return [_strings(item) for item in value]
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return value.encode()
