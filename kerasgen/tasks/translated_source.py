"""The translations of a domain, as something that is drawn."""

import numpy as np

from kerasgen.tasks.requirements import check_translates
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer


class TranslatedSource:
    """Translations of given images, in the place of what a model draws.

    `kerasgen.tasks.evaluate` then measures a model between two domains against
    images of the one that it translates into.

    Args:
        model: `GenerativeModel` that translates.
        images: array of images of the other domain.
        to: `"target"` or `"source"`, what they are translated into.

    Attributes:
        kind: `kerasgen.data.kinds.Kind` of that domain.
        data_shape: tuple of int. Shape of an image of it.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> model = kerasgen.Pix2Pix((16, 16, 1), (16, 16, 3))
    >>> TranslatedSource(model, digits[:20]).generate(5, seed=0).shape
    (5, 16, 16, 3)
    """

    # What evaluations ask of models.
    trains_on_labels = False
    num_classes = latent_shape = num_evaluations = None

    def __init__(self, model, images, to="target"):
        start = check_translates(model, to)
        columns = model.columns
        self.model, self.to = model, to
        self.images = columns[start].checked_input(images, "images")
        self.kind = columns[to]
        self.data_shape = self.kind.shape

    def can(self, name):
        """Whether there is an endpoint of that name: `generate` alone."""
        return name == "generate"

    def generate(self, num_samples=1, seed=None):
        """Translations of some of the images, chosen by the seed.

        Args:
            num_samples: int. Images come again where there are not as many.
            seed: int or `None` for a fresh one.

        Returns:
            float32 array of shape `(num_samples, *data_shape)`.
        """
        check_positive_integer("num_samples", num_samples)
        chosen = np.random.default_rng(random.check_seed(seed))
        chosen = chosen.permutation(len(self.images))
        chosen = np.resize(chosen, num_samples)
        return self.model.translate(self.images[chosen], to=self.to)
