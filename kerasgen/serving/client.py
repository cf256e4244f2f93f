"""Asks a server for what a model would do here."""

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgen.serving import answers
from kerasgen.serving import endpoint_inputs
from kerasgen.serving import kinds
from kerasgen.serving import signature_specs
from kerasgen.serving.address import parse_address
from kerasgen.serving.asker import Asker
from kerasgen.serving.rest_transport import RestTransport
from kerasgen.serving.transport import MAX_ANSWER_BYTES
from kerasgen.serving.transport import ModelAddress
from kerasgen.serving.transport import NotServedError
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.labels import numbers_of

_MIN_TIMEOUT = 0.001  # Seconds; 0 would mean not to wait at all.
_POLL = 0.2  # Seconds between looks at a server that is not ready.


class Client:
    """A model that is served, with the methods of the model.

    By TensorFlow Serving, or by `kerasgen playground`.

    Arrays in, arrays out, equal to what the exported model returns itself. Many
    rows go in several requests of at most `max_batch_size`. A request that
    could not be served at the moment (connection refused or lost, HTTP 503,
    gRPC `UNAVAILABLE`) is sent again, after a delay that doubles; requests
    change nothing on the server, so a second time does no harm. A timeout is
    not tried again: the work may be too much, and would only be repeated.

    What comes back is believed only if it is what the signature promises: its
    names, shapes and types, finite values, images in [0, 1].

    Without `version` and `label` the latest version answers, which may become
    another between two requests. What its signatures take is read once: make a
    new client when a version with other signatures is published.

    Clients may be shared by threads.

    Args:
        server: str. `"http://host:8501"` or `"https://..."` for the REST
            interface, by Python's standard library, or `"grpc://host:8500"`
            for gRPC, faster, by `pip install "kerasgen-zoo[serving]"`. A
            `user:password@` before the host is sent to it as basic
            authentication, and stands in no message; proxies and redirections
            are not followed.
        model: str. The name that the server knows the model by.
        version: int. Defaults to the latest.
        label: str. A label of a version, such as `"stable"`, in place of
            `version`.
        max_batch_size: int. Rows of a request. A server that batches refuses
            more than its own `max_batch_size`.
        timeout: float. Seconds that a request may take, to the last byte of
            its answer. Each try has as many.
        retries: int. How many times a request is sent again.
        max_answer_bytes: int. Reading ends where an answer has more, or more
            than its signature has room for.

    Attributes:
        server: str. Its address, without the password.

    Raises:
        ValueError: for arguments that are no such things.
        ImportError: for gRPC without `tensorflow-serving-api`.

    All methods raise:

    - `ValueError`: for arguments that do not fit the signature, before they
      are sent, or that the server refuses, with its words.
    - `LookupError`: if the server has no such model, version, label or
      signature. It is a `ValueError` too.
    - `TimeoutError`: if an answer takes longer than `timeout`.
    - `ConnectionError`: if the server is unavailable after all tries.
    - `RuntimeError`: for other errors of the server, with its words, and for
      answers that are not what the signature promises.

    Example:

    ```python
    client = kerasgen.serving.Client("http://localhost:8501", "vae_mnist")
    client.wait_until_ready()
    images = client.generate(64, seed=0)
    latents = client.encode(images)
    ```
    """

    def __init__(
        self,
        server: str,
        model: str,
        version: int | None = None,
        label: str | None = None,
        max_batch_size: int = 64,
        timeout: float = 60.0,
        retries: int = 3,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        if version is not None:
            check_count("version", version)
            if label is not None:
                raise ValueError(
                    "Arguments `version` and `label` must not be given "
                    f"together. Received: version={version!r}, "
                    f"label={label!r}. Choose one."
                )
        check_positive_integer("max_batch_size", max_batch_size)
        check_range("timeout", timeout, _MIN_TIMEOUT)
        check_count("retries", retries)
        check_positive_integer("max_answer_bytes", max_answer_bytes)
        address = parse_address(
            server,
            ("http", "https", "grpc"),
            "server",
            "an address such as 'http://localhost:8501' or "
            "'grpc://localhost:8500'",
        )
        self.server = str(address)
        self.model = ModelAddress(model, version, label)
        self.max_batch_size = max_batch_size
        self.timeout = timeout
        self.retries = retries
        self._transport = _transport(address, self.model, max_answer_bytes)
        self._signatures: dict[str, Any] | None = None
        self._class_names: list[Any] | None = None
        self._asker = Asker(self._transport, self.model, timeout, retries)

    # === Any signature ===

    def signatures(self) -> dict[str, Any]:
        """What can be asked, as the server describes it.

        Returns:
            dict from signature name to `{"inputs": fields, "outputs": fields}`,
            where fields are a dict from name to `{"dtype": str, "shape":
            tuple, "kind": str, "bounds": list}`; `None` in a shape is any
            number, of rows for example, and `None` for bounds is none. A kind
            is `"images"`, `"rows"`, `"tokens"`, `"latents"`, `"labels"`,
            `"seeds"`, `"values"`, `"strings"` or `"files"`; those with classes
            or a vocabulary say how many. The output that `call` returns has
            `is_result`.
        """
        if self._signatures is None:
            self._signatures = self._read_signatures()
        return self._signatures

    @property
    def num_classes(self) -> int | None:
        """The number of the model's classes.

        `None` where it has none, or was exported by an earlier kerasgen.
        """
        return kinds.num_classes(self.signatures())

    @property
    def class_names(self) -> list[str] | None:
        """List of str, the names of the classes; `None` where they have none.

        They are asked for once.
        """
        if self._class_names is None and "classes" in self.signatures():
            found = self.predict("classes", labels=[0])["class_names_bytes"]
            self._class_names = [signature_specs.class_names(found)]
        return self._class_names and self._class_names[0]

    def predict(
        self, signature: str, /, **inputs: npt.ArrayLike
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: str. One of `signatures()`.
            **inputs: arrays or nested lists by name, with equally many rows.

        Returns:
            dict from name to array, of Python's bytes where it is of strings.

        Example:

        ```python
        found = client.predict("assign", images=images)
        found["clusters"], found["probabilities"]
        ```
        """
        specs = self._specs(signature)
        arrays = signature_specs.checked_inputs(
            signature, specs["inputs"], inputs
        )
        kinds.check_bounds(specs["inputs"], arrays)
        num_rows = len(next(iter(arrays.values())))
        parts = []
        for start in range(0, num_rows, self.max_batch_size):
            rows = slice(start, start + self.max_batch_size)
            part = {name: array[rows] for name, array in arrays.items()}
            parts.append(
                self._asker.ask(
                    self._transport.predict, signature, part, specs["outputs"]
                )
            )
        found = {
            name: np.concatenate([part[name] for part in parts])
            for name in specs["outputs"]
        }
        answers.check_values(specs, found)
        return found

    def call(
        self,
        endpoint: str,
        /,
        *,
        num_samples: int | None = None,
        seed: int | None = None,
        output: str | None = None,
        **inputs: npt.ArrayLike | None,
    ) -> np.ndarray:
        """What the model's method of that name would return.

        Args:
            endpoint: str. One of `signatures()`.
            num_samples: int. How many rows are drawn by seeds, where nothing
                else says it.
            seed: int in `[0, 2**31 - 1]`, or `None` for a fresh one, where the
                endpoint takes seeds.
            output: str. Another output than the one of that method.
            **inputs: arrays or nested lists by name. Labels may be one for
                all rows, and names of `class_names`; where rows are drawn,
                they are taken in turn, by default all classes.

        Returns:
            array. `predict` returns all outputs.

        Example:

        ```python
        tokens = client.call("generate", num_samples=8, seed=0)
        pictures = client.call("to_target", source=images)
        nats = client.call(
            "log_likelihood", texts=["O"], output="token_log_likelihoods"
        )
        ```
        """
        specs = self._specs(endpoint)
        fields = specs["inputs"]
        arrays = endpoint_inputs.complete(
            endpoint, fields, inputs, num_samples, seed, self._numbered
        )
        result = output or kinds.result(specs["outputs"])
        check_choice("output", result, specs["outputs"])
        found = self.predict(endpoint, **arrays)[result]
        if specs["outputs"][result]["kind"] == "texts":
            found = np.array([text.decode() for text in found], object)
        return found

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Returns once the model can be asked.

        Args:
            timeout: float. Seconds to wait.

        Raises:
            TimeoutError: if it cannot by then, with the last reason.
        """
        check_range("timeout", timeout, _MIN_TIMEOUT)
        deadline = time.monotonic() + timeout
        while True:
            left = max(deadline - time.monotonic(), _MIN_TIMEOUT)
            try:
                found = self._transport.signature_defs(min(left, self.timeout))
                self._signatures = signature_specs.from_metadata(found)
                return
            except (OSError, ValueError, RuntimeError) as error:
                if time.monotonic() + _POLL > deadline:
                    raise TimeoutError(
                        f"{self.server} does not serve {self.model} after "
                        f"{timeout:g} seconds: {error}"
                    ) from error
            time.sleep(_POLL)

    # === The endpoints of kerasgen's models ===

    def generate(
        self,
        num_samples: int | None = None,
        seed: int | None = None,
        labels: npt.ArrayLike | None = None,
        prompts: str | list[str] | None = None,
    ) -> np.ndarray:
        """Draws data, those of `model.generate(num_samples, seed)`.

        Args:
            num_samples: int. Defaults to 1, or to one a prompt.
            seed: int in `[0, 2**31 - 1]`, or `None` for a fresh one.
            labels: class, or list or array of `num_samples` of them, where
                the model has classes: numbers, or names that stand in
                `class_names`. Defaults to each class in turn.
            prompts: str or list of str, taken in turn: how texts begin, of a
                model of texts.

        Returns:
            array of shape `(num_samples, *data_shape)`, of images float32; of
            texts, of str.
        """
        if num_samples is None:
            num_samples = 1 if prompts is None else np.size(prompts)
        return self._draw("generate", num_samples, seed, labels, prompts)

    def generate_png(
        self,
        num_samples: int = 1,
        seed: int | None = None,
        labels: npt.ArrayLike | None = None,
    ) -> list[bytes]:
        """Draws images as PNG files, drawn and compressed by the server.

        Args:
            num_samples: int.
            seed: int in `[0, 2**31 - 1]`, or `None` for a fresh one.
            labels: as in `generate`.

        Returns:
            list of bytes, a file each.
        """
        return self._draw("generate_png", num_samples, seed, labels).tolist()

    def encode(
        self, images: npt.ArrayLike, labels: npt.ArrayLike | None = None
    ) -> np.ndarray:
        """Turns images into latents.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].
            labels: int, or int array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of shape `(n, latent_dim)`.
        """
        return self._of_data("encode", images, labels=labels)

    def decode(
        self, latents: npt.ArrayLike, labels: npt.ArrayLike | None = None
    ) -> np.ndarray:
        """Turns latents into images.

        Args:
            latents: float array of shape `(n, latent_dim)`.
            labels: int, or int array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of shape `(n, *data_shape)`.
        """
        # Earlier versions had the signature `decode` of models that encode.
        known = "decode" in self.signatures()
        endpoint = "decode" if known else "serving_default"
        return self.call(endpoint, latents=latents, labels=labels)

    def reconstruct(
        self, images: npt.ArrayLike, labels: npt.ArrayLike | None = None
    ) -> np.ndarray:
        """Encodes images and decodes them again.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].
            labels: int, or int array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of the shape of `images`.
        """
        return self._of_data("reconstruct", images, labels=labels)

    def translate(
        self, images: npt.ArrayLike, to: str = "target"
    ) -> np.ndarray:
        """Translates images, of a model between two domains.

        Args:
            images: float array of shape `(n, *source_shape)`, in [0, 1]; to the
                source `(n, *target_shape)`.
            to: `"target"`, or `"source"` where the model has a way back.

        Returns:
            float32 array of the images of the other domain.
        """
        return self._of_data(f"to_{to}", images)

    def log_likelihood(
        self,
        images: npt.ArrayLike,
        seed: int | None = None,
        labels: npt.ArrayLike | None = None,
    ) -> np.ndarray:
        """Estimates `log p(x)` from below.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].
            seed: int in `[0, 2**31 - 1]`, or `None` for a fresh one. What is
                drawn for image `i` is a function of (`seed`, `i`).
            labels: int, or int array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of shape `(n,)`, in nats.
        """
        return self._of_data("log_likelihood", images, labels=labels, seed=seed)

    def anomaly_score(self, images: npt.ArrayLike) -> np.ndarray:
        """How abnormal images are, of the export of an `AnomalyDetector`.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].

        Returns:
            float32 array of shape `(n,)`, higher the more abnormal.
        """
        return self._of_data("anomaly_score", images)

    def is_anomaly(self, images: npt.ArrayLike) -> np.ndarray:
        """Which images are anomalies, by the threshold of the detector.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].

        Returns:
            bool array of shape `(n,)`.
        """
        return self._of_data("is_anomaly", images).astype(bool)

    def assign(self, images: npt.ArrayLike) -> np.ndarray:
        """The cluster of each image, of a model that finds clusters.

        Args:
            images: float array of shape `(n, *data_shape)`, in [0, 1].

        Returns:
            int32 array of shape `(n,)`, from 0.
        """
        return self._of_data("assign", images)

    # === Requests ===

    def _draw(self, endpoint, num_samples, seed, labels, prompts=None):
        check_positive_integer("num_samples", num_samples)
        return self.call(
            endpoint,
            num_samples=num_samples,
            seed=seed,
            labels=labels,
            prompts=prompts,
        )

    def _of_data(self, endpoint, rows, **also):
        """`call` of an endpoint that takes data and nothing like it."""
        names = kinds.data(self._specs(endpoint)["inputs"])
        name = names[0] if len(names) == 1 else "images"
        return self.call(endpoint, **{name: rows}, **also)

    def _numbered(self, labels):
        """Labels, with the numbers of those that are names."""
        if np.asarray(labels).dtype.kind != "U":
            return labels
        # To learn the names takes a request.
        return numbers_of(labels, self.class_names)

    def _specs(self, signature):
        if signature not in self.signatures():
            # A version that was published since may have it.
            self._signatures = self._read_signatures()
        if signature not in self.signatures():
            raise NotServedError(
                f"{self.server} serves no signature {signature!r} of "
                f"{self.model}. There are: {', '.join(self.signatures())}."
            )
        return self.signatures()[signature]

    def _read_signatures(self):
        return signature_specs.from_metadata(
            self._asker.ask(self._transport.signature_defs)
        )


def _transport(address, model, max_answer_bytes):
    if address.scheme == "grpc":
        from kerasgen.serving.grpc_transport import GrpcTransport

        return GrpcTransport(address, model, max_answer_bytes)
    return RestTransport(address, model, max_answer_bytes)
