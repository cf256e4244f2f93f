"""Vector quantization (van den Oord et al. 2017)."""

import keras
import tensorflow as tf

from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range

CODEBOOKS = ("ema", "gradient")
# Below this count, what is left of a cluster is too small to be divided.
_NO_COUNT = 1e-12


@keras.saving.register_keras_serializable("kerasgen")
class VectorQuantizer(keras.layers.Layer):
    """Replaces each vector by the nearest of a codebook's.

    A call implements equations 1 and 2 of van den Oord et al. (2017), and
    hands gradients straight through to its inputs. Codes that the batches
    hardly use are moved to where vectors are by `update`.

    It computes in float32, whatever the policy: a code that was rounded would
    no longer be the nearest.

    Args:
        num_embeddings: int. Number of codes (K in the paper).
        latent_dim: int. Length of a vector (D in the paper).
        codebook: str. `"ema"`: `update` moves each code to the running mean of
            the vectors nearest to it (appendix A.1). `"gradient"`: codes are
            trainable, for a loss of the caller's.
        ema_decay: float in [0, 1). Decay of the running means and counts.
        reset_threshold: float in [0, 1). A code is replaced once its running
            count is below this share of the mean over all codes. 0 for never.
        **kwargs: `name` and `trainable` of `keras.layers.Layer`.

    Example:

    >>> quantizer = VectorQuantizer(2, latent_dim=1)
    >>> _ = quantizer.embeddings.assign([[0.0], [1.0]])
    >>> quantizer.codes(tf.constant([[0.2], [0.9]])).numpy()
    array([0, 1], dtype=int32)

    References:
        - van den Oord et al. (2017), Neural Discrete Representation Learning,
          https://arxiv.org/abs/1711.00937
    """

    def __init__(
        self,
        num_embeddings,
        latent_dim,
        codebook="ema",
        ema_decay=0.99,
        reset_threshold=0.01,
        **kwargs,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_positive_integer("num_embeddings", num_embeddings)
        check_positive_integer("latent_dim", latent_dim)
        check_choice("codebook", codebook, CODEBOOKS)
        check_fraction("ema_decay", ema_decay)
        check_range("reset_threshold", reset_threshold, 0, 1)
        self.num_embeddings = int(num_embeddings)
        self.latent_dim = int(latent_dim)
        self.codebook = codebook
        self.ema_decay = float(ema_decay)
        self.reset_threshold = float(reset_threshold)
        bound = 1.0 / self.num_embeddings
        # Every replica moves the codes alike.
        alike = {"aggregation": "only_first_replica"}
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.num_embeddings, self.latent_dim),
            initializer=keras.initializers.RandomUniform(-bound, bound),
            trainable=codebook == "gradient",
            **alike,
        )
        self.ema_counts = self.add_weight(
            name="ema_counts",
            shape=(self.num_embeddings,),
            initializer="zeros",
            trainable=False,
            **alike,
        )
        if codebook == "ema":
            self.ema_sums = self.add_weight(
                name="ema_sums",
                shape=(self.num_embeddings, self.latent_dim),
                initializer="zeros",
                trainable=False,
                **alike,
            )
        self.built = True

    def codes(self, vectors):
        """Vectors -> the codes nearest to them.

        Args:
            vectors: float tensor of shape `(..., latent_dim)`.

        Returns:
            An int32 tensor of shape `(...)`.
        """
        vectors = tf.cast(vectors, tf.float32)
        embeddings = tf.convert_to_tensor(self.embeddings)
        products = tf.einsum("...d,kd->...k", vectors, embeddings)
        # The squared distance but for the vectors' own norms.
        norms = tf.reduce_sum(tf.square(embeddings), axis=-1)
        return tf.argmin(norms - 2 * products, -1, output_type=tf.int32)

    def vectors(self, codes):
        """Codes of shape `(...)` -> vectors of shape `(..., latent_dim)`."""
        return tf.gather(tf.convert_to_tensor(self.embeddings), codes)

    def call(self, vectors):
        """Vectors -> the nearest of the codebook.

        The gradient with regard to the inputs is that with regard to the
        outputs; the codebook gets none.
        """
        return straight_through(vectors, self.vectors(self.codes(vectors)))

    def update(self, counts, sums, candidates):
        """Moves the codebook after a batch, of all replicas together.

        A layer that is frozen keeps its codes.

        Args:
            counts: float tensor of shape `(num_embeddings,)`. How many vectors
                were nearest to each code (`n_i` of appendix A.1).
            sums: float tensor of shape `(num_embeddings, latent_dim)`. The sum
                of those vectors.
            candidates: float tensor of shape `(num_embeddings, latent_dim)`.
                Vectors that stand in for codes out of use.
        """
        if not self.trainable:
            return
        decay = self.ema_decay
        ema_counts = decay * self.ema_counts + (1 - decay) * counts
        mean_count = tf.reduce_mean(ema_counts)
        # Until it was ever used, or replaced, a code has a count of 0.
        is_out_of_use = ema_counts < self.reset_threshold * mean_count
        self.ema_counts.assign(tf.where(is_out_of_use, mean_count, ema_counts))
        is_out_of_use = is_out_of_use[:, None]
        embeddings = tf.convert_to_tensor(self.embeddings)
        if self.codebook == "ema":
            ema_sums = decay * self.ema_sums + (1 - decay) * sums
            self.ema_sums.assign(
                tf.where(is_out_of_use, mean_count * candidates, ema_sums)
            )
            divisors = ema_counts[:, None]
            has_mean = divisors > _NO_COUNT
            means = ema_sums / tf.where(has_mean, divisors, 1.0)
            embeddings = tf.where(has_mean, means, embeddings)
        self.embeddings.assign(tf.where(is_out_of_use, candidates, embeddings))

    def get_config(self):
        return {
            **super().get_config(),
            "num_embeddings": self.num_embeddings,
            "latent_dim": self.latent_dim,
            "codebook": self.codebook,
            "ema_decay": self.ema_decay,
            "reset_threshold": self.reset_threshold,
        }


def straight_through(vectors, quantized):
    """`quantized`, whose gradient goes to `vectors` in its stead."""
    return vectors + tf.stop_gradient(quantized - vectors)
