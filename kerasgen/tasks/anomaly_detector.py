"""Images unlike those that a model was trained on."""

import numpy as np
import tensorflow as tf
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted

from kerasgen import serving
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.finite import check_weights
from kerasgen.engine.finite import checked_values
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.endpoints import described
from kerasgen.models.endpoints import examples_of
from kerasgen.models.endpoints import signatures_of
from kerasgen.tasks.anomaly_scores import SCORES
from kerasgen.tasks.anomaly_scores import check_score
from kerasgen.tasks.features_of_gan import discriminator_features
from kerasgen.tasks.latent_search import LatentSearch
from kerasgen.tasks.model_estimator import ModelEstimator
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.progress import show_progress
from kerasgen.utils.tracing import traced

BATCH_SIZE = 100
# Share of the features in the score of AnoGAN, lambda in its paper.
FEATURE_SHARE = 0.1
# Of the search, the same for each image.
NUM_STARTS = 4


class AnomalyDetector(OutlierMixin, ModelEstimator):
    """Tells images that a model of normal ones does not know.

    Args:
        model: `GenerativeModel` without classes, or the name of one. One that
            was not trained is trained by `fit`, on normal images.
        score: str. `"reconstruction_error"` (autoencoders, VAEs, BiGAN);
            `"reconstruction_probability"` (VAEs: mean `-log p(x|z)` over
            samples of `q(z|x)`; An and Cho); `"likelihood"` (VAEs: the
            importance-weighted bound; flows and VQVAE: the mean of up to four
            estimates); `"latent_density"` (any encoder:
            Mahalanobis distance of the latents); `"encoder_residual"` (BiGAN:
            residuals of pixels and of discriminator features, as f-AnoGAN);
            `"search"` (GANs without classes: the same residuals for the best
            latents that gradient descent finds, as AnoGAN; slow).
            `GridSearchCV` and `cross_val_score` need `scoring=`, such as
            `"roc_auc"`, for this is an argument and no method.
        contamination: float from 0 to 0.5. The share of the images given to
            `fit` that are called anomalies: where the threshold is put.
        num_samples: int. Samples of `q(z|x)`, or estimates, for each image.
        num_steps: int. Steps of the search.
        model_options, epochs, batch_size, seed, verbose: see
            `kerasgen.tasks.model_estimator.ModelEstimator`.

    Attributes:
        model_: `GenerativeModel`, trained.
        offset_: float. The threshold on `score_samples`.
        n_features_in_: int. Values of an image.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("digits")
    >>> vae = kerasgen.VAE((8, 8, 1), latent_dim=4, seed=0)
    >>> detector = AnomalyDetector(vae, epochs=2).fit(images[labels == 0])
    >>> detector.predict(images[:5]).shape
    (5,)

    References:
        - An and Cho (2015), Variational Autoencoder based Anomaly Detection
          using Reconstruction Probability
        - Schlegl et al. (2017), AnoGAN, https://arxiv.org/abs/1703.05921
        - Schlegl et al. (2019), f-AnoGAN, Medical Image Analysis 54
    """

    def __init__(
        self,
        model="vae",
        score="reconstruction_error",
        contamination=0.05,
        num_samples=20,
        num_steps=100,
        model_options=None,
        epochs=20,
        batch_size=128,
        seed=0,
        verbose=0,
    ):
        super().__init__(
            model, model_options, epochs, batch_size, seed, verbose
        )
        self.score = score
        self.contamination = contamination
        self.num_samples = num_samples
        self.num_steps = num_steps

    def fit(self, X, y=None):
        """Trains the model on normal images, if need be, and the threshold."""
        check_choice("score", self.score, SCORES)
        check_range("contamination", self.contamination, 0, 0.5)
        check_positive_integer("num_samples", self.num_samples)
        check_positive_integer("num_steps", self.num_steps)
        images = self._fit_model(X)
        if self.score != "search":
            self._score = SCORES[self.score](
                self.model_, images, self.num_samples, self.seed
            )
        self._traced = None
        scores = self._scores_of(images)
        self.offset_ = float(np.percentile(scores, 100 * self.contamination))
        return self

    def _check_model(self):
        check_score(self.score, self.model_)

    def __getstate__(self):
        # A compiled function cannot be pickled, and is made anew.
        return {**super().__getstate__(), "_traced": None}

    def score_samples(self, X):
        """How normal images are: float array of shape `(n,)`."""
        return self._scores_of(self._checked(X))

    def decision_function(self, X):
        """`score_samples` minus the threshold: negative for anomalies."""
        return self.score_samples(X) - self.offset_

    def predict(self, X):
        """1 for normal images and -1 for anomalies."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def export(self, path, version=None, keep=None):
        """Writes a SavedModel of the model that also tells anomalies.

        Besides the model's own, it has the signatures `anomaly_score`
        (`images` to `scores`, higher the more abnormal) and `is_anomaly`
        (`images` to `is_anomaly`, 0 or 1, and `scores`), with the threshold
        in it.

        Args:
            path: str or `pathlib.Path`. Folder of the versions.
            version: int. Defaults to the next free one.
            keep: int. How many versions remain. Defaults to all.

        Returns:
            `pathlib.Path` of the new version.

        Raises:
            ValueError: for the score `"search"`, which is no single graph, or
                a weight that is not finite.
        """
        check_is_fitted(self, "offset_")
        if self.score == "search":
            raise ValueError(
                "The score 'search' runs a training for each image and cannot "
                "be served. Use score='encoder_residual' with a BiGAN."
            )

        check_weights(self.model_)

        def is_anomaly(images):
            scores = self._score(images)
            found = tf.cast(scores > -self.offset_, tf.int32)
            return {"is_anomaly": found, "scores": scores}

        model = self.model_
        data = {model.kind.served_as: model.kind}
        scores = {"scores": Values()}
        called = {"is_anomaly": Values((), "int32"), **scores}
        # A score takes as many evaluations as what it is made of.
        tolerance = max(each.tolerance for each in model.endpoints().values())
        own = {
            "anomaly_score": Endpoint(
                self._score, data, scores, tolerance=tolerance
            ),
            "is_anomaly": Endpoint(
                is_anomaly, data, called, tolerance=tolerance
            ),
        }
        about = model.about()
        about["signatures"] = {
            **described(own, "anomaly_score"),
            **about["signatures"],
        }
        return serving.export(
            {**signatures_of(own, "anomaly_score"), **model.signatures()},
            examples_of(model.endpoints()),
            about,
            path,
            version,
            keep,
        )

    def _scores_of(self, images):
        check_weights(self.model_)
        if self.score == "search":
            return -self._search(images).astype(np.float64)
        if self._traced is None:
            self._traced = traced(self._score.__call__)
        parts = [
            self._traced(
                tf.constant(images[start : start + BATCH_SIZE])
            ).numpy()
            for start in range(0, len(images), BATCH_SIZE)
        ]
        scores = checked_values(self.model_, np.concatenate(parts))
        return -scores.astype(np.float64)

    def _search(self, images):
        """Residuals of the best latents (AnoGAN, equations 3, 5 and 6)."""
        features = discriminator_features(self.model_)

        def loss(model, latents, images):
            found = model.data_from_latents(latents)
            residual = features(images) - features(found)
            return (1 - FEATURE_SHARE) * _total(
                images - found
            ) + FEATURE_SHARE * _total(residual)

        search = LatentSearch(self.model_, loss, self.num_steps, NUM_STARTS)
        show = show_progress if self.verbose else None
        _, losses = search.best([images], seed=self.seed, progress=show)
        return losses


def _total(values):
    """Sum of absolute values of each row."""
    return tf.reduce_sum(
        tf.abs(tf.reshape(values, (tf.shape(values)[0], -1))), axis=1
    )
