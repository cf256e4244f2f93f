"""Base class of models from images of one domain to images of another."""

from kerasgen.data.kinds import Images
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.utils.arguments import as_data_shape
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.domains import other_domain


def image_shape(shape):
    """`(height, width, channels)`, of a tuple or of `Images`."""
    shape = shape.shape if isinstance(shape, Images) else as_data_shape(shape)
    if len(shape) != 3:
        raise ValueError(
            "Arguments `source_shape` and `target_shape` must be (height, "
            f"width, channels). Received: {shape}."
        )
    return shape


class TranslationModel(GenerativeModel):
    """A model that is fitted to a source and a target, and translates.

    A subclass says how an image of the source becomes one of the target
    (`target_from_source`) and, where it `translates_back`, the other way
    (`source_from_target`).

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    source_shape = Argument(REQUIRED, convert=image_shape)
    target_shape = Argument(REQUIRED, convert=image_shape)

    # Whether there is a way from the target to the source.
    translates_back = False

    @property
    def columns(self):
        return {
            "source": Images(*self.source_shape),
            "target": Images(*self.target_shape),
        }

    def target_from_source(self, source):
        """Source -> target; tensors, no randomness."""
        raise NotImplementedError

    def source_from_target(self, target):
        """Target -> source; tensors, no randomness."""
        raise NotImplementedError

    def endpoints(self):
        source, target = ({name: kind} for name, kind in self.columns.items())
        table = super().endpoints()
        table["to_target"] = Endpoint(self.target_from_source, source, target)
        if self.translates_back:
            table["to_source"] = Endpoint(
                self.source_from_target, target, source
            )
        return table

    def translate(self, images, to="target", batch_size=256):
        """Translates images of one domain into images of the other.

        Args:
            images: float array of shape `(n, *source_shape)` in [0, 1], or
                uint8; of `(n, *target_shape)` to the source.
            to: `"target"`, or `"source"` for models with a way back.
            batch_size: int. Images translated at a time.

        Returns:
            float32 array of shape `(n, *target_shape)` in [0, 1], or
            `(n, *source_shape)`.

        Raises:
            ValueError: for images of another shape or range, or for a model
                without a way back.
            kerasgen.models.NotFiniteError: a `ValueError`, if weights or
                images are not finite, as after training that diverged.
        """
        ways = ("target", "source") if self.translates_back else ("target",)
        check_choice("to", to, ways)
        kind = self.columns[other_domain(to)]
        images = kind.checked_input(images, "images")
        return self.call_endpoint(f"to_{to}", images, batch_size=batch_size)
