"""TensorFlow Serving's REST interface, by the standard library.

Requests and answers are in columns: `{"inputs": {name: rows}}` and
`{"outputs": {name: rows}}`. Of a signature with one output the server leaves
out the name, and `outputs` is the rows.
"""

import base64
import http.client
import json
import time
import urllib.parse

from kerasgen.serving import answers
from kerasgen.serving.transport import MAX_ANSWER_BYTES
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
_SHOWN = 500  # Characters of an error, or of an answer that is no JSON.
_PART = 2**16  # Bytes to read at a time.
_MAX_METADATA = 2**24  # Bytes of what a server says of a model.
_SLACK = 2**20  # Bytes for names, errors and blanks in an answer.


class RestTransport:
    """Asks a server over HTTP.

    Each request has a connection of its own, so that threads share nothing and
    a connection that the server has closed is never met.

    Args:
        server: `ServerAddress`.
        model: `ModelAddress`.
        max_answer_bytes: int. Where the server sends more, reading ends.
    """

    def __init__(self, server, model, max_answer_bytes=MAX_ANSWER_BYTES):
        self._connection = _CONNECTIONS[server.scheme]
        self._host, self._port = server.host, server.port
        self._name = server.place
        self._max_answer_bytes = max_answer_bytes
        self._headers = {"Content-Type": "application/json"}
        if server.authorization is not None:
            # Goes nowhere else: redirections and proxies are not followed.
            self._headers["Authorization"] = server.authorization
        path = f"/v1/models/{_quoted(model.name)}"
        self._model = server.path + path
        self._version = self._model
        if model.version is not None:
            self._version += f"/versions/{model.version}"
        elif model.label is not None:
            self._version += f"/labels/{_quoted(model.label)}"

    def signature_defs(self, timeout):
        """dict from name to `SignatureDef` in its JSON form."""
        path = f"{self._version}/metadata"
        keys = "metadata", "signature_def", "signature_def"
        return self._ask("GET", path, keys, timeout, most=_MAX_METADATA)

    def versions(self, timeout):
        """List of `ModelVersionStatus` in their JSON form."""
        keys = ("model_version_status",)
        return self._ask("GET", self._model, keys, timeout, most=_MAX_METADATA)

    def predict(self, signature, inputs, outputs, timeout):
        """Runs a signature.

        Args:
            signature: str.
            inputs: dict from name to array, of equally many rows.
            outputs: dict from name to a dict with its dtype and shape.
            timeout: float. Seconds.

        Returns:
            dict from name to array; of objects where they are bytes.
        """
        request = {
            "signature_name": signature,
            "inputs": {name: rows.tolist() for name, rows in inputs.items()},
        }
        body = json.dumps(request, default=as_base64).encode()
        path = f"{self._version}:predict"
        num_rows = len(next(iter(inputs.values())))
        most = answers.most_bytes(outputs, num_rows)
        answer = self._ask("POST", path, ("outputs",), timeout, body, most)
        if len(outputs) == 1:
            answer = dict.fromkeys(outputs, answer)
        return {
            name: answers.from_json(name, spec, num_rows, _field(answer, name))
            for name, spec in outputs.items()
        }

    def forward(self, method, ending, timeout, body=None):
        """Hands a request on, as it is.

        Args:
            method: str. `"GET"` or `"POST"`.
            ending: str. What follows the model in the path.
            timeout: float. Seconds.
            body: bytes, or `None`.

        Returns:
            (status, bytes) of the answer.
        """
        return self._exchange(method, self._version + ending, timeout, body)

    def _ask(self, method, path, keys, timeout, body=None, most=None):
        """A field of the server's answer, by the keys that lead to it."""
        status, content = self._exchange(method, path, timeout, body, most)
        text = content.decode(errors="replace")
        answer = _parsed(text)
        if status != 200:
            message = str(_field(answer, "error") or text or "no message")
            error = _ERRORS.get(status, RuntimeError)
            raise error(
                f"{self._name} answered {status}: {message.strip()[:_SHOWN]}"
            )
        for key in keys:
            answer = _field(answer, key)
        if answer is None:
            raise RuntimeError(
                f"{self._name} answered without {'.'.join(keys)!r}, not as "
                f"TensorFlow Serving does: {text[:_SHOWN]}"
            )
        return answer

    def _exchange(self, method, path, timeout, body=None, most=None):
        """(status, bytes) of an answer that came in time.

        `most` is how many bytes it can have, `None` where that is not known.
        """
        limit = self._max_answer_bytes
        if most is not None:
            limit = min(limit, most + _SLACK)
        connection = self._connection(self._host, self._port, timeout=timeout)
        deadline = time.monotonic() + timeout
        try:
            connection.connect()
            # The connection forgets it where the server closes it.
            sock = connection.sock
            sock.settimeout(_left(deadline))
            connection.request(method, path, body, self._headers)
            sock.settimeout(_left(deadline))
            response = connection.getresponse()
            return response.status, _read(response, sock, deadline, limit)
        except TimeoutError as error:
            raise TimeoutError(
                f"{self._name} did not answer in {timeout:g} seconds."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(
                f"{self._name} cannot be reached by HTTP: {error!r}"
            ) from error
        finally:
            connection.close()


def _read(response, sock, deadline, limit):
    """The body, in parts, each of which has the time that is left.

    A socket's own timeout begins anew whenever a byte comes.
    """
    parts, size, promised = [], 0, response.length or 0
    while max(size, promised) <= limit and not response.isclosed():
        sock.settimeout(_left(deadline))
        part = response.read1(_PART)
        if not part:
            break
        parts.append(part)
        size += len(part)
    if max(size, promised) > limit:
        raise RuntimeError(
            f"The server sent more than the {limit:,} bytes that an answer can "
            "have. If it is right to, ask for fewer rows at a time, or raise "
            "`max_answer_bytes`."
        )
    content = b"".join(parts)
    if response.length:
        raise http.client.IncompleteRead(content, response.length)
    return content


def _left(deadline):
    """Seconds until a deadline, which must not have passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _parsed(text):
    """JSON, or `None`: proxies send other text, servers invalid escapes."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _field(answer, key):
    return answer.get(key) if isinstance(answer, dict) else None


def as_base64(value):
    """Bytes as JSON, in the form of TensorFlow Serving.

    To be the `default` of `json.dumps`, which asks it for what JSON has not.
    """
    return {"b64": base64.b64encode(value).decode()}
