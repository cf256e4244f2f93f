"""The contract is worth something: each seeded fault fails the test named."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.engine.global_batch import GlobalBatch
from tests.models.test_conditional_gan import (
    TestConditionalGANContract as ConditionalContract,
)
from tests.models.test_gan_contract import TestGANOfDenseLayers as GANContract
from tests.models.test_vae_contract import TestVAEOfDenseLayers as VAEContract

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
    def _step(self, losses_of, batch, optimizer, networks):
        if self.discriminator in networks:
            return losses_of(batch, training=True)
        return super()._step(losses_of, batch, optimizer, networks)


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
    def __setattr__(self, name, value):
        is_float = isinstance(value, np.floating)
        super().__setattr__(name, int(value) if is_float else value)


@register
class SamplesOutOfRange(kerasgen.GAN):
    def data_from_latents(self, latents):
        return super().data_from_latents(latents) * 2 - 1


@register
class SeedIsIgnored(kerasgen.VAE):
    def latents_from_seeds(self, seeds):
        return super().latents_from_seeds(seeds * [[0, 1]])


@register
class SampleDependsOnItsBatch(kerasgen.VAE):
    def latents_from_seeds(self, seeds):
        latents = super().latents_from_seeds(seeds)
        return latents + 0.1 * tf.cast(tf.shape(seeds)[0], tf.float32)


class SameNoiseEverywhere(GlobalBatch):
    def normal(self, shape):
        self._first_row = 0
        return super().normal(shape)


@register
class NoiseEqualOnReplicas(kerasgen.VAE):
    def next_batch(self, images, training=True):
        batch = super().next_batch(images, training)
        batch.__class__ = SameNoiseEverywhere
        return batch


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
    def _generate(self, latents, labels, training):
        noise = tf.random.normal(tf.shape(latents))
        return super()._generate(noise, labels, training)


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
class LossNotScaled(kerasgen.GAN):
    def _compile(self, optimizers, **options):
        super()._compile(optimizers, **options)
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
        return self._in_batches("latents_from_data", batch_size, images)


class NoiseOfTheDevice(GlobalBatch):
    def normal(self, shape):
        seed = self._step[None] * 7 + tf.constant([self._draws, 0], tf.int64)
        self._draws += 1
        return tf.random.stateless_normal((self._rows, *shape), seed)


@register
class NoiseDiffersUnderXLA(kerasgen.VAE):
    def next_batch(self, images, training=True):
        batch = super().next_batch(images, training)
        batch.__class__ = NoiseOfTheDevice
        return batch


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
    def _generate(self, latents, labels, training):
        return super()._generate(latents, 0 * labels, training)


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


FAULTS = [
    (FrozenLayersThaw, "test_frozen_layers_stay_frozen"),
    (FrozenStatisticsMove, "test_frozen_layers_stay_frozen"),
    (OneRateMoves, "test_learning_rates_move_together"),
    (LabelsNotChecked, "test_bad_labels_are_refused"),
    (LabelsIgnored, "test_generate_by_class"),
    (ConfigIsNoJSON, "test_config_round_trip"),
    (OwnNetworkIsReplaced, "test_own_networks_are_kept"),
    (EvaluationDrawsNewNoise, "test_evaluate_repeats_itself"),
    (GenerateTakesAnything, "test_generate_refuses_bad_arguments"),
    (EncodeTakesAnything, "test_encoder_methods"),
    (NoiseDiffersUnderXLA, "test_compiled_by_xla_or_not"),
    (GradientsAppliedByHand, "test_gradients_are_accumulated"),
    (LabelsChangeTraining, "test_trains_on_a_data_set_with_labels"),
    (ConfigDropsAnArgument, "test_config_lists_every_argument"),
    (ConfigKeepsADefault, "test_config_lists_every_argument"),
    (FrozenDiscriminator, "test_fit_changes_every_weight"),
    (OneLatentForABatch, "test_generate"),
    (NaNSamples, "test_generate"),
    (NumbersOfNumpyAreCut, "test_numbers_may_be_numpys"),
    (SamplesOutOfRange, "test_generate"),
    (SeedIsIgnored, "test_generate"),
    (SampleDependsOnItsBatch, "test_generate_does_not_depend_on_batches"),
    (NoiseEqualOnReplicas, "test_replicas_draw_different_noise"),
    (DropoutEqualOnReplicas, "test_replicas_draw_different_noise"),
    (DropoutEqualOnReplicas, "test_save_load_and_go_on"),
    (StepNotSaved, "test_save_load_and_go_on"),
    (NoiseFromNowhere, "test_save_load_and_go_on"),
    (LossNotDividedByReplicas, "test_replicas_and_workers_equal_one"),
    (LossOfTheReplicaAlone, "test_replicas_and_workers_equal_one"),
    (CompileNotRestored, "test_compile_arguments_are_restored"),
    (OptionsNotRestored, "test_compile_arguments_are_restored"),
    (MetricOnNoList, "test_fit_changes_every_weight"),
    (NetworksIgnorePrecision, "test_mixed_precision"),
    (LossNotScaled, "test_mixed_precision"),
    (DataNotChecked, "test_bad_images_are_refused"),
    (ShapesNotChecked, "test_own_networks_of_wrong_shape_are_refused"),
    (ExportsOtherImages, "test_export"),
    (TrainsOnItsOwnRandomness, "test_same_seed_same_training"),
]


def fixtures_of(test, request):
    """What a contract test asks for, by the names of its arguments."""
    known = {
        "as_data_set": True,
        "policy": "mixed_float16",
    }
    names = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    return {
        name: known[name] if name in known else request.getfixturevalue(name)
        for name in names
    }


@register
class HealthyVAE(kerasgen.VAE):
    pass


@register
class HealthyGAN(kerasgen.GAN):
    pass


@register
class HealthyConditionalGAN(kerasgen.ConditionalGAN):
    pass


# The narrower class first.
CONTRACTS = (
    (kerasgen.ConditionalGAN, HealthyConditionalGAN, ConditionalContract),
    (kerasgen.GAN, HealthyGAN, GANContract),
    (kerasgen.VAE, HealthyVAE, VAEContract),
)


def contract_of(model_class):
    """The healthy model and the contract of a kind of model."""
    return next(
        (healthy, contract)
        for parent, healthy, contract in CONTRACTS
        if issubclass(model_class, parent)
    )


HEALTHY = sorted(
    {(contract_of(fault)[0], test) for fault, test in FAULTS}, key=str
)


def new_contract(model_class):
    _, base = contract_of(model_class)
    return type(
        f"ContractOf{model_class.__name__}",
        (base,),
        {"model_class": model_class, "__module__": __name__},
    )


# By name, as processes of the contract's own look them up.
for _healthy, _ in HEALTHY:
    globals()[f"ContractOf{_healthy.__name__}"] = new_contract(_healthy)


def run_contract(model_class, test_name, request, digits):
    base = new_contract(model_class)
    contract = base()
    contract.images = digits
    contract.labels = request.getfixturevalue("digit_labels")
    arguments = fixtures_of(getattr(base, test_name), request)
    getattr(contract, test_name)(**arguments)


@pytest.mark.parametrize(
    ("model_class", "test_name"),
    HEALTHY,
    ids=[f"{model.__name__}-{test}" for model, test in HEALTHY],
)
def test_healthy_model_passes(model_class, test_name, request, digits):
    run_contract(model_class, test_name, request, digits)


@pytest.mark.parametrize(
    ("fault", "test_name"),
    FAULTS,
    ids=[f"{fault.__name__}-{test}" for fault, test in FAULTS],
)
def test_fault_is_caught(fault, test_name, request, digits):
    # AssertionError, or pytest's own failure where an error did not come.
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run_contract(fault, test_name, request, digits)


def test_every_contract_test_catches_a_fault():
    tests = {name for name in dir(VAEContract) if name.startswith("test_")}
    exempt = {
        # About the contract's own arguments.
        "test_arguments_are_not_defaults",
    }
    assert tests - exempt == {name for _, name in FAULTS}
