"""A page to try a model on, and the small server behind it.

The page is `playground.html`, whole in itself. It asks `GET /model` what there
is, and `POST /v1/models/NAME:predict` as it would TensorFlow Serving. For other
clients there are `GET /v1/models/NAME` and `/v1/models/NAME/metadata` too, in
TensorFlow Serving's format.
"""

import http
import http.server
import json
import pathlib
import re
import socket
import sys
import urllib.parse

from kerasgen.serving.transport import NotServedError

_PAGE = pathlib.Path(__file__).with_suffix(".html")
_MODEL = re.compile(
    r"/v1/models/([^/:]+)(?:/versions/(\d+))?(/metadata|:predict)?"
)
_MAX_BODY = 16 * 2**20  # Bytes of a request.
# The page loads nothing from elsewhere; a browser makes sure of it.
_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
)
_EVERYWHERE = "0.0.0.0"
# An address for documentation, to which no machine answers.
_FAR_AWAY = ("192.0.2.1", 9)


class PlaygroundServer(http.server.ThreadingHTTPServer):
    """Serves the page and the answers of one model.

    Args:
        model: `ExportedModel` or `ServedModel`.
        host: str. The address to listen on; `"0.0.0.0"` for all of them.
        port: int. 0 for any that is free.

    Raises:
        OSError: if the address cannot be listened on.

    Example:

    ```python
    with PlaygroundServer(ExportedModel(folder, "vae"), port=0) as server:
        typer.echo(server.url)
        server.serve_forever()
    ```
    """

    # Browsers open several connections at once.
    request_queue_size = 64

    def __init__(self, model, host="127.0.0.1", port=8600):
        self.model = model
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise OSError(
                f"Cannot listen on {host}:{port}: {error}. Choose another "
                "port, or 0 for any that is free."
            ) from error

    @property
    def url(self):
        """The address of the page, on this machine."""
        host, port = self.server_address
        return f"http://{'127.0.0.1' if host == _EVERYWHERE else host}:{port}/"

    @property
    def url_of_others(self):
        """The address of the page for other machines; `None` if not known."""
        host, port = self.server_address
        if host == _EVERYWHERE:
            host = _own_address()
        is_local = host is None or host.startswith("127.")
        return None if is_local else f"http://{host}:{port}/"

    def handle_error(self, request, client_address):
        # A page that was closed while it was being answered is no error.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _own_address():
    """This machine's address in its network, `None` where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            # Sends nothing: it only chooses which network leads there.
            way.connect(_FAR_AWAY)
        except OSError:
            return None
        return way.getsockname()[0]


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = 60  # Seconds to wait for the rest of a request.

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/":
            self._send(http.HTTPStatus.OK, _PAGE.read_bytes(), "text/html")
        elif path == "/model":
            self._answer(self._described)
        elif self._asked() == "":
            self._answer(self.server.model.status)
        elif self._asked() == "/metadata":
            self._answer(self.server.model.metadata)
        else:
            self._fail(http.HTTPStatus.NOT_FOUND, f"There is no {path}.")

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if self._asked() != ":predict":
            self._fail(http.HTTPStatus.NOT_FOUND, f"There is no {self.path}.")
        elif not length.isdecimal():
            self._fail(
                http.HTTPStatus.LENGTH_REQUIRED,
                "The request must have a Content-Length.",
            )
        elif int(length) > _MAX_BODY:
            self._fail(
                http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request must have at most {_MAX_BODY:,} bytes.",
            )
        else:
            body = self.rfile.read(int(length))
            self._answer(lambda: self.server.model.predict(body))

    def log_message(self, *_):
        """Says nothing: the page shows what goes wrong."""

    def _asked(self):
        """What follows the model in the path, `None` in other paths."""
        model = self.server.model
        parts = _MODEL.fullmatch(urllib.parse.urlsplit(self.path).path)
        if parts is None or urllib.parse.unquote(parts[1]) != model.name:
            return None
        if parts[2] not in (None, model.version):
            return None
        return parts[3] or ""

    def _described(self):
        described = json.dumps(self.server.model.describe())
        return http.HTTPStatus.OK, described.encode()

    def _answer(self, ask):
        """Sends what `ask()` returns, or why it could not."""
        try:
            status, content = ask()
        except NotServedError as error:
            self._fail(http.HTTPStatus.NOT_FOUND, str(error))
        except ValueError as error:
            self._fail(http.HTTPStatus.BAD_REQUEST, str(error))
        except TimeoutError as error:
            self._fail(http.HTTPStatus.GATEWAY_TIMEOUT, str(error))
        except ConnectionError as error:
            self._fail(http.HTTPStatus.BAD_GATEWAY, str(error))
        except RuntimeError as error:
            self._fail(http.HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        else:
            self._send(status, content, "application/json")

    def _fail(self, status, message):
        content = json.dumps({"error": message}).encode()
        self._send(status, content, "application/json")

    def _send(self, status, content, kind):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
