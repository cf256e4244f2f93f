"""A model of TensorFlow Serving, to hand requests on to."""

import dataclasses
import http
import re
import urllib.parse

import numpy as np

from kerasgen.serving import kinds
from kerasgen.serving import rest_request
from kerasgen.serving import signature_specs
from kerasgen.serving import strict_json
from kerasgen.serving.address import parse_address
from kerasgen.serving.rest_transport import RestTransport
from kerasgen.serving.transport import ModelAddress

_PATH = re.compile(
    r"(.*)/v1/models/([^/]+)(?:/versions/(\d+)|/labels/([^/]+))?/?"
)
_EXPECTED = (
    "http://host:8501/v1/models/NAME, where /versions/N or /labels/LABEL may "
    "follow"
)
_SHOWN = 500  # Characters of an error that is no JSON.
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
        labels: tuple of str. The label that the URL names, if any.

    The methods raise `TimeoutError` and `ConnectionError` where the server does
    not answer; `describe` also `LookupError` if it has no such model, and
    `RuntimeError` for its other errors.
    """

    def __init__(self, url):
        address = parse_address(url, ("http", "https"), "url", _EXPECTED)
        parts = _PATH.fullmatch(address.path)
        if not parts:
            raise ValueError(
                f"Argument `url` must be {_EXPECTED}. "
                f"Received: url={str(address)!r}."
            )
        self._source = str(address)
        self._signatures = None  # Once they are read.
        prefix, name, self.version, label = parts.groups()
        self.name = urllib.parse.unquote(name)
        label = label and urllib.parse.unquote(label)
        self.labels = () if label is None else (label,)
        self._transport = RestTransport(
            dataclasses.replace(address, path=prefix),
            ModelAddress(
                self.name,
                self.version and int(self.version),
                label,
            ),
        )

    def describe(self):
        """What the page needs to know, a dict of JSON values."""
        signatures = self._read_signatures()
        return {
            "name": self.name,
            "source": self._source,
            "model": None,
            "num_classes": kinds.num_classes(signatures),
            "class_names": self._class_names(signatures),
            "signatures": signatures,
        }

    def _read_signatures(self):
        self._signatures = signature_specs.from_metadata(
            self._transport.signature_defs(_TIMEOUT)
        )
        return self._signatures

    def _class_names(self, signatures):
        if "classes" not in signatures:
            return None  # Or their names stand nowhere.
        found = self._transport.predict(
            "classes",
            {"labels": np.zeros(1, np.int32)},
            signatures["classes"]["outputs"],
            _TIMEOUT,
        )
        return signature_specs.class_names(found["class_names_bytes"])

    def status(self):
        """(status, bytes) of what the server says of its versions."""
        return _strict(self._transport.forward("GET", "", _TIMEOUT))

    def metadata(self):
        """(status, bytes) of what the server says of the signatures."""
        return _strict(self._transport.forward("GET", "/metadata", _TIMEOUT))

    def predict(self, body):
        """Hands a request on.

        Args:
            body: bytes. The request.

        Returns:
            (status, bytes) of the server's answer.

        Raises:
            ValueError: if the request is no JSON, or has values out of the
                bounds that kerasgen's signatures have.
            RuntimeError: if the answer is none; NaN is not in JSON.
        """
        request = strict_json.parse_request(body)
        try:
            _check(request, self._signatures or self._read_signatures())
        except ValueError:
            # A version that was published since may take it.
            _check(request, self._read_signatures())
        return _strict(
            self._transport.forward("POST", ":predict", _TIMEOUT, body)
        )


def _check(request, signatures):
    """Raises for values out of the bounds of a signature's kinds."""
    try:
        name, arrays = rest_request.checked(request, signatures)
    except ValueError:
        return  # The server itself says what does not fit.
    kinds.check_bounds(signatures[name]["inputs"], arrays)


def _strict(answer):
    """An answer that is JSON, also where the server's own is not quite."""
    status, content = answer
    try:
        strict_json.parse(content)
    except ValueError as error:
        text = content.decode(errors="replace")[:_SHOWN]
        if status == http.HTTPStatus.OK:
            raise RuntimeError(
                f"The server's answer is no JSON: {error}"
            ) from error
        # TensorFlow Serving escapes quotes as C does; proxies send pages.
        content = strict_json.dump({"error": text})
    return status, content
