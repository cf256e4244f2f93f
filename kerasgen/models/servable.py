"""Export of a model for TensorFlow Serving."""

import dataclasses

from kerasgen import serving
from kerasgen.engine.finite import check_weights
from kerasgen.models.endpoints import default_of
from kerasgen.models.endpoints import described
from kerasgen.models.endpoints import examples_of
from kerasgen.models.endpoints import signatures_of
from kerasgen.serving.formats.exporter import export_file
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
        table = self.endpoints()
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

    def export(
        self,
        path,
        version=None,
        keep=None,
        compute_dtype="float32",
        format="tf_saved_model",
        signature="serving_default",
    ):
        """Writes a SavedModel for TensorFlow Serving.

        It is checked as `kerasgen check-export` does, and appears whole or not
        at all. Its signatures are those of `signatures()`.

        Args:
            path: str or `pathlib.Path`. Folder of the model's versions.
            version: int. Defaults to the next free one.
            keep: int. How many versions remain: the oldest go once the new one
                is in place, but none that a configuration by
                `kerasgen.serving.write_server_config` names. Defaults to all.
            compute_dtype: str. What the served networks compute in, whatever
                the model was trained in: `"float32"`, `"bfloat16"` or
                `"float16"`. Inputs and outputs are float32 in any case.

        Returns:
            `pathlib.Path` of the new version, `path/<version>`.

        Raises:
            FileExistsError: if the version is there already.
            ValueError: before anything is written, if a weight is not finite,
                or if `path` has `[`, `*`, `?` or a backslash in it, which
                TensorFlow takes for a pattern.
            BlockingIOError: if another process is exporting into `path`.
            OSError: if `path` cannot be written to, or the disk is full.
            RuntimeError: if the export has a fault; nothing is left of it.

        Example:

        ```python
        folder = model.export("saved_models/vae_mnist")
        served = tf.saved_model.load(folder).signatures["generate"]
        images = served(seeds=tf.constant([[0, 0], [0, 1]]))["images"]
        ```
        """
        check_weights(self)
        served = self._computing_in(compute_dtype)
        if format != "tf_saved_model":
            return export_file(
                served.signatures(),
                examples_of(served.endpoints()),
                served.about(),
                path,
                format,
                signature,
            )
        return serving.export(
            served.signatures(),
            examples_of(served.endpoints()),
            served.about(),
            path,
            version,
            keep,
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
