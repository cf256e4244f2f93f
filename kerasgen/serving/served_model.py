"""A model of TensorFlow Serving, to hand requests on to."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

from kerasgen.serving import signature_specs

_TIMEOUT = 60  # Seconds that the server may take.


class ServedModel:
    """A model of TensorFlow Serving.

    Args:
        url: str. `http://host:8501/v1/models/NAME`, where `/versions/N` or
            `/labels/LABEL` may follow.
    """

    def __init__(self, url):
        self._url = url.rstrip("/")
        _, _, path = self._url.partition("/v1/models/")
        self.name = urllib.parse.unquote(path.split("/")[0])

    def describe(self):
        """What the page needs to know, a dict of JSON values.

        Raises:
            ConnectionError: if the server does not answer, or with an error.
        """
        status, content = self._ask("/metadata")
        if status != 200:
            raise ConnectionError(
                f"{self._url} answered {status}: "
                f"{content.decode(errors='replace')}"
            )
        try:
            found = json.loads(content)["metadata"]["signature_def"]
            signatures = signature_specs.from_metadata(found["signature_def"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConnectionError(
                f"{self._url} does not answer as TensorFlow Serving does: "
                f"{error!r}"
            ) from error
        return {
            "name": self.name,
            "source": self._url,
            "model": None,
            "num_classes": None,
            "signatures": signatures,
        }

    def predict(self, body):
        """Hands a request on.

        Args:
            body: bytes. The request.

        Returns:
            (status, bytes) of the server's answer.

        Raises:
            ConnectionError: if the server does not answer.
        """
        return self._ask(":predict", body)

    def _ask(self, ending, body=None):
        request = urllib.request.Request(
            self._url + ending, body, {"Content-Type": "application/json"}
        )
        # The environment's proxy is for the web, not for a server of one's own.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(
                f"{self._url} cannot be reached: {error}"
            ) from error
