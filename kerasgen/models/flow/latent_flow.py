"""A flow on the latents of a trained autoencoder."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.kinds import as_kind
from kerasgen.engine import training_data
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.models.flow.flow_matching import FlowMatching
from kerasgen.models.latent_variable_model import LatentVariableModel

# Data whose latents are measured before the first step.
_MEASURED = 10_000
# Of the mean deviation: latents that say nothing are not blown up to noise.
_LEAST_DEVIATION = 0.01


@keras.saving.register_keras_serializable("kerasgen")
class LatentFlow(FlowMatching):
    """Flow matching on the latents of a trained autoencoder.

    The latents that an autoencoder gives to data do not fill a prior evenly,
    and what lies in the gaps decodes to no good picture. A flow learns where
    they are (section 3 of Rombach et al., with a flow in the place of
    diffusion): the autoencoder stays as it is, and draws what the flow gives
    it. Latents are few numbers, so that it is trained in seconds to minutes,
    generated from, saved and exported as one model.

    It is fitted to data, as the autoencoder was. Before the first step, the
    mean and the deviation of up to 10,000 latents are measured, which the flow
    then has as 0 and 1; `x` must therefore be an array or a `tf.data.Dataset`
    with an end.

    Args:
        autoencoder: `LatentVariableModel` with an encoder and without classes,
            trained, such as `VAE` or `VQVAE`. Its weights are not changed.
        network: str. Defaults to `"mlp"` where latents are vectors, and to
            `"unet"` where they are grids.
        **kwargs: Arguments of `FlowMatching`, without `data_shape`.

    Example:

    >>> import kerasgen
    >>> images, _ = kerasgen.data.load_arrays("digits")
    >>> vae = kerasgen.VAE((8, 8, 1), latent_dim=8, seed=0)
    >>> vae.compile()
    >>> history = vae.fit(images, epochs=2, verbose=0)
    >>> model = kerasgen.LatentFlow(vae, seed=0)
    >>> model.compile()
    >>> history = model.fit(images, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Rombach et al. (2022), High-Resolution Image Synthesis with Latent
          Diffusion Models, https://arxiv.org/abs/2112.10752
    """

    autoencoder = NetworkArgument(REQUIRED)

    def configure(self):
        given = self._given_networks["autoencoder"]
        _check_autoencoder(given)
        if self.network is None:
            self.network = as_kind(given.latent_shape).network or "unet"
        super().configure()

    def build_networks(self):
        self.autoencoder = self.given_network("autoencoder")
        self.autoencoder.trainable = False
        for name, start in (("latent_mean", "zeros"), ("latent_scale", "ones")):
            weight = self.add_weight(
                name=name,
                shape=self.latent_shape[-1:],
                initializer=start,
                trainable=False,
                aggregation="only_first_replica",
            )
            setattr(self, name, weight)
        super().build_networks()

    @property
    def kind(self):
        return self._autoencoder.kind

    @property
    def data_shape(self):
        return self._autoencoder.data_shape

    @property
    def latent_shape(self):
        return self._autoencoder.latent_shape

    @property
    def _autoencoder(self):
        # Before networks are built, as it was given.
        given = self._given_networks.get("autoencoder")
        return self.autoencoder if given is None else given

    def endpoints(self):
        table = super().endpoints()
        # Of latents: that of data is not known.
        for name in ("log_likelihood", "complete"):
            table.pop(name, None)
        return table

    # === Data are latents here ===

    def scaled(self, data):
        latents = self.autoencoder.latents_from_data(data)
        return (latents - self.latent_mean) / self.latent_scale

    def dequantized(self, batch):
        return self.scaled(batch.data)

    def unscaled(self, x):
        return self.autoencoder.data_from_latents(
            x * self.latent_scale + self.latent_mean
        )

    # === Fit ===

    def callbacks_of_fit(self, x, epochs, held_out):
        is_set = isinstance(x, tf.data.Dataset)
        if not training_data.is_array(x) and not is_set:
            raise ValueError(
                "Argument `x` must be an array or a `tf.data.Dataset`, to "
                "measure the latents of its data. Received: x of type "
                f"{type(x).__name__}."
            )
        return [_MeasureLatents(x)]

    def measure_latents(self, x):
        """Has the flow take the mean and deviation of latents for 0 and 1.

        Args:
            x: array of data, or `tf.data.Dataset` of batches.
        """
        latents = self.autoencoder.encode(_first_rows(self, x))
        axes = tuple(range(latents.ndim - 1))
        deviation = latents.std(axis=axes)
        least = max(_LEAST_DEVIATION * float(deviation.mean()), 1e-6)
        self.latent_mean.assign(latents.mean(axis=axes))
        self.latent_scale.assign(np.maximum(deviation, least))


class _MeasureLatents(keras.callbacks.Callback):
    """Measures latents before the first step that there ever is."""

    def __init__(self, x):
        super().__init__()
        self.x = x

    def on_train_begin(self, logs=None):
        if int(self.model.training_steps.numpy()) == 0:
            self.model.measure_latents(self.x)


def _first_rows(model, x):
    if training_data.is_array(x):
        x = x[:_MEASURED]
    rows, number = [], 0
    for batch in training_data.data_in_batches(x, model):
        rows.append(batch)
        number += len(batch)
        if number >= _MEASURED:
            break
    return np.concatenate(rows)[:_MEASURED]


def _check_autoencoder(given):
    if not isinstance(given, LatentVariableModel) or not given.has_encoder:
        raise ValueError(
            "Argument `autoencoder` must be a model with an encoder, such as "
            f"VAE. Received: {type(given).__name__}."
        )
    if "labels" in given.endpoints()["encode"].inputs:
        raise ValueError(
            "Argument `autoencoder` must be a model without classes; give the "
            "flow `num_classes` instead. Received: "
            f"{type(given).__name__} with num_classes={given.num_classes}."
        )
