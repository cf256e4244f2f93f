"""Images drawn where a model put those that it was shown."""

import numpy as np
import sklearn.mixture

from kerasgen.data.validation import check_labels
from kerasgen.tasks.requirements import check_vectors
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.labels import in_turn


class LatentSampler:
    """A density of latents, fitted to those of images, that draws new images.

    The latents that a VAE gives to images never fill its prior evenly, and what
    lies in the gaps decodes to no good image. A mixture of Gaussians that is
    fitted to the latents after training (ex-post density estimation, Ghosh et
    al., section 4) stays clear of them; with labels, one mixture a class, which
    makes any model with an encoder draw what is asked for.

    Args:
        model: `GenerativeModel` with an encoder, whose latents are vectors. It
            should have been trained.
        num_components: int. Gaussians, of each class where there are labels.

    Attributes:
        num_classes: int or None. Classes that can be asked for.
        kind: `kerasgen.data.kinds.Kind` of what is drawn.
        data_shape: tuple of int. Shape of an image.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("digits")
    >>> model = kerasgen.VAE((8, 8, 1), latent_dim=4, seed=0)
    >>> sampler = LatentSampler(model, num_components=2).fit(images, labels)
    >>> sampler.generate(3, seed=0, labels=7).shape
    (3, 8, 8, 1)

    References:
        - Ghosh et al. (2020), From Variational to Deterministic Autoencoders,
          https://arxiv.org/abs/1903.12436
    """

    def __init__(self, model, num_components=10):
        if not model.can("encode"):
            raise ValueError(
                "Argument `model` must have an encoder, to give latents to "
                f"images. Received: {type(model).__name__}."
            )
        check_vectors(model)
        check_positive_integer("num_components", num_components)
        self.model = model
        self.num_components = num_components
        self.kind = model.kind
        self.data_shape = model.data_shape
        self.num_classes = None

    @property
    def class_names(self):
        """Those of the model, list of str or None."""
        return self.model.class_names

    @property
    def trains_on_labels(self):
        """Whether the density was fitted with labels."""
        return self.num_classes is not None

    def fit(self, images, labels=None, seed=0):
        """Fits the density.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1].
            labels: int array of shape `(n,)` or None. Needed where the model
                is trained on labels.
            seed: int. Of the fits.

        Returns:
            The sampler.

        Raises:
            ValueError: for labels that are none, or a class with fewer images
                than components.
        """
        images = self.kind.check(images, "images")
        if labels is None:
            if self.model.trains_on_labels:
                raise ValueError(
                    f"Argument `labels` must be given: "
                    f"{type(self.model).__name__} is trained on them."
                )
            groups = {None: np.arange(len(images))}
        else:
            number = self.model.num_classes or int(np.max(labels)) + 1
            labels = check_labels(
                labels, number, len(images), class_names=self.class_names
            )
            groups = {k: np.flatnonzero(labels == k) for k in np.unique(labels)}
        rarest = min(groups, key=lambda label: len(groups[label]))
        if len(groups[rarest]) < self.num_components:
            where = "" if rarest is None else f" of class {rarest}"
            raise ValueError(
                f"Argument `images` must hold at least {self.num_components} "
                "images, one a component, of each class. Received: "
                f"{len(groups[rarest])}{where}. Lower `num_components`."
            )
        of_class = {"labels": labels} if self.model.trains_on_labels else {}
        latents = self.model.encode(images, **of_class)
        self._mixtures = {
            label: sklearn.mixture.GaussianMixture(
                self.num_components, reg_covar=1e-3, random_state=seed
            ).fit(latents[rows])
            for label, rows in groups.items()
        }
        if labels is not None:
            self.num_classes = number
        return self

    def generate(self, num_images, seed=None, labels=None):
        """Draws images.

        Args:
            num_images: int.
            seed: int or None for a fresh one.
            labels: class, or array of shape `(num_images,)` or shorter, whose
                classes are drawn in turn, where the density was fitted with
                labels; by default all classes in turn.

        Returns:
            float32 array of shape `(num_images, *data_shape)`.

        Raises:
            RuntimeError: before `fit`.
            ValueError: for a class without images in `fit`.
        """
        if not hasattr(self, "_mixtures"):
            raise RuntimeError("There is no density yet: call `fit` first.")
        check_positive_integer("num_images", num_images)
        generator = np.random.default_rng(random.check_seed(seed))
        groups = {None: slice(None)}
        if self.num_classes is not None:
            known = sorted(self._mixtures)
            if labels is None:
                labels = np.resize(known, num_images)
            labels = check_labels(
                in_turn(labels, num_images),
                self.num_classes,
                num_images,
                class_names=self.class_names,
            )
            groups = {k: labels == k for k in np.unique(labels)}
            missing = set(groups) - set(known)
            if missing:
                raise ValueError(
                    f"Argument `labels` must be classes of the images of "
                    f"`fit`, {known}. Received: {min(missing)}."
                )
        elif labels is not None:
            raise ValueError(
                "Argument `labels` must be None: `fit` was given no labels."
            )
        latents = np.empty((num_images, *self.model.latent_shape), "float32")
        for label, rows in groups.items():
            latents[rows] = _draws(
                self._mixtures[label], len(latents[rows]), generator
            )
        of_class = {"labels": labels} if self.model.trains_on_labels else {}
        return self.model.decode(latents, **of_class)


def _draws(mixture, number, generator):
    components = generator.choice(
        len(mixture.weights_), number, p=mixture.weights_
    )
    noise = generator.standard_normal((number, mixture.means_.shape[1]))
    factors = np.linalg.cholesky(mixture.covariances_)[components]
    return mixture.means_[components] + np.einsum("nij,nj->ni", factors, noise)
