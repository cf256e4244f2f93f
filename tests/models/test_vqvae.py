"""VQVAE: the contract, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.contract.drawing import DrawingContract
from tests.export_contract import ExportContract
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract


class TestVQVAEContract(ModelContract):
    model_class = kerasgen.VQVAE
    arguments = {
        "network_options": {"filters": 8, "blocks_per_stage": 1},
        "prior_filters": 8,
        "prior_layers": 2,
    }
    config_arguments = {
        "latent_dim": 3,
        "num_embeddings": 6,
        "grid_shape": [2, 3],
        "network": "mlp",
        "network_options": {"hidden_units": [24, 16], "activation": "tanh"},
        "likelihood": "bernoulli",
        "binarization": "dynamic",
        "codebook": "gradient",
        "ema_decay": 0.9,
        "commitment_cost": 0.5,
        "reset_threshold": 0.2,
        "num_classes": 3,
        "prior": "gpt",
        "prior_filters": 8,
        "prior_layers": 1,
        "prior_dropout": 0.1,
        "prior_options": {"attention_heads": 2},
    }
    # Pixels are not binarized, and codes rarely replaced, by default.
    draws_noise = False
    replica_images = 51
    replica_rate = 0.005
    metric_names = {
        "loss",
        "reconstruction_loss",
        "commitment_loss",
        "prior_loss",
        "elbo",
        "perplexity",
        "code_usage",
    }


class TestVQVAEWithEveryOption(
    TrainingContract, DrawingContract, ExportContract
):
    model_class = kerasgen.VQVAE
    arguments = TestVQVAEContract.config_arguments
    # Which units dropout drops depends on the replica.
    replica_arguments = {"prior_dropout": 0.0}
    replica_rate = 0.005
    metric_names = TestVQVAEContract.metric_names


def vqvae(**options):
    options = {"network_options": {"hidden_units": [16]}, **options}
    return kerasgen.VQVAE(
        (8, 8, 1),
        latent_dim=2,
        num_embeddings=5,
        grid_shape=(2, 3),
        network="mlp",
        prior_filters=8,
        prior_layers=2,
        seed=0,
        **options,
    )


@pytest.mark.parametrize("codebook", ["ema", "gradient"])
def test_losses_by_hand(digits, codebook):
    model = vqvae(codebook=codebook, commitment_cost=0.5)
    model.compile()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    encoded = np.array(model.encoder(digits))
    embeddings = np.array(model.quantizer.embeddings)
    squares = ((encoded[..., None, :] - embeddings) ** 2).sum(-1)
    codes = squares.argmin(-1)
    logits = np.array(model.decoder(embeddings[codes]), np.float64)
    probability = 1 / (1 + np.exp(-logits))
    terms = digits * np.log(probability) + (1 - digits) * np.log1p(-probability)
    reconstruction_loss = -terms.sum(axis=(1, 2, 3)).mean()
    commitment_loss = squares.min(-1).mean()
    logits = np.array(model.prior(codes), np.float64)
    log_prior = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    log_prior = np.take_along_axis(log_prior, codes[..., None], -1)
    prior_loss = -log_prior.sum(axis=(1, 2, 3)).mean()
    share = np.bincount(codes.ravel(), minlength=5) / codes.size
    used = share[share > 0]
    weight = 0.5 if codebook == "ema" else 1.5
    expected = {
        "reconstruction_loss": reconstruction_loss,
        "commitment_loss": commitment_loss,
        "loss": reconstruction_loss + weight * commitment_loss,
        "prior_loss": prior_loss,
        "elbo": -reconstruction_loss - prior_loss,
        "perplexity": np.exp(-(used * np.log(used)).sum()),
        "code_usage": len(used) / 5,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    bound = model.log_likelihood(digits, batch_size=20)
    assert bound.shape == (64,)
    np.testing.assert_allclose(bound.mean(), expected["elbo"], rtol=1e-5)
    np.testing.assert_array_equal(model.codes(digits, batch_size=20), codes)


def test_encoder_gets_the_gradient_of_the_decoder_s_input(digits):
    """And nothing else: the commitment loss weighs nothing here."""
    model = vqvae(commitment_cost=0.0)
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0))
    variables = model.encoder.trainable_variables
    before = [np.array(v) for v in variables]
    with tf.GradientTape() as outer:
        encoded = model.encoder(digits)
    quantized = model.quantizer.vectors(model.quantizer.codes(encoded))
    with tf.GradientTape() as inner:
        inner.watch(quantized)
        outputs = model.decoder(quantized)
        loss = -tf.reduce_mean(model.log_likelihood_of(digits, outputs))
    gradients = outer.gradient(
        encoded,
        [v.value for v in variables],
        output_gradients=inner.gradient(loss, quantized),
    )
    model.fit(digits, batch_size=64, verbose=0)
    for variable, old, gradient in zip(variables, before, gradients):
        assert np.abs(gradient).max() > 1e-3
        np.testing.assert_allclose(
            old - variable, 0.1 * gradient, rtol=1e-3, atol=1e-6
        )


def test_codes_become_the_means_of_their_vectors(digits):
    model = vqvae(ema_decay=0.0, reset_threshold=0.0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    before = np.array(model.quantizer.embeddings)
    encoded = np.array(model.encoder(digits)).reshape(-1, 2)
    codes = model.codes(digits).ravel()
    model.fit(digits, batch_size=64, verbose=0)
    for code, embedding in enumerate(np.array(model.quantizer.embeddings)):
        own = encoded[codes == code]
        expected = own.mean(axis=0) if len(own) else before[code]
        np.testing.assert_allclose(embedding, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("codebook", ["ema", "gradient"])
def test_codes_far_from_all_vectors_return(digits, codebook):
    model = vqvae(codebook=codebook, reset_threshold=0.1)
    model.compile()
    embeddings = np.array(model.quantizer.embeddings)
    embeddings[3] = 1000.0
    model.quantizer.embeddings.assign(embeddings)
    model.fit(digits, batch_size=64, verbose=0)
    # A code of its own for what is now an output of the encoder, or was.
    assert np.abs(np.array(model.quantizer.embeddings[3])).max() < 10
    assert model.quantizer.ema_counts[3] > 0


@pytest.mark.parametrize("prior", ["pixelcnn", "gpt"])
def test_a_trained_prior_draws_the_codes_of_the_data(digits, prior):
    images = np.stack([digits[0]] * 3 + [digits[1]]).repeat(800, axis=0)
    model = vqvae(reset_threshold=0.0, prior=prior)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.01))
    model.fit(images, verbose=0)
    grids, counts = np.unique(model.codes(images), axis=0, return_counts=True)
    assert len(grids) == 2
    seeds = tf.stack([tf.fill((2000,), 5), tf.range(2000)], axis=1)
    latents = model.latents_from_seeds(seeds)
    drawn = model.quantizer.codes(latents).numpy()
    for grid, count in zip(grids, counts):
        share = (drawn == grid).all(axis=(1, 2)).mean()
        assert abs(share - count / 3200) < 0.08


@pytest.mark.parametrize("prior", ["pixelcnn", "gpt"])
def test_a_class_is_the_prior_s_alone(digits, prior):
    images = digits[:2].repeat(800, axis=0)
    model = vqvae(reset_threshold=0.0, prior=prior, num_classes=2)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.01))
    model.fit(images, np.arange(2).repeat(800), epochs=3, verbose=0)
    grids = model.encode(images[::800])
    assert np.any(grids[0] != grids[1])
    for label in (0, 1):
        drawn = model.generate(200, seed=0, labels=label)
        is_own = np.isclose(drawn, model.decode(grids)[label], atol=1e-6)
        assert is_own.all(axis=(1, 2, 3)).mean() > 0.9
    right = model.log_likelihood(images[::800], labels=[0, 1])
    assert np.all(right > model.log_likelihood(images[::800], labels=[1, 0]))


def test_tasks_on_latents_need_no_classes(digits):
    model = vqvae(num_classes=3)
    with pytest.raises(ValueError, match="trained already"):
        kerasgen.tasks.LatentFeatures(model).fit(digits)
    model.compile()
    model.fit(digits, np.arange(64) % 3, verbose=0)
    features = kerasgen.tasks.LatentFeatures(model).fit(digits)
    assert features.transform(digits[:4]).shape == (4, 12)


def test_any_latents_are_moved_to_the_nearest_codes(digits):
    model = vqvae()
    model.quantizer.embeddings.assign(np.arange(10.0).reshape(5, 2))
    latents = model.encode(digits)
    assert set(latents.ravel()) <= set(range(10))
    moved = latents + np.random.default_rng(0).uniform(-0.9, 0.9, latents.shape)
    np.testing.assert_array_equal(model.decode(latents), model.decode(moved))
    assert np.any(model.decode(latents) != model.decode(latents + 2.0))


def test_grid_is_that_of_the_own_encoder():
    images, latents = keras.Input((8, 8, 1)), keras.Input((8, 4, 2))
    encoder = keras.Model(images, keras.layers.Reshape((8, 4, 2))(images))
    decoder = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(latents))
    model = kerasgen.VQVAE(
        (8, 8, 1), latent_dim=2, encoder=encoder, decoder=decoder, seed=0
    )
    assert model.latent_shape == (8, 4, 2)
    assert model.get_config()["grid_shape"] == [8, 4]
    assert model.generate(2, seed=0).shape == (2, 8, 8, 1)


def test_rows_of_numbers():
    rows = np.random.default_rng(0).normal(5, 3, (640, 4)).astype("float32")
    # The prior of two layers sees all of this grid.
    model = kerasgen.VQVAE(
        (4,), 2, 16, (2, 1), prior_filters=8, prior_layers=2, seed=0
    )
    assert model.network == "mlp"
    assert model.likelihood == "gaussian"
    model.compile(keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2))
    history = model.fit(rows, epochs=4, verbose=0).history["elbo"]
    assert history[-1] > history[0]
    assert 3 < model.generate(200, seed=0).mean() < 7


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"grid_shape": (2, 3, 4)}, r"\(height, width\).*\(2, 3, 4\)"),
        ({"grid_shape": 4}, "grid_shape=4"),
        ({"grid_shape": (3, 3)}, r"\(4, 4\).*grid_shape=\(3, 3\)"),
        ({"commitment_cost": -1}, "commitment_cost=-1"),
        ({"codebook": "mean"}, "'ema'.*'mean'"),
        ({"num_embeddings": 0}, "num_embeddings=0"),
        ({"likelihood": "poisson"}, "'bernoulli', 'gaussian'.*'poisson'"),
        (
            {"likelihood": "gaussian", "binarization": "dynamic"},
            "binarization='dynamic'",
        ),
        ({"data_shape": (4,), "likelihood": "bernoulli"}, "rows of numbers"),
        ({"prior_layers": 0}, "prior_layers=0"),
        ({"prior": "lstm"}, "'pixelcnn', 'gpt'.*'lstm'"),
        ({"prior_options": {"filters": 3}}, "kernel_size.*'filters': 3"),
        ({"prior_options": 5}, "prior_options=5"),
        ({"prior": "gpt", "prior_filters": 12}, "multiple of twice"),
        ({"prior": "gpt", "prior_options": {"a": 3}}, "feed_forward.*'a': 3"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        kerasgen.VQVAE(**{"data_shape": (8, 8, 1), **options})


def test_likelihood_of_binarized_pixels(digits):
    model = vqvae(binarization="dynamic")
    drawn = model.log_likelihood(digits, seed=1)
    np.testing.assert_array_equal(drawn, model.log_likelihood(digits, seed=1))
    few = model.log_likelihood(digits[:5], seed=1, batch_size=2)
    np.testing.assert_allclose(few, drawn[:5], rtol=1e-5)
    assert np.any(drawn != model.log_likelihood(digits, seed=2))
    # Pixels that are 0 or 1 are drawn as they are.
    sure = (digits >= 0.5).astype("float32")
    np.testing.assert_allclose(
        model.log_likelihood(sure, seed=1),
        model.log_likelihood(digits, binarization="threshold"),
        rtol=1e-5,
    )
