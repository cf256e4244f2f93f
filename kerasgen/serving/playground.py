"""A page to try a model on, and the small server behind it.

The page is `playground.html`, whole in itself. It asks `GET /model` what there
is, and `POST /v1/models/NAME:predict` as it would TensorFlow Serving. For other
clients there are `GET /v1/models/NAME` and `/v1/models/NAME/metadata` too, in
TensorFlow Serving's format; `/versions/N` or `/labels/LABEL` may follow a name.
"""

import http
import http.server
import ipaddress
import pathlib
import re
import socket
import sys
import urllib.parse

from kerasgen.serving import strict_json
from kerasgen.serving.transport import NotServedError

PAGE = pathlib.Path(__file__).with_suffix(".html")
_MODEL = re.compile(
    r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?"
    r"(/metadata|:predict)?"
)
_MAX_BODY = 16 * 2**20  # Bytes of a request.
_MAX_DIGITS = 20  # Of the number of its bytes.
# The page loads nothing from elsewhere; a browser makes sure of it.
_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
)
# Addresses that stand for all of this machine's, and what leads to it then.
_OWN = {"0.0.0.0": "127.0.0.1", "::": "::1"}
# An address for documentation, to which no machine answers.
_FAR_AWAY = ("192.0.2.1", 9)


class PlaygroundServer(http.server.ThreadingHTTPServer):
    """Serves the page and the answers of one model.

    Args:
        model: `ExportedModel` or `ServedModel`.
        host: str. The address to listen on; `"0.0.0.0"` for all of them.
        port: int. 0 for any that is free.
        allowed_hosts: list of str. Names that browsers may know this machine
            by. Else they may use `localhost` and addresses that are this
            machine's: a page from elsewhere, whose name leads here, cannot
            ask.

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

    def __init__(self, model, host="127.0.0.1", port=8600, allowed_hosts=()):
        self.model = model
        self.allowed_hosts = {name.lower() for name in allowed_hosts}
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise OSError(
                f"Cannot listen on {host}:{port}: {error}. Choose another "
                "port, or 0 for any that is free."
            ) from error

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            # `::` is all addresses, those of IPv4 too, on every system.
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    @property
    def url(self):
        """The address of the page, on this machine."""
        host, port = self.server_address[:2]
        return _url(_OWN.get(host, host), port)

    @property
    def url_of_others(self):
        """The address of the page for other machines; `None` if not known."""
        host, port = self.server_address[:2]
        if host in _OWN:
            host = _own_address()
        if host is None or ipaddress.ip_address(host).is_loopback:
            return None
        return _url(host, port)

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


def _plain_address(text):
    """An address as a browser names it.

    A socket of IPv6 tells an IPv4 address as one of IPv6, and says on which
    network an address is that is its machine's in one network only.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _url(host, port):
    return (
        f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    )


def _name(host):
    """The name in a `Host` header, `None` where it is none."""
    try:
        parts = urllib.parse.urlsplit(f"//{host}")
        is_host = parts.netloc == host and parts.username is None
        # Reading the port finds those that are no numbers.
        return parts.hostname if is_host and parts.port != 0 else None
    except ValueError:
        return None


def _is_of(origin, host):
    """Whether a page is one of a host. Programs name no page."""
    return origin is None or origin.lower() in (
        f"http://{host}".lower(),
        f"https://{host}".lower(),
    )


def _forbidden(hosts):
    """What is said to those who ask for another host."""
    name = _name(hosts[0]) if len(hosts) == 1 else None
    if name is None:
        return "The request must name one host."
    return (
        f"This playground is not known as {name}. Ask it at localhost, or "
        f"start it with `--allow-host {name}`."
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = 60  # Seconds to wait for the rest of a request.

    def do_GET(self):
        if not self._may_ask():
            return
        path = self._path()
        if path == "/":
            self._send(http.HTTPStatus.OK, PAGE.read_bytes(), "text/html")
        elif path == "/model":
            self._answer(self._described)
        elif self._asked() == "":
            self._answer(self.server.model.status)
        elif self._asked() == "/metadata":
            self._answer(self.server.model.metadata)
        else:
            self._fail(http.HTTPStatus.NOT_FOUND, f"There is no {path}.")

    def do_POST(self):
        if not self._may_ask():
            return
        if self._asked() != ":predict":
            self._fail(http.HTTPStatus.NOT_FOUND, f"There is no {self.path}.")
            return
        length = self._length()
        if length is not None:
            body = self.rfile.read(length)
            self._answer(lambda: self.server.model.predict(body))

    def _may_ask(self):
        """Whether a request is one of ours; answers it if it is not.

        A page from elsewhere can have its own name lead to this machine, and
        then read what is here, or send forms to it.
        """
        hosts = self.headers.get_all("Host", [])
        origin = self.headers.get("Origin")
        if self._path() is None:
            self._fail(http.HTTPStatus.BAD_REQUEST, "The path is no URL.")
        elif len(hosts) != 1 or not self._is_own(_name(hosts[0])):
            self._fail(http.HTTPStatus.FORBIDDEN, _forbidden(hosts))
        elif self.command == "POST" and not _is_of(origin, hosts[0]):
            self._fail(
                http.HTTPStatus.FORBIDDEN,
                f"The page at {origin} must not ask this playground. Its own "
                "page may, and programs that are no browsers.",
            )
        else:
            return True
        return False

    def _is_own(self, name):
        """Whether a host is this machine, whatever a name server says."""
        if name is None:
            return False
        if name == "localhost" or name in self.server.allowed_hosts:
            return True
        try:
            address = _plain_address(name)
        except ValueError:
            return False
        reached = _plain_address(self.connection.getsockname()[0])
        return address.is_loopback or address == reached

    def _length(self):
        """The bytes of the body; `None` where the request was answered."""
        lengths = self.headers.get_all("Content-Length", [])
        if not lengths:
            self._fail(
                http.HTTPStatus.LENGTH_REQUIRED,
                "The request must have a Content-Length.",
            )
        elif len(lengths) > 1 or not lengths[0].isdecimal():
            self._fail(
                http.HTTPStatus.BAD_REQUEST,
                "The Content-Length must be one number.",
            )
        # Python reads no number of thousands of digits.
        elif len(lengths[0]) > _MAX_DIGITS or int(lengths[0]) > _MAX_BODY:
            self._fail(
                http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request must have at most {_MAX_BODY:,} bytes.",
            )
        else:
            return int(lengths[0])
        return None

    def log_message(self, *_):
        """Says nothing: the page shows what goes wrong."""

    def _path(self):
        """The path without a query, `None` where it cannot be read."""
        try:
            return urllib.parse.urlsplit(self.path).path
        except ValueError:  # Such as `http://[::1`.
            return None

    def _asked(self):
        """What follows the model in the path, `None` in other paths."""
        model = self.server.model
        parts = _MODEL.fullmatch(self._path())
        if parts is None or urllib.parse.unquote(parts[1]) != model.name:
            return None
        if parts[2] not in (None, model.version):
            return None
        if parts[3] and urllib.parse.unquote(parts[3]) not in model.labels:
            return None
        return parts[4] or ""

    def _described(self):
        described = strict_json.dump(self.server.model.describe())
        return http.HTTPStatus.OK, described

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
        content = strict_json.dump({"error": message})
        self._send(status, content, "application/json")

    def _send(self, status, content, kind):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
