"""Models with one fault each, which the contract must find."""

import contextlib
import itertools

import keras
import numpy as np
import tensorflow as tf

import kerasgen
from kerasgen.engine.global_batch import GlobalBatch

register = keras.saving.register_keras_serializable("faults")


@register
class ConfigDropsAnArgument(kerasgen.VAE):
    def get_config(self):
        config = super().get_config()
        del config["beta"]
        return config


@register
class ConfigKeepsADefault(kerasgen.VAE):
    def get_config(self):
        return {**super().get_config(), "kl_annealing_steps": 0}


@register
class FrozenDiscriminator(kerasgen.GAN):
    def train_networks(self, networks, optimizer, compute_losses, *arguments):
        if self.discriminator in networks:
            return compute_losses(*arguments)
        return super().train_networks(
            networks, optimizer, compute_losses, *arguments
        )


@register
class OneLatentForABatch(kerasgen.VAE):
    def latents_from_seeds(self, seeds):
        latents = super().latents_from_seeds(seeds)
        return tf.zeros_like(latents) + latents[:1]


@register
class NaNSamples(kerasgen.VAE):
    def generate(self, *arguments, **options):
        return super().generate(*arguments, **options) * np.nan


@register
class NumbersOfNumpyAreCut(kerasgen.VAE):
    def __init__(self, *args, **kwargs):
        for name, value in kwargs.items():
            if isinstance(value, np.floating):
                kwargs[name] = int(value)
        super().__init__(*args, **kwargs)


@register
class SamplesOutOfRange(kerasgen.GAN):
    def data_from_latents(self, latents):
        return super().data_from_latents(latents) * 2 - 1


@register
class SeedIsIgnored(kerasgen.VAE):
    def latents_from_seeds(self, seeds):
        return super().latents_from_seeds(seeds * [[0, 1]])


@register
class UniformsDrawOtherLatents(kerasgen.VAE):
    """Draws its latents in the opposite order."""

    def latents_from_seeds(self, seeds):
        latents = super().latents_from_seeds(seeds)
        return latents if seeds.dtype.is_floating else latents[:, ::-1]


@register
class SampleDependsOnItsBatch(kerasgen.VAE):
    def latents_from_seeds(self, seeds):
        latents = super().latents_from_seeds(seeds)
        return latents + 0.1 * tf.cast(tf.shape(seeds)[0], tf.float32)


class SameNoiseEverywhere(GlobalBatch):
    def normal(self, shape):
        self._first_row = 0
        return super().normal(shape)


class OtherBatches(kerasgen.VAE):
    """Has batches of another class."""

    batch_class = GlobalBatch

    def next_batch(self, images, training=True):
        batch = super().next_batch(images, training)
        batch.__class__ = self.batch_class
        return batch


@register
class NoiseEqualOnReplicas(OtherBatches):
    batch_class = SameNoiseEverywhere


@register
class DropoutEqualOnReplicas(kerasgen.GAN):
    def _seed_layers(self, step, replica):
        """Leaves the layers to Keras."""


@register
class StepNotSaved(kerasgen.VAE):
    def load_own_variables(self, store):
        super().load_own_variables(store)
        self.training_steps.assign(0)


@register
class NoiseFromNowhere(kerasgen.GAN):
    def draw(self, latents, labels, training):
        noise = tf.random.normal(tf.shape(latents))
        return super().draw(noise, labels, training)


@register
class LossNotDividedByReplicas(kerasgen.GAN):
    def minimize(self, loss, tape, optimizer, variables):
        gradients = tape.gradient(loss, variables)
        optimizer.apply(gradients, variables)


@register
class LossOfTheReplicaAlone(kerasgen.VAE):
    def next_batch(self, images, training=True):
        batch = super().next_batch(images, training)
        batch.mean = tf.reduce_mean
        return batch


@register
class CompileNotRestored(kerasgen.GAN):
    def compile_from_config(self, config):
        self.compile()


@register
class OptionsNotRestored(kerasgen.VAE):
    def compile_from_config(self, config):
        revived = keras.saving.deserialize_keras_object(config)
        self.compile(optimizer=revived["optimizer"])


@register
class MetricOnNoList(kerasgen.GAN):
    @property
    def metrics(self):
        return self.trackers[:1]


@register
class NetworksIgnorePrecision(kerasgen.VAE):
    @property
    def dtype_policy(self):
        return keras.DTypePolicy("float32")

    @dtype_policy.setter
    def dtype_policy(self, value):
        pass


@register
class GradientsOverflow(kerasgen.VAE):
    def compute_losses(self, batch, training):
        values = super().compute_losses(batch, training)
        return {**values, "loss": 1e30 * values["loss"]}


@register
class LossNotScaled(kerasgen.GAN):
    def compile_optimizers(self, optimizers, **options):
        super().compile_optimizers(optimizers, **options)
        optimizer = keras.optimizers.Adam(2e-4)
        optimizer.build(self.discriminator.trainable_variables)
        self.discriminator_optimizer = optimizer


@register
class DataNotChecked(kerasgen.VAE):
    def fit(self, x=None, **options):
        return keras.Model.fit(self, x, **options)


@register
class ShapesNotChecked(kerasgen.GAN):
    def __init__(self, *args, discriminator=None, **kwargs):
        super().__init__(*args, **kwargs)
        if discriminator is not None:
            self.discriminator = discriminator


@register
class ExportsOtherImages(kerasgen.GAN):
    def signatures(self):
        signatures = super().signatures()
        decode, specs = signatures["serving_default"]

        def blurred(latents):
            return {"images": decode(latents)["images"] * 0.99}

        return {**signatures, "serving_default": (blurred, specs)}


@register
class TrainsOnItsOwnRandomness(kerasgen.VAE):
    def next_batch(self, images, training=True):
        self.seed = 5
        return super().next_batch(images, training)


@register
class EachModelHasNoiseOfItsOwn(kerasgen.VAE):
    numbers = itertools.count()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.number = next(self.numbers)

    def next_batch(self, images, training=True):
        self.seed = self.number
        return super().next_batch(images, training)


@register
class ValidationTakesSteps(kerasgen.VAE):
    def test_step(self, data):
        self.training_steps.assign_add(1)
        return super().test_step(data)


@register
class ConfigIsNoJSON(kerasgen.VAE):
    def get_config(self):
        return {**super().get_config(), "data_shape": self.data_shape}


@register
class OwnNetworkIsReplaced(kerasgen.GAN):
    def get_config(self):
        return {**super().get_config(), "generator": None}

    def __init__(self, *args, generator=None, **kwargs):
        super().__init__(*args, **kwargs)


@register
class EvaluationDrawsNewNoise(kerasgen.VAE):
    def reset_metrics(self):
        keras.Model.reset_metrics(self)


@register
class GenerateTakesAnything(kerasgen.GAN):
    def generate(self, num_samples=1, seed=None, batch_size=256, labels=None):
        return super().generate(
            max(num_samples, 1), abs(seed or 0), batch_size, labels
        )


@register
class EncodeTakesAnything(kerasgen.VAE):
    def encode(self, images, batch_size=256, labels=None):
        return self.call_endpoint("encode", images, batch_size=batch_size)


class NoiseOfTheDevice(GlobalBatch):
    def normal(self, shape):
        seed = self._step[None] * 7 + tf.constant([self._draws, 0], tf.int64)
        self._draws += 1
        return tf.random.stateless_normal((self._rows, *shape), seed)


@register
class NoiseDiffersUnderXLA(OtherBatches):
    batch_class = NoiseOfTheDevice


@register
class GradientsAppliedByHand(kerasgen.VAE):
    def minimize(self, loss, tape, optimizer, variables):
        gradients = tape.gradient(loss, variables)
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(0.01 * gradient)


@register
class LabelsChangeTraining(kerasgen.VAE):
    def train_step(self, data):
        if isinstance(data, tuple):
            self.beta = 2.0
        return super().train_step(data)


@register
class LabelsNotChecked(kerasgen.ConditionalGAN):
    def fit(self, x=None, y=None, **options):
        return keras.Model.fit(self, x, y, **options)


@register
class LabelsIgnored(kerasgen.ConditionalGAN):
    def draw(self, latents, labels, training):
        return super().draw(latents, 0 * labels, training)


@register
class FrozenLayersThaw(kerasgen.VAE):
    def get_config(self):
        config = super().get_config()
        config.pop("trainability", None)
        return config


@register
class FrozenStatisticsMove(kerasgen.VAE):
    def train_step(self, data):
        for weight in self.encoder.weights:
            weight.assign(0.99 * weight)
        return super().train_step(data)


@register
class OneRateMoves(kerasgen.GAN):
    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        optimizer = self.optimizer
        vars(optimizer)["_learning_rate"] = optimizer.learning_rate.followed


@register
class ColumnDropped(kerasgen.ConditionalGAN):
    def train_step(self, data):
        images, labels = data
        return super().train_step((images, 0 * labels))


@register
class SecondColumnDropped(kerasgen.VAE):
    def fit(self, x=None, y=None, **options):
        return super().fit(x, **options)


@register
class SignatureOnNoTable(kerasgen.VAE):
    def signatures(self):
        signatures = super().signatures()
        return {**signatures, "draw": signatures["generate"]}


@register
class AnotherPenaltyThanThePapers(kerasgen.WGANGP):
    def __init__(self, *args, gradient_penalty=1.0, **kwargs):
        super().__init__(*args, gradient_penalty=gradient_penalty, **kwargs)


@register
class AveragesNotUsed(kerasgen.R3GAN):
    @contextlib.contextmanager
    def averaged_weights(self, in_step=False):
        yield
