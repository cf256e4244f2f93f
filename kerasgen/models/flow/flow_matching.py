"""Flow matching."""

import tensorflow as tf

from kerasgen import samplers
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.flow.coupling import check_compiled
from kerasgen.models.flow.coupling import optimal_transport
from kerasgen.models.flow.ode_flow import ODEFlow
from kerasgen.models.zoo import register


@register("flow_matching")
class FlowMatching(ODEFlow):
    """Flow matching: a velocity that carries noise to data in a few steps.

    Use it for pictures that are among the best here, without an adversary that
    can fail, and for latents, and a likelihood, without an encoder; a sample
    takes several evaluations of the network. A network v learns the velocity of
    straight lines from noise to data (equation 23 of Lipman et al. without
    noise at the end; equation 1 of Liu et al.):

    `E |v(x_t, t) - (x_1 - x_0)|^2`, `x_t = (1 - t) x_0 + t x_1`,

    with data x_1, noise x_0 and times t that are uniform, or logit-normal:
    `t = 1 / (1 + exp(-n))` with a standard normal n (section 3.1 of Esser et
    al.), more of them in the middle, where the velocity is hard to learn. Data
    are drawn by following the velocity. With
    `coupling="optimal_transport"`, each batch's noise is paired with its data
    so that lines are short (Tong et al., algorithm 3), which makes ways
    straighter, for fewer steps.

    `fit` and `evaluate` report `loss`, a mean over the numbers of a datum.

    Args:
        data_shape: see `ODEFlow`; as all that is not here.
        times: str. `"uniform"` or `"logit_normal"`.
        coupling: str. `"independent"` noise, or `"optimal_transport"`, within
            classes where there are classes; not with `jit_compile=True`.
        **kwargs: Arguments of `ODEFlow`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.FlowMatching((8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0, num_steps=4).shape
    (3, 8, 8, 1)

    References:
        - Lipman et al. (2023), Flow Matching for Generative Modeling,
          https://arxiv.org/abs/2210.02747
        - Liu et al. (2023), Flow Straight and Fast,
          https://arxiv.org/abs/2209.03003
        - Esser et al. (2024), Scaling Rectified Flow Transformers for
          High-Resolution Image Synthesis, https://arxiv.org/abs/2403.03206
        - Tong et al. (2024), Improving and Generalizing Flow-Based Generative
          Models with Minibatch Optimal Transport,
          https://arxiv.org/abs/2302.00482
        - Ho and Salimans (2022), Classifier-Free Diffusion Guidance,
          https://arxiv.org/abs/2207.12598
    """

    path = samplers.LinearPath()

    times = Argument("uniform", one_of("uniform", "logit_normal"))
    coupling = Argument(
        "independent", one_of("independent", "optimal_transport")
    )

    def compile(self, optimizer=None, **options):
        """Configures training; see `FlowModel.compile`.

        Args:
            optimizer, **options: those of `FlowModel`. `jit_compile=True` is
                refused with a coupling.
        """
        check_compiled(self, "independent", options)
        super().compile(optimizer, **options)

    def compute_losses(self, batch, training):
        x_1 = self.dequantized(batch)
        x_0 = batch.normal(self.latent_shape)
        if self.coupling == "optimal_transport":
            x_0 = optimal_transport(batch, x_0, x_1)
        t = self._drawn_times(batch)
        x_t = (1.0 - self.beside_data(t)) * x_0 + self.beside_data(t) * x_1
        labels = self.labels_with_dropout(batch, training)
        velocity = self.predicted(x_t, t, labels, training)
        return {"loss": batch.mean(self.squared_error(x_1 - x_0, velocity))}

    def _drawn_times(self, batch):
        if self.times == "uniform":
            return batch.uniform(())
        return tf.sigmoid(batch.normal(()))

    def predicted(self, x, t, labels, training=False):
        """The velocity at points of the path."""
        return self.network_outputs(x, [t], labels, training)

    def data_and_noise(self, x, predicted, t):
        t = self.beside_data(t)
        return x + (1.0 - t) * predicted, x - t * predicted
