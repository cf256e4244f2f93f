"""Export of a model for TensorFlow Serving, and to other runtimes."""

import dataclasses

from kerasgen import serving
from kerasgen.engine.finite import check_weights
from kerasgen.models.endpoints import default_of
from kerasgen.models.endpoints import described
from kerasgen.models.endpoints import examples_of
from kerasgen.models.endpoints import signatures_of
from kerasgen.models.endpoints import why_not
from kerasgen.models.endpoints import without_randomness
from kerasgen.serving.formats import formats
from kerasgen.utils.arguments import check_choice

# Policies with float32 weights, by what they compute in.
POLICIES = {
    "float32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}


class Servable:
    """A `GenerativeModel` that can be exported; a mixin."""

    def signatures(self):
        """What an export serves, made of `endpoints()`.

        `serving_default` is `decode`, which has no random operation that other
        runtimes do not know; or `generate`, or else the first endpoint.

        They are called with averages of weights, where there are any, as
        methods are.

        Returns:
            See `kerasgen.models.endpoints.signatures_of`.
        """
        return self._averaged_signatures(self.endpoints())

    def _averaged_signatures(self, table):
        table = {
            name: dataclasses.replace(
                endpoint, function=self.with_averages(endpoint.function)
            )
            for name, endpoint in table.items()
        }
        return signatures_of(table, default_of(table))

    def about(self):
        """What an export says of itself, a dict of JSON values.

        Its `signatures` have the kinds of all inputs and outputs.
        """
        table = self.endpoints()
        return {
            "model": type(self).__name__,
            "data_shape": self.data_shape,
            "latent_shape": self.latent_shape,
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "signatures": described(table, default_of(table)),
        }

    def portable_endpoints(self):
        """What other runtimes than TensorFlow can be asked.

        Those know no strings and no random numbers: see
        `kerasgen.models.endpoints.without_randomness`.
        """
        return without_randomness(self.endpoints())

    def export(
        self,
        path,
        version=None,
        keep=None,
        compute_dtype="float32",
        format="tf_saved_model",
        signature=None,
        quantize=False,
    ):
        """Writes a SavedModel for TensorFlow Serving, or another format.

        A SavedModel is checked as `kerasgen check-export` does, and appears
        whole or not at all. Its signatures are those of `signatures()`.

        A file of another format has one of them, and in LiteRT all: those that
        take and return numbers. Where samples are drawn, and not decoded from
        `latents`, it takes `uniforms` in (0, 1) in place of seeds. It is run in
        its runtime, and its answers are within 1e-5 of Keras's (times the
        tolerance of the endpoint; of 8 bits it is stated), or it does not
        appear. Its metadata describe it, and have examples for `kerasgen
        check-export` to ask again.

        Args:
            path: str or `pathlib.Path`. Folder of the model's versions, or with
                another format a file that ends in `.onnx`, `.xml` (OpenVINO's,
                with a `.bin` beside it) or `.tflite`, which is overwritten.
            version: int. Defaults to the next free one.
            keep: int. How many versions remain: the oldest go once the new one
                is in place, but none that a configuration by
                `kerasgen.serving.write_server_config` names. Defaults to all.
            compute_dtype: str. What the served networks compute in, whatever
                the model was trained in: `"float32"`, `"bfloat16"` or
                `"float16"`. Inputs and outputs are float32 in any case.
            format: str. `"tf_saved_model"`, `"onnx"`, `"openvino"` or
                `"litert"`.
            signature: str. With another format than SavedModel, the signature
                that is written. Defaults to `"serving_default"`, and in LiteRT
                to all.
            quantize: bool. With LiteRT, whether weights are stored in 8 bits
                and multiplied so (dynamic range quantization): a quarter of the
                size. How far its answers are from Keras's stands in its
                metadata, `deviation`.

        Returns:
            `pathlib.Path` of the new version, `path/<version>`, or of the file.

        Raises:
            FileExistsError: if the version is there already.
            ValueError: before anything is written, if a weight is not finite,
                or if `path` has `[`, `*`, `?` or a backslash in it, which
                TensorFlow takes for a pattern.
            BlockingIOError: if another process is exporting into `path`.
            ImportError: if the format's packages are not installed.
            NotImplementedError: if the signature, or something it does, is
                unknown to the format.
            OSError: if `path` cannot be written to, or the disk is full.
            RuntimeError: if the export has a fault; nothing is left of it.

        Example:

        ```python
        folder = model.export("saved_models/vae_mnist")
        served = tf.saved_model.load(folder).signatures["generate"]
        images = served(seeds=tf.constant([[0, 0], [0, 1]]))["images"]
        model.export("vae_mnist.onnx", format="onnx")
        ```
        """
        if format != formats.SAVED_MODEL:
            self._check_file_options(version, keep, compute_dtype)
            return self._export_file(path, format, signature, quantize)
        for name, value in (("signature", signature), ("quantize", quantize)):
            if value:
                raise ValueError(
                    f"Argument `{name}` must be left out with "
                    f'format="tf_saved_model". Received: {name}={value!r}.'
                )
        check_weights(self)
        served = self._computing_in(compute_dtype)
        return serving.export(
            served.signatures(),
            examples_of(served.endpoints()),
            served.about(),
            path,
            version,
            keep,
        )

    def _check_file_options(self, version, keep, compute_dtype):
        """Raises for what files have not."""
        for name, value, default in (
            ("version", version, None),
            ("keep", keep, None),
            ("compute_dtype", compute_dtype, "float32"),
        ):
            if value != default:
                raise ValueError(
                    f"Argument `{name}` must be left out unless "
                    f'format="tf_saved_model". Received: {name}={value!r}.'
                )

    def _export_file(self, path, format, signature, quantize):
        check_weights(self)
        served = self._computing_in("float32")
        table = served.portable_endpoints()
        everything = served.endpoints()
        if signature in everything and signature not in table:
            raise NotImplementedError(
                f"No runtime but TensorFlow can do {signature!r}: "
                f"{why_not(everything[signature])}. Those that it can are "
                f"{', '.join(table) or 'none'}."
            )
        if not table:
            raise NotImplementedError(
                f"{type(self).__name__} has nothing that runtimes other than "
                "TensorFlow can do."
            )
        default = default_of(table)
        about = served.about()
        about["signatures"] = described(table, default)
        return serving.export_file(
            served._averaged_signatures(table),
            examples_of(table),
            about,
            path,
            format,
            signature,
            quantize,
        )

    def _computing_in(self, compute_dtype):
        """This model, or a twin of it that computes in another type."""
        check_choice("compute_dtype", compute_dtype, tuple(POLICIES))
        if self.compute_dtype == compute_dtype:
            return self
        config = {**self.get_config(), "dtype": POLICIES[compute_dtype]}
        twin = type(self).from_config(config)
        twin.set_weights(self.exported_weights())
        return twin
