"""Denoising diffusion."""

import tensorflow as tf

from kerasgen import samplers
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.flow.ode_flow import ODEFlow
from kerasgen.models.zoo import register

# Gamma of Hang et al., their section 3.4.
_LARGEST_SNR = 5.0
# Of Karras et al., table 1: the standard deviation of data, and the mean and
# standard deviation of the logarithm of that of the noise.
_DATA_DEVIATION = 0.5
_LOG_MEAN, _LOG_DEVIATION = -1.2, 1.2


@register("diffusion")
class Diffusion(ODEFlow):
    """Diffusion: a network that finds the noise in data, step by step.

    Use it where a schedule, a prediction or a weighting of the literature
    matters; `FlowMatching` is the simpler one. Noise e is mixed into data x,

    `x_t = alpha(t) x + sigma(t) e`,

    and a network learns, from x_t and t, one of

    - `"noise"`: e (equation 14 of Ho et al.);
    - `"image"`: x, with which noise is hard to tell where there is little of
      it, so that `encode` and `log_likelihood` are rough;
    - `"velocity"`: `alpha e - sigma x` (Salimans and Ho, appendix D).

    The squared error counts `w(t)`: 1 for `weighting="uniform"`; or what gives
    the error of x the weight `min(SNR, 5)` for `"min_snr"` (equation 8 of Hang
    et al., `SNR = (alpha / sigma)^2`), or `(s^2 + 0.25) / (s / 2)^2` for
    `"edm"` (section 5 of Karras et al., `s = sigma / alpha`).

    With `schedule="edm"` it is the model of Karras et al., table 1: the network
    is preconditioned (their equation 7), predicts the image, and s is
    log-normal in training.

    `fit` and `evaluate` report `loss`, a mean over the numbers of a datum.

    Args:
        data_shape: see `ODEFlow`; as all that is not here.
        schedule: str. `"cosine"` (Nichol and Dhariwal), `"linear"` (Ho et al.)
            or `"edm"`; see `kerasgen.samplers`.
        prediction: str, as above, or `None` for `"image"` with `"edm"`, and
            `"velocity"` otherwise.
        weighting: str, as above, or `None` for `"edm"` with that schedule, and
            `"uniform"` otherwise.
        **kwargs: Arguments of `ODEFlow`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.Diffusion((8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0, sampler="ddim", num_steps=4).shape
    (3, 8, 8, 1)

    References:
        - Ho et al. (2020), Denoising Diffusion Probabilistic Models,
          https://arxiv.org/abs/2006.11239
        - Nichol and Dhariwal (2021), Improved Denoising Diffusion
          Probabilistic Models, https://arxiv.org/abs/2102.09672
        - Salimans and Ho (2022), Progressive Distillation for Fast Sampling of
          Diffusion Models, https://arxiv.org/abs/2202.00512
        - Karras et al. (2022), Elucidating the Design Space of Diffusion-Based
          Generative Models, https://arxiv.org/abs/2206.00364
        - Hang et al. (2023), Efficient Diffusion Training via Min-SNR
          Weighting Strategy, https://arxiv.org/abs/2303.09556
    """

    schedule = Argument("cosine", one_of(*samplers.PATHS))
    prediction = Argument(None, one_of(None, "noise", "image", "velocity"))
    weighting = Argument(None, one_of(None, "uniform", "min_snr", "edm"))
    sampler = Argument("dpm_solver", one_of(*samplers.SAMPLERS))

    def configure(self):
        super().configure()
        is_edm = self.schedule == "edm"
        if self.prediction is None:
            self.prediction = "image" if is_edm else "velocity"
        if self.weighting is None:
            self.weighting = "edm" if is_edm else "uniform"
        if is_edm and self.prediction != "image":
            raise ValueError(
                'Argument `prediction` must be "image" with schedule="edm", '
                "whose network is preconditioned. "
                f"Received: prediction={self.prediction!r}. Leave it out."
            )

    @property
    def path(self):
        return samplers.PATHS[self.schedule]

    def compute_losses(self, batch, training):
        x, noise = self.dequantized(batch), batch.normal(self.latent_shape)
        t = self._drawn_times(batch)
        alpha, sigma = self._shares(t)
        x_t = alpha * x + sigma * noise
        target = {
            "noise": noise,
            "image": x,
            "velocity": alpha * noise - sigma * x,
        }[self.prediction]
        labels = self.labels_with_dropout(batch, training)
        predicted = self.predicted(x_t, t, labels, training)
        error = self.squared_error(target, predicted)
        return {"loss": batch.mean(self.weight(t) * error)}

    def _drawn_times(self, batch):
        if self.schedule == "edm":
            return tf.exp(_LOG_DEVIATION * batch.normal(()) + _LOG_MEAN)
        return self.path.noise_time * batch.uniform(())

    def _shares(self, t):
        t = self.beside_data(t)
        return self.path.alpha(t), self.path.sigma(t)

    def weight(self, t):
        """`w(t)`, what the squared error of the prediction counts."""
        if self.weighting == "uniform":
            return tf.ones_like(t)
        s = self.path.sigma(t) / self.path.alpha(t)
        # Of the error of x, in which that of the prediction is `scale`.
        if self.weighting == "min_snr":
            of_image = tf.minimum(1.0 / tf.square(s), _LARGEST_SNR)
        else:
            of_image = tf.square(1.0 / _DATA_DEVIATION) + 1.0 / tf.square(s)
        scale = {
            "noise": tf.square(s),
            "image": tf.ones_like(s),
            "velocity": tf.square(self.path.sigma(t)),
        }[self.prediction]
        return of_image * scale

    def predicted(self, x, t, labels, training=False):
        if self.schedule != "edm":
            return self.network_outputs(x, [t], labels, training)
        # Equation 7 and table 1 of Karras et al.
        sigma = self.beside_data(t)
        total = tf.square(sigma) + _DATA_DEVIATION**2
        skip = _DATA_DEVIATION**2 / total
        outputs = self.network_outputs(
            x / tf.sqrt(total), [tf.math.log(t) / 4.0], labels, training
        )
        return skip * x + sigma * _DATA_DEVIATION / tf.sqrt(total) * outputs

    def data_and_noise(self, x, predicted, t):
        alpha, sigma = self._shares(t)
        if self.prediction == "noise":
            return (x - sigma * predicted) / alpha, predicted
        if self.prediction == "image":
            return predicted, (x - alpha * predicted) / sigma
        return alpha * x - sigma * predicted, sigma * x + alpha * predicted
