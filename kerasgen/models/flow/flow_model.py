"""What models have in common that draw data along a path from noise."""

import contextlib

import keras
import tensorflow as tf

from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import arguments_of
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.flow import likelihood
from kerasgen.models.flow.backbone import backbone_of
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.utils import random


class FlowModel(LatentVariableModel):
    """A model that draws data along a path from noise, with one network.

    Its latents are the noise, of the shape of the data. A subclass says what
    its losses are, and how noise becomes data; see `ODEFlow` for those of which
    a sampler takes care.

    Args:
        data_shape: tuple of int. `(height, width, channels)` for images in
            [0, 1], or `(length,)` for rows, which best have a mean of 0 and a
            standard deviation of 1; or their kind.
        num_classes: int, or `None` for a model without classes. It is then
            fitted to (data, labels).
        network: str. `"unet"`, `"dit"` or `"mlp"`. Defaults to `"unet"` for
            images and `"mlp"` for rows.
        network_options: dict or `None`. Options of that network.
        backbone: `keras.Model` from `[(batch, *data_shape), times of shape
            (batch, num_times)]`, and int32 labels of shape `(batch,)` where
            there are classes, of which `num_classes` stands for none, to
            `(batch, *data_shape)`. `None` builds `network`.
        class_dropout: float. Share of labels that training leaves out, for
            guidance.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the new one of the weights that data are drawn with. It grows to
            that from 0.1 as training goes on.
        num_steps: int. Steps from noise to data.
        guidance: float. How far predictions are moved away from worse ones: 1
            for not at all; more for better samples that are more alike. See
            `kerasgen.samplers.guided`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    weighs_rows = True
    latent_dim = None
    paper_network = "unet"
    known_networks = tuple(networks.BACKBONES)
    # What `generate` may be asked for otherwise.
    sampling_settings = ()
    # Times that the network gets.
    num_times = 1

    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    num_classes = Argument(None, optional(at_least_two))
    backbone = NetworkArgument()
    class_dropout = Argument(0.1, below_one)
    ema_momentum = Argument(0.999, optional(below_one))
    num_steps = Argument(20, positive_integer)
    guidance = Argument(1.0, at_least(0))

    @property
    def latent_shape(self):
        """The shape of the noise that one datum starts from."""
        return self.data_shape

    def build_networks(self):
        self.backbone = backbone_of(
            self, self.latent_shape, self.num_classes, self.num_times
        )

    # === What the network computes with ===

    def scaled(self, data):
        """Data -> numbers around 0: pixels in [-1, 1]; rows as they are."""
        data = tf.cast(data, tf.float32)
        return 2.0 * data - 1.0 if self.kind.has_bounds else data

    def dequantized(self, batch):
        """The data of a batch, scaled; pixels with noise of one grey level.

        Without it there is no density to speak of; in 8 bits nobody sees it.
        """
        if not self.kind.has_bounds:
            return self.scaled(batch.data)
        noise = batch.uniform(self.data_shape)
        data = tf.cast(batch.data, tf.float32)
        return self.scaled(likelihood.with_grey_noise(data, noise))

    def unscaled(self, x):
        """`scaled` turned round, within the bounds of the data."""
        return self.kind.clipped(0.5 * x + 0.5 if self.kind.has_bounds else x)

    def beside_data(self, t):
        """Times of shape `(batch,)` as `(batch, 1, ...)`."""
        return tf.reshape(t, (-1, *(1 for _ in self.latent_shape)))

    def network_outputs(self, x, times, labels, training):
        """What the network returns, float32.

        Args:
            x: float tensor of shape `(batch, *data_shape)`.
            times: list of `num_times` float tensors of shape `(batch,)`.
            labels: int32 tensor of shape `(batch,)`, or `None` for no class.
            training: bool.
        """
        inputs = [x, tf.stack(times, axis=1)]
        if self.num_classes is not None:
            if labels is None:
                labels = tf.fill(tf.shape(x)[:1], self.num_classes)
            inputs.append(labels)
        return tf.cast(self.backbone(inputs, training=training), tf.float32)

    def labels_with_dropout(self, batch, training):
        """Labels, some of which are left out (`num_classes`), for guidance.

        Line 3 of algorithm 1 of Ho and Salimans (2022).
        """
        if batch.labels is None or not training:
            return batch.labels
        is_left_out = batch.uniform(()) < self.class_dropout
        return tf.where(is_left_out, self.num_classes, batch.labels)

    def squared_error(self, target, predicted):
        """The mean squared error of a prediction, a row."""
        axes = list(range(1, 1 + len(self.latent_shape)))
        return tf.reduce_mean(tf.square(target - predicted), axes)

    def call_inputs(self, inputs):
        """Data, scaled, and int32 labels or `None`, of what `call` gets."""
        data, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        if labels is not None:
            labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        return self.scaled(data), labels

    def latents_from_seeds(self, seeds):
        return random.normal_from_seed_rows(seeds, self.prior_shape)

    # === Sampling otherwise than by default ===

    def what_traces_hold(self):
        settings = [getattr(self, name) for name in self.sampling_settings]
        return super().what_traces_hold(), *settings

    @contextlib.contextmanager
    def sampling(self, **settings):
        """A scope with other settings of the sampler.

        Args:
            **settings: those of `sampling_settings`; `None` leaves the model's
                own.

        Raises:
            ValueError: for one that the model does not have, or a value that
                its argument must not have.
        """
        declared = arguments_of(type(self))
        settings = {k: v for k, v in settings.items() if v is not None}
        for name, value in settings.items():
            if name not in self.sampling_settings:
                raise ValueError(
                    f"Argument `{name}` must be left to {type(self).__name__}, "
                    f"which is trained for it. Received: {name}={value!r}. "
                    f"Here {', '.join(self.sampling_settings)} can be passed."
                )
        settings = {k: declared[k].kept(v) for k, v in settings.items()}
        before = {name: getattr(self, name) for name in settings}
        for name, value in settings.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def generate(
        self, num_samples=1, seed=None, batch_size=256, labels=None, **settings
    ):
        """Draws samples.

        Args:
            num_samples, seed, batch_size, labels: see
                `kerasgen.models.GenerativeModel.generate`.
            **settings: those of `sampling_settings`, for this call; as
                attributes of the model they can be changed for good, and for
                what is exported.

        Returns:
            Array of shape `(num_samples, *data_shape)`; of images float32.
        """
        with self.sampling(**settings):
            return super().generate(num_samples, seed, batch_size, labels)
