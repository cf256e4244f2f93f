"""CUT: one translator, whose patches tell where they came from."""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import layers

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.translation.adversarial import AdversarialTranslation
from kerasgen.models.translation.adversarial import mean_over_patches
from kerasgen.models.zoo import register

# Units of the heads that features are compared by (appendix C.1).
_UNITS = 256
# Below which a vector is not made longer: a gradient would be a million times.
_SHORT = 1e-3


class Fakes(NamedTuple):
    """Translations, and features of what they were made from."""

    target: tf.Tensor
    features: list


@register("cut")
class CUT(AdversarialTranslation):
    """CUT: translates without pairs, and without a way back.

    Use it as `CycleGAN`, where the way back is not wanted: it has one generator
    and one discriminator, and asks not that an image can be told from its
    translation, but that each patch of the translation can be told to be of its
    own place. It minimizes (Park et al., section 3)

    `L_GAN(G, D) + contrast_weight * L_PatchNCE(G, H, X)
    + identity_contrast_weight * L_PatchNCE(G, H, Y)`.

    `L_PatchNCE` (equation 3) is the cross entropy of finding the feature v+ of
    the source at the place of a feature v of the translation, among those v-
    of other places of the same image (equation 2):

    `-log(exp(v v+ / tau) / (exp(v v+ / tau) + sum exp(v v- / tau)))`,

    of unit vectors v that heads H make of features of the generator's first
    half. That of Y is of images of the target, which G is to leave as they are.
    `L_GAN` is that of least squares, as in `CycleGAN`. With weights 10 and 0 it
    is the paper's FastCUT.

    `fit` and `evaluate` report `d_loss`, `g_loss`, `contrast_loss` and, where
    it has a weight, `identity_contrast_loss`; weights are in them. A call on
    images of the source returns their translations.

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`,
            with sides from 16 to 256. Both are the same: the generator looks
            at its own translations.
        network: str. `"resnet"` or `"unet"`.
        network_options: dict. Options of the networks, such as
            `{"filters": 32}`.
        generator: `keras.Model` between images in [0, 1]. `None` builds
            `network`.
        discriminator: `keras.Model` from images to logits of patches, of shape
            `(batch, rows, columns, 1)`. `None` builds one.
        feature_layers: list of str. Names of the generator's layers whose
            outputs are compared. Defaults to its input, the layers
            `stage_1`, `stage_2`, ... and, of a `"resnet"`, the first and the
            middle block; of a generator of your own they must be given.
        num_patches: int. Places that are compared, of each image and layer.
        temperature: float. tau.
        contrast_weight: float. Weight lambda_X.
        identity_contrast_weight: float. Weight lambda_Y.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the running average of the generator's weights, by which images
            are then translated. `None` keeps no average.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> data = kerasgen.data.load_pairs(
    ...     digits[:64], 1.0 - digits[64:128], seed=0
    ... )
    >>> model = kerasgen.CUT(
    ...     source_shape=(16, 16, 1),
    ...     target_shape=(16, 16, 1),
    ...     network_options={"filters": 4, "num_blocks": 1},
    ...     seed=0,
    ... )
    >>> model.compile()
    >>> history = model.fit(data, verbose=0)
    >>> model.translate(digits[:2]).shape
    (2, 16, 16, 1)

    References:
        - Park et al. (2020), Contrastive Learning for Unpaired Image-to-Image
          Translation, https://arxiv.org/abs/2007.15651
    """

    generator = NetworkArgument()
    discriminator = NetworkArgument()
    feature_layers = Argument(None)
    num_patches = Argument(256, positive_integer)
    temperature = Argument(0.07, at_least(1e-3))
    contrast_weight = Argument(1.0, at_least(0))
    identity_contrast_weight = Argument(1.0, at_least(0))

    @property
    def metric_names(self):
        identity = ("identity_contrast_loss",)
        identity = identity if self.identity_contrast_weight else ()
        return "d_loss", "g_loss", "contrast_loss", *identity

    # === The game ===

    def discriminator_loss(self, real, fake):
        """`((D(y) - 1)^2 + D(G(x))^2) / 2`, of logits of patches."""
        return (tf.square(real - 1.0) + tf.square(fake)) / 2.0

    def generator_loss(self, fake):
        """`(D(G(x)) - 1)^2`, of logits of patches."""
        return tf.square(fake - 1.0)

    def patch_loss(self, of_translation, of_source):
        """Equation 2, of each place of one layer.

        Args:
            of_translation, of_source: float32 tensors of shape
                `(batch, places, units)`, unit vectors v and v+.

        Returns:
            A tensor of shape `(batch, places)`.
        """
        products = tf.matmul(of_translation, of_source, transpose_b=True)
        places = tf.range(tf.shape(products)[1])
        return tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.broadcast_to(places, tf.shape(products)[:2]),
            logits=products / self.temperature,
        )

    def contrast(self, batch, fakes, training):
        """Equation 3, a mean over layers and places; one value a row."""
        features = self._features(fakes.target, training)
        places = [self._drawn_places(batch, each) for each in features]
        pairs = zip(
            self._vectors(features, places, training),
            # Those of the source are to be found, and do not come nearer.
            self._vectors(fakes.features, places, training),
        )
        losses = [
            tf.reduce_mean(self.patch_loss(one, tf.stop_gradient(other)), 1)
            for one, other in pairs
        ]
        # In an order that threads do not decide, as they would of a sum.
        return tf.reduce_mean(tf.stack(losses), axis=0)

    def discriminator_losses(self, batch, fakes, training):
        loss = self.discriminator_loss(
            self.logits(self.discriminator, batch["target"], training),
            self.logits(self.discriminator, fakes.target, training),
        )
        return {"d_loss": batch.mean(mean_over_patches(loss))}

    def generator_losses(self, batch, fakes, training):
        loss = self.generator_loss(
            self.logits(self.discriminator, fakes.target, training)
        )
        contrast = batch.mean(self.contrast(batch, fakes, training))
        losses = {
            "g_loss": batch.mean(mean_over_patches(loss)),
            "contrast_loss": self.contrast_weight * contrast,
        }
        if self.identity_contrast_weight:
            same = self._translated_with_features(batch["target"], training)
            contrast = batch.mean(self.contrast(batch, same, training))
            losses["identity_contrast_loss"] = (
                self.identity_contrast_weight * contrast
            )
        return losses

    def fakes(self, batch, training):
        """`Fakes` of a batch, with features of its sources."""
        return self._translated_with_features(batch["source"], training)

    # === Features ===

    def _translated_with_features(self, images, training):
        found = self._with_features(images, training=training)
        target, *features = (tf.cast(each, tf.float32) for each in found)
        return Fakes(target, features)

    def _features(self, images, training):
        found = self._feature_network(images, training=training)
        return [tf.cast(each, tf.float32) for each in found]

    def _drawn_places(self, batch, features):
        """Places of a layer, the same in all images, without repetition."""
        number = features.shape[1] * features.shape[2]
        order = tf.argsort(batch.shared_uniform((number,)), stable=True)
        return order[: self.num_patches]

    def _vectors(self, features, places, training):
        """Unit vectors of the drawn places, float32, a tensor a layer."""
        rows = []
        for each, drawn in zip(features, places):
            height, width, channels = each.shape[1:]
            row = tf.reshape(each, (-1, height * width, channels))
            rows.append(tf.gather(row, drawn, axis=1))
        found = self.heads(rows, training=training)
        return [
            tf.math.l2_normalize(tf.cast(each, tf.float32), -1, _SHORT**2)
            for each in found
        ]

    # === Configuration and networks ===

    def configure(self):
        super().configure()
        if self.source_shape != self.target_shape:
            raise ValueError(
                "Arguments `source_shape` and `target_shape` must be the same "
                "for CUT, whose generator looks at its own translations. "
                f"Received: {self.source_shape} and {self.target_shape}. Use "
                "CycleGAN, or resize the images of one domain."
            )

    def build_networks(self):
        shape = self.source_shape
        self.generator = self.build_translator("generator", shape, shape)
        self.discriminator = self.build_discriminator("discriminator", shape)
        outputs = self._feature_outputs()
        # They have the generator's layers, which are kept there.
        own = vars(self)
        own["_feature_network"] = keras.Model(self.generator.input, outputs)
        own["_with_features"] = keras.Model(
            self.generator.input, [*self.generator.outputs, *outputs]
        )
        self.heads = _heads([output.shape[-1] for output in outputs])

    def _feature_outputs(self):
        """Outputs of the layers whose features are compared, a list."""
        if not getattr(self.generator, "inputs", None):
            raise ValueError(
                "Argument `generator` must be a functional keras.Model for "
                "CUT, which looks at what is within it. Received: "
                f"generator={self.generator!r}."
            )
        names = [layer.name for layer in self.generator.layers]
        if self.feature_layers is None:
            # Of one place there is nothing to tell.
            stages = [
                layer.name
                for layer in self.generator.layers
                if layer.name.startswith("stage_")
                and layer.output.shape[1:3] != (1, 1)
            ][1:]
            blocks = [n for n in names if n.startswith("block_")]
            middle = blocks[len(blocks) // 2 :][:1]
            chosen = [names[0], *stages, *dict.fromkeys([*blocks[:1], *middle])]
        else:
            chosen = list(self.feature_layers)
        unknown = [name for name in chosen if name not in names]
        if unknown or len(chosen) < 2:
            raise ValueError(
                "Argument `feature_layers` must name two or more layers of the "
                f"generator, of {names}. Received: feature_layers={chosen}."
            )
        return [self.generator.get_layer(name).output for name in chosen]

    @property
    def generator_networks(self):
        return [self.generator, self.heads]


def _heads(channels):
    """Two dense layers for each layer of features."""
    inputs, outputs = [], []
    for number in channels:
        inputs.append(keras.Input((None, number)))
        hidden = layers.Dense(_UNITS, "relu")(inputs[-1])
        outputs.append(layers.Dense(_UNITS)(hidden))
    return keras.Model(inputs, outputs, name="heads")
