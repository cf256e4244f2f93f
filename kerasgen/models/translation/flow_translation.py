"""A flow from images of one domain to images of another."""

import dataclasses

import tensorflow as tf

from kerasgen import networks
from kerasgen import samplers
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.flow.backbone import backbone_of
from kerasgen.models.flow.coupling import check_compiled
from kerasgen.models.flow.coupling import optimal_transport
from kerasgen.models.translation.translation_model import TranslationModel
from kerasgen.models.zoo import register


@register("flow_translation")
class FlowTranslation(TranslationModel):
    """Flow matching between two domains, with no noise and no adversary.

    Use it for both ways by one network, undone exactly but for the steps, where
    the domains have one shape. A network v learns the velocity of straight
    lines from images x_0 of the source to images x_1 of the target (equation 1
    of Liu et al., section 5 for translation):

    `E |v(x_t, t) - (x_1 - x_0)|^2`, `x_t = (1 - t) x_0 + t x_1`,

    with uniform times t and pixels in [-1, 1]. An image is translated by
    following the velocity from its place, and back by following it backwards.
    With `coupling="optimal_transport"` each batch's images of either domain are
    paired so that lines are short (Tong et al., algorithm 3): an image becomes
    what is near to it. With `"given"` they are paired as they come: by
    partners, where data have them, or else at random. Ways of a flow do not
    cross: it cannot turn images into their negatives, whose lines all meet in
    the middle.

    `fit` and `evaluate` report `loss`, a mean over the numbers of an image. A
    call on images of the source returns their translations.

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`,
            with sides from 8 to 128, the same of both.
        network: str. `"unet"`, `"dit"` or `"mlp"`.
        network_options: dict. Options of the network, such as
            `{"filters": [32, 64]}`.
        backbone: `keras.Model` from `[(batch, *source_shape), times of shape
            (batch, 1)]` to `(batch, *target_shape)`. `None` builds `network`.
        coupling: str. `"optimal_transport"`, not with `jit_compile=True`; or
            `"given"`.
        num_steps: int. Steps from one domain to the other.
        sampler: str. `"euler"` or `"heun"`.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the new one of the weights that images are translated with. It
            grows to that from 0.1 as training goes on.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> data = kerasgen.data.load_pairs(digits[:64], 1.0 - digits[64:128])
    >>> model = kerasgen.FlowTranslation((16, 16, 1), (16, 16, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, verbose=0)
    >>> translated = model.translate(digits[:2])
    >>> translated.shape, model.translate(translated, to="source").shape
    ((2, 16, 16, 1), (2, 16, 16, 1))

    References:
        - Liu et al. (2023), Flow Straight and Fast,
          https://arxiv.org/abs/2209.03003
        - Tong et al. (2024), Improving and Generalizing Flow-Based Generative
          Models with Minibatch Optimal Transport,
          https://arxiv.org/abs/2302.00482
    """

    translates_back = True
    metric_names = ("loss",)
    path = samplers.LinearPath()

    network = Argument("unet", one_of(*networks.BACKBONES))
    network_options = Argument(None)
    backbone = NetworkArgument()
    coupling = Argument(
        "optimal_transport", one_of("optimal_transport", "given")
    )
    num_steps = Argument(20, positive_integer)
    sampler = Argument("heun", one_of("euler", "heun"))
    ema_momentum = Argument(0.999, optional(below_one))

    def configure(self):
        super().configure()
        if self.source_shape != self.target_shape:
            raise ValueError(
                "Arguments `source_shape` and `target_shape` must be the same "
                "for FlowTranslation, which moves pixels of one into pixels "
                f"of the other. Received: {self.source_shape} and "
                f"{self.target_shape}. Use CycleGAN, or resize the images of "
                "one domain."
            )

    def build_networks(self):
        self.backbone = backbone_of(self, self.source_shape)

    def compile(self, optimizer=None, **options):
        """Configures training.

        Args:
            optimizer, **options: those of other models. `jit_compile=True` is
                refused with a coupling.
        """
        check_compiled(self, "given", options)
        super().compile(optimizer, **options)

    def compute_losses(self, batch, training):
        x_0, x_1 = _scaled(batch["source"]), _scaled(batch["target"])
        if self.coupling == "optimal_transport":
            x_0 = optimal_transport(batch, x_0, x_1)
        t = batch.uniform(())
        place = tf.reshape(t, (-1, 1, 1, 1))
        x_t = (1.0 - place) * x_0 + place * x_1
        velocity = self.velocity(x_t, t, training)
        errors = tf.reduce_mean(tf.square(x_1 - x_0 - velocity), [1, 2, 3])
        return {"loss": batch.mean(errors)}

    def velocity(self, x, t, training=False):
        """The velocity at points between the domains, float32.

        Args:
            x: float tensor of shape `(batch, *source_shape)`, in [-1, 1].
            t: float tensor of shape `(batch,)`, 0 at the source.
            training: bool.
        """
        times = tf.reshape(t, (-1, 1))
        return tf.cast(self.backbone([x, times], training=training), tf.float32)

    # === Translation ===

    def call(self, inputs, training=False):
        """Source, or (source, target) -> images of the target's domain."""
        source = inputs[0] if isinstance(inputs, (tuple, list)) else inputs
        return self._carried(source, 0.0, 1.0, training)

    def target_from_source(self, source):
        with self.averaged_weights():
            return self._carried(source, 0.0, 1.0)

    def source_from_target(self, target):
        with self.averaged_weights():
            return self._carried(target, 1.0, 0.0)

    def _carried(self, images, start, end, training=False):
        def denoise(x, t):
            velocity = self.velocity(x, tf.fill(tf.shape(x)[:1], t), training)
            return x + (1.0 - t) * velocity, x - t * velocity

        times = self.path.times(self.num_steps, start, end)
        sampler = samplers.SAMPLERS[self.sampler]
        x = sampler(denoise, self.path, _scaled(images), times)
        return tf.clip_by_value(0.5 * x + 0.5, 0.0, 1.0)

    @property
    def num_evaluations(self):
        """How often the network is evaluated for one image, an int."""
        return samplers.num_evaluations(self.sampler, self.num_steps)

    def endpoints(self):
        table = super().endpoints()
        # Each evaluation starts from what others rounded.
        tolerance = float(self.num_evaluations)
        for name in ("to_target", "to_source"):
            table[name] = dataclasses.replace(table[name], tolerance=tolerance)
        return table


def _scaled(images):
    return 2.0 * tf.cast(images, tf.float32) - 1.0
