"""Improved deep embedded clustering."""

import math

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.clustering.dec import DEC
from kerasgen.models.zoo import register


@register("idec")
class IDEC(DEC):
    """Improved deep embedded clustering: DEC that still reconstructs.

    Use it rather than DEC where latents should go on holding what an image
    looks like, also to decode them. With the decoder kept, it minimizes

    `L_r + gamma L_c` (equation 5 of Guo et al.),

    the reconstruction loss and the clustering loss of `DEC`. Here both are per
    image, the former summed over pixels, which makes it as many times that of
    the paper as there are pixels; `gamma` is the paper's times as many.

    Args:
        data_shape: see `DEC`.
        latent_dim: see `DEC`.
        gamma: float. Weight of the clustering loss, for the mean over pixels:
            0.1 in the paper.
        **kwargs: Other arguments of `DEC`.

    Example:

    >>> import kerasgen
    >>> images, _ = kerasgen.data.load_arrays("digits")
    >>> model = kerasgen.IDEC((8, 8, 1), pretraining_epochs=1, seed=0)
    >>> model.compile()
    >>> history = model.fit(images, epochs=2, verbose=0)
    >>> model.predict(images).shape
    (1437,)

    References:
        - Guo et al. (2017), Improved Deep Embedded Clustering with Local
          Structure Preservation, https://www.ijcai.org/proceedings/2017/243
    """

    latent_dim = Argument(10, positive_integer)
    gamma = Argument(0.1, at_least(0))

    @property
    def loss_weights(self):
        # Their reconstruction loss is a mean over pixels, ours a sum.
        return 1.0, self.gamma * math.prod(self.data_shape)

    def _clustering_weights(self):
        return [*self._network_weights(), self.centroids]
