"""A model of TensorFlow Serving, to hand requests on to."""

import re
import urllib.parse

from kerasgen.serving import signature_specs
from kerasgen.serving.rest_transport import RestTransport
from kerasgen.serving.transport import ModelAddress

_PATH = re.compile(
    r"(.*)/v1/models/([^/]+)(?:/versions/(\d+)|/labels/([^/]+))?/?"
)
_TIMEOUT = 60  # Seconds that the server may take.


class ServedModel:
    """A model of TensorFlow Serving.

    Args:
        url: str. `http://host:8501/v1/models/NAME`, where `/versions/N` or
            `/labels/LABEL` may follow.

    Raises:
        ValueError: if it is no such URL.

    Attributes:
        name: str.
        version: str, or `None` where the URL names none.

    The methods raise `TimeoutError` and `ConnectionError` where the server does
    not answer; `describe` also `LookupError` if it has no such model, and
    `RuntimeError` for its other errors.
    """

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        parts = _PATH.fullmatch(address.path)
        if not parts:
            raise ValueError(
                "Argument `url` must be http://host:8501/v1/models/NAME, where "
                "/versions/N or /labels/LABEL may follow. Received: "
                f"url={url!r}."
            )
        # As others may see it: without a password or a key.
        shown = address._replace(
            netloc=address.netloc.rpartition("@")[2], query="", fragment=""
        )
        self._source = shown.geturl()
        prefix, name, self.version, label = parts.groups()
        self.name = urllib.parse.unquote(name)
        self._transport = RestTransport(
            address._replace(path=prefix),
            ModelAddress(
                self.name,
                self.version and int(self.version),
                label and urllib.parse.unquote(label),
            ),
        )

    def describe(self):
        """What the page needs to know, a dict of JSON values."""
        found = self._transport.signature_defs(_TIMEOUT)
        return {
            "name": self.name,
            "source": self._source,
            "model": None,
            "num_classes": None,
            "signatures": signature_specs.from_metadata(found),
        }

    def status(self):
        """(status, bytes) of what the server says of its versions."""
        return self._transport.forward("GET", "", _TIMEOUT)

    def metadata(self):
        """(status, bytes) of what the server says of the signatures."""
        return self._transport.forward("GET", "/metadata", _TIMEOUT)

    def predict(self, body):
        """Hands a request on.

        Args:
            body: bytes. The request.

        Returns:
            (status, bytes) of the server's answer.
        """
        return self._transport.forward("POST", ":predict", _TIMEOUT, body)
