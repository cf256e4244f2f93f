"""BetaTCVAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.model_contract import ModelContract
from tests.models import test_vae_contract

VAE_CONTRACT = test_vae_contract.TestVAEContract
PARTS = ("mutual_information", "total_correlation", "dimension_wise_kl")


class TestBetaTCVAEContract(ModelContract):
    model_class = kerasgen.BetaTCVAE
    arguments = VAE_CONTRACT.arguments
    config_arguments = {
        **VAE_CONTRACT.config_arguments,
        "beta": 3.0,
        "dataset_size": 100,
    }
    metric_names = VAE_CONTRACT.metric_names | set(PARTS)
    replica_rate = 0.005


def new_model(**options):
    keras.utils.set_random_seed(0)
    model = kerasgen.BetaTCVAE((8, 8, 1), 3, seed=0, **options)
    model.compile()
    return model


def normal_density(values, mean, log_variance):
    deviation = np.exp(0.5 * log_variance)
    scaled = (values - mean) / deviation
    return np.exp(-0.5 * scaled**2) / (deviation * np.sqrt(2 * np.pi))


def test_loss_by_hand(digits):
    """Sums over densities, where the model has logarithms."""
    images, size = digits[:20], 50
    model = new_model(beta=6.0, dataset_size=size)
    mean, log_variance = (np.array(a, float) for a in model.posterior(images))
    epsilon = model.next_batch(images, training=False).normal((3,)).numpy()
    latents = mean + np.exp(0.5 * log_variance) * epsilon
    expected = dict.fromkeys(PARTS, 0.0)
    for i, z in enumerate(latents):
        weights = np.full(20, 1 / 19)
        weights[i], weights[(i + 1) % 20] = 1 / size, (size - 19) / (size * 19)
        assert weights.sum() == pytest.approx(1)
        densities = normal_density(z, mean, log_variance)
        joint = weights @ densities.prod(axis=1)
        marginals = weights @ densities
        prior = normal_density(z, 0, 0)
        expected["mutual_information"] += np.log(densities[i].prod() / joint)
        expected["total_correlation"] += np.log(joint / marginals.prod())
        expected["dimension_wise_kl"] += np.log(marginals / prior).sum()
    found = model.evaluate(images, batch_size=20, verbose=0, return_dict=True)
    for name in PARTS:
        np.testing.assert_allclose(found[name], expected[name] / 20, atol=2e-5)
    kl = sum(found[name] for name in PARTS)
    assert found["kl_loss"] == pytest.approx(kl, abs=1e-5)
    assert found["elbo"] == pytest.approx(
        -found["reconstruction_loss"] - kl, rel=1e-6
    )
    extra = 5 * found["total_correlation"]
    assert found["loss"] == pytest.approx(-found["elbo"] + extra, rel=1e-6)


def test_replicas_estimate_from_the_whole_batch(digits, strategy):
    """Unevenly many images; gradients reach those of the other replica."""

    def parts_and_gradient(model, data):
        def step(images):
            batch = model.next_batch(images)
            with tf.GradientTape() as tape:
                values = model.compute_losses(batch, training=True)
            variables = model.trainable_variables
            gradients = tape.gradient(values["loss"], variables)
            sums = batch.replica.all_reduce("mean", gradients)
            names = (*PARTS, "loss")
            means = batch.replica.all_reduce(
                "mean", [values[name] for name in names]
            )
            return [*means, *sums]

        results = model.distribute_strategy.run(tf.function(step), (data,))
        strategy = model.distribute_strategy
        return [strategy.experimental_local_results(r)[0] for r in results]

    one = new_model(dataset_size=90, beta=30.0)
    expected = parts_and_gradient(one, tf.constant(digits[:9]))
    with strategy.scope():
        two = new_model(dataset_size=90, beta=30.0)
    split = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(
            digits[:6] if context.replica_id_in_sync_group == 0 else digits[6:9]
        )
    )
    found = parts_and_gradient(two, split)
    assert len(found) == len(expected) > 8
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("as_data_set", [False, True])
def test_fit_counts_the_images(digits, as_data_set, tmp_path):
    model = new_model()
    images = digits[:48]
    data = kerasgen.data.from_arrays(images, batch_size=16, seed=0)
    counted = model.fit(
        data if as_data_set else images, batch_size=None, verbose=0
    )
    assert int(model._num_images) == 48
    assert model.get_config()["dataset_size"] is None
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert int(loaded._num_images) == 48
    if as_data_set:
        given = new_model(dataset_size=48).fit(data, verbose=0)
        assert given.history == counted.history


def test_held_out_images_are_not_counted(digits):
    model = new_model()
    model.fit(digits[:48], validation_split=0.25, verbose=0)
    assert int(model._num_images) == 36
    rest = digits[48:]
    model.fit(
        digits[:48], validation_split=0.25, validation_data=rest, verbose=0
    )
    assert int(model._num_images) == 48


def test_data_of_unknown_length_need_the_size(digits):
    def batches():
        while True:
            yield (digits[:16],)

    with pytest.raises(ValueError, match="dataset_size=None"):
        new_model().fit(batches(), steps_per_epoch=2, verbose=0)
    new_model(dataset_size=64).fit(batches(), steps_per_epoch=2, verbose=0)
    with pytest.raises(ValueError, match="dataset_size=0"):
        new_model(dataset_size=0)


def test_weighs_dependence(digits):
    """A larger beta leaves less total correlation."""
    found, many = [], np.tile(digits, (20, 1, 1, 1))
    for beta in (1.0, 20.0):
        model = new_model(beta=beta)
        history = model.fit(many, batch_size=64, epochs=5, verbose=0)
        found.append(history.history["total_correlation"][-1])
    assert found[1] < found[0] - 0.1
