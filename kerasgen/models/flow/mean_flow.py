"""MeanFlow: flow matching in one step."""

import numpy as np
import tensorflow as tf

from kerasgen import samplers
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.flow.flow_model import FlowModel
from kerasgen.models.zoo import register

# Of table 1 (d) of the paper, and c of its equation 22.
_LOGIT_MEAN, _LOGIT_DEVIATION = -0.4, 1.0
_SMALLEST_ERROR = 1e-3


@register("mean_flow")
class MeanFlow(FlowModel):
    """MeanFlow: draws with one evaluation of its network.

    Use it where samples must be fast, and training may take longer than that of
    `FlowMatching`. On the line `z_t = (1 - t) x + t e` from data x to noise e,
    with velocity `v = e - x`, a network u learns the mean velocity between two
    times `r <= t` by what its derivative must be (equations 9 and 11 of Geng et
    al.):

    `E w |u(z_t, r, t) - sg(v - (t - r) (v . du/dz + du/dt))|^2`,

    where sg stops the gradient and `w = 1 / sg(|.|^2 + 0.001)^weight_power`
    (their equation 22, a mean over the numbers of a datum for `|.|^2`). Of
    pairs of times,
    `share_of_intervals` are different; others have `r = t`, where u is the
    velocity itself. A sample is `e - u(e, 0, 1)`, or the same in several steps.

    With classes and `guidance` other than 1, the velocity that is learned is
    the guided one, `guidance * v + (1 - guidance) * u(z_t, t, t)` without a
    class (equation 19): a sample still takes one evaluation.

    `fit` and `evaluate` report `loss`, and `velocity_loss`, the mean squared
    error before it is weighed.

    Args:
        data_shape: see `FlowModel`; as all that is not here.
        share_of_intervals: float in [0, 1].
        weight_power: float. How little data count whose errors are large: 1
            best for images; 0, the mean squared error, for rows of few numbers,
            whose distribution 1 draws together.
        num_steps: int. Evaluations a sample.
        guidance: float. It is trained, and cannot be changed afterwards.
        **kwargs: Arguments of `FlowModel`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.MeanFlow((8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Geng et al. (2025), Mean Flows for One-step Generative Modeling,
          https://arxiv.org/abs/2505.13447
    """

    metric_names = ("loss", "velocity_loss")
    num_times = 2
    # Guidance is trained.
    sampling_settings = ("num_steps",)

    share_of_intervals = Argument(0.25, in_range(0, 1))
    weight_power = Argument(1.0, at_least(0))
    num_steps = Argument(1, positive_integer)

    def compute_losses(self, batch, training):
        x, e = self.dequantized(batch), batch.normal(self.latent_shape)
        r, t = self._drawn_times(batch)
        place = self.beside_data(t)
        z = (1.0 - place) * x + place * e
        labels = self.labels_with_dropout(batch, training)
        v = self._guided_velocity(z, t, e - x, labels)
        u, change = self._mean_velocity_and_change(z, r, t, v, labels, training)
        # Equation 11: what u is where its derivative is what it must be.
        target = tf.stop_gradient(v - self.beside_data(t - r) * change)
        errors = self.squared_error(target, u)
        weights = tf.stop_gradient(
            tf.pow(errors + _SMALLEST_ERROR, -self.weight_power)
        )
        return {
            "loss": batch.mean(weights * errors),
            "velocity_loss": batch.mean(errors),
        }

    def _drawn_times(self, batch):
        first, second = (
            tf.sigmoid(_LOGIT_DEVIATION * batch.normal(()) + _LOGIT_MEAN)
            for _ in range(2)
        )
        r, t = tf.minimum(first, second), tf.maximum(first, second)
        is_interval = batch.uniform(()) < self.share_of_intervals
        return tf.where(is_interval, r, t), t

    def _guided_velocity(self, z, t, v, labels):
        """Equation 19, where there is a class; it is not learned from."""
        if labels is None or self.guidance == 1.0:
            return v
        of_none = tf.stop_gradient(self.mean_velocity(z, t, t, None))
        guided = self.guidance * v + (1.0 - self.guidance) * of_none
        has_class = self.beside_data(labels != self.num_classes)
        return tf.where(has_class, guided, v)

    def _mean_velocity_and_change(self, z, r, t, v, labels, training):
        """u, and its derivative along the line: `v . du/dz + du/dt`."""
        with tf.autodiff.ForwardAccumulator(
            primals=[z, t], tangents=[v, tf.ones_like(t)]
        ) as accumulator:
            u = self.mean_velocity(z, r, t, labels, training)
        return u, accumulator.jvp(u)

    def mean_velocity(self, z, r, t, labels, training=False):
        """u, the mean velocity from time r to t of what is at z at t.

        Args:
            z: float tensor of shape `(batch, *data_shape)`.
            r, t: float tensors of shape `(batch,)`.
            labels: int32 tensor of shape `(batch,)`, or `None` for no class.
            training: bool.
        """
        # The network gets t and how far it is from there to r (table 1 c).
        return self.network_outputs(z, [t, t - r], labels, training)

    def call(self, inputs, training=False):
        """Data and, where there are classes, labels -> data, denoised.

        The data are taken for what there is half the way to noise.
        """
        z, labels = self.call_inputs(inputs)
        t = tf.fill(tf.shape(z)[:1], 0.5)
        u = self.mean_velocity(z, tf.zeros_like(t), t, labels, training)
        return self.unscaled(z - 0.5 * u)

    def data_from_latents(self, latents, labels=None):
        def step(z, t, r):
            rows = tf.ones(tf.shape(z)[:1])
            u = self.mean_velocity(z, r * rows, t * rows, labels)
            return z - (t - r) * u

        z = tf.cast(latents, tf.float32)
        times = np.linspace(1.0, 0.0, self.num_steps + 1)
        with self.averaged_weights():
            z = samplers.walk(step, z, times[:-1], times[1:])
        return self.unscaled(z)

    @property
    def num_evaluations(self):
        return self.num_steps
