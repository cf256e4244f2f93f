"""Rows that count more or less than others."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen

OPTIONS = {"network_options": {"hidden_units": [8]}, "seed": 0}
WEIGHING = {
    "VAE": {},
    "BetaVAE": {},
    "ConditionalVAE": {"num_classes": 10},
    "IWAE": {},
    "VampPriorVAE": {"num_pseudo_inputs": 3},
    "Autoencoder": {},
    "DenoisingAutoencoder": {},
    "ContractiveAutoencoder": {},
}


def new_model(name="Autoencoder", rate=0.1, **options):
    keras.utils.set_random_seed(0)
    options = {"latent_dim": 2, **OPTIONS, **WEIGHING.get(name, {}), **options}
    model = getattr(kerasgen, name)((8, 8, 1), **options)
    model.compile(keras.optimizers.SGD(rate))
    return model


@pytest.fixture
def weights():
    return np.random.default_rng(0).uniform(0, 3, 64).astype("float32")


@pytest.mark.parametrize("name", WEIGHING)
def test_rows_without_weight_count_for_nothing(
    name, digits, digit_labels, weights
):
    """In the loss, its gradient, and the density of codes; `n` is the same."""
    weights[32:] = 0.0
    spoilt = digits.copy()
    spoilt[32:] = 1.0 - spoilt[32:]
    found = []
    for images in (digits, spoilt):
        model = new_model(name, 1e-3)
        history = model.fit(
            images,
            digit_labels,
            sample_weight=weights,
            batch_size=16,
            epochs=2,
            shuffle=False,
            verbose=0,
        ).history
        found.append((model, history))
    (one, a), (other, b) = found
    for name, values in a.items():
        np.testing.assert_allclose(values, b[name], rtol=1e-5)
    moved = False
    for v, w in zip(one.trainable_variables, other.trainable_variables):
        np.testing.assert_allclose(v, w, atol=1e-6)
    start = new_model(type(one).__name__, 1e-3)
    for v, w in zip(one.trainable_variables, start.trainable_variables):
        moved |= not np.allclose(v, w, atol=1e-6)
    assert moved
    if hasattr(one, "code_density"):
        assert float(one.code_density.count) == pytest.approx(
            float(other.code_density.count)
        )
        np.testing.assert_allclose(
            one.code_density.covariance,
            other.code_density.covariance,
            rtol=1e-4,
        )


def test_losses_are_those_of_keras(digits, weights):
    """Keras's own loss of the same networks, in training and evaluation."""
    ours = new_model(loss="squared_error", rate=1e-3)
    keras.utils.set_random_seed(0)
    same = new_model(loss="squared_error")
    its = keras.Model(
        same.encoder.input, same.decoder(same.encoder(same.encoder.input))
    )
    its.compile(
        keras.optimizers.SGD(1e-3),
        lambda x, y: tf.reduce_sum(tf.square(x - y), axis=(1, 2, 3)),
    )
    options = {"batch_size": 24, "verbose": 0}
    for _ in range(2):
        expected = its.evaluate(
            digits, digits, sample_weight=weights, **options
        )
        found = ours.evaluate(digits, sample_weight=weights, **options)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        expected = its.fit(
            digits, digits, sample_weight=weights, shuffle=False, **options
        ).history["loss"]
        found = ours.fit(
            digits, sample_weight=weights, shuffle=False, **options
        ).history["loss"]
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_all_ways_to_give_weights_are_one(digits, weights):
    labels = np.zeros(64, np.int32)
    data = kerasgen.data.from_arrays(
        digits, batch_size=16, shuffle=False, sample_weight=weights
    )
    columns = (digits, labels, weights)
    in_batches = tf.data.Dataset.from_tensor_slices(columns).batch(16)

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            rows = slice(16 * index, 16 * index + 16)
            return tuple(column[rows] for column in columns)

    expected, plain = (
        new_model().evaluate(digits, batch_size=16, verbose=0, **options)[0]
        for options in ({"sample_weight": weights}, {})
    )
    assert abs(expected - plain) > 1
    for x in (data, in_batches, Batches()):
        model = new_model(rate=0.0)
        options = {"batch_size": 16} if isinstance(x, tuple) else {}
        found = model.evaluate(x, verbose=0, **options)[0]
        history = model.fit(x, validation_data=x, verbose=0).history
        for value in (found, *history["loss"], *history["val_loss"]):
            assert value == pytest.approx(expected, rel=1e-5)
    for validation_data in ((digits, None, weights), columns):
        history = (
            new_model(rate=0.0)
            .fit(digits, validation_data=validation_data, verbose=0)
            .history
        )
        assert history["val_loss"][0] == pytest.approx(expected, rel=1e-5)
        assert history["loss"][0] == pytest.approx(plain, rel=1e-5)
    # A part that is held out keeps its weights.
    history = (
        new_model(rate=0.0)
        .fit(digits, sample_weight=weights, validation_split=0.25, verbose=0)
        .history
    )
    parts = (48 * history["loss"][0] + 16 * history["val_loss"][0]) / 64
    assert parts == pytest.approx(expected, rel=1e-5)


def test_two_replicas_weigh_as_one(strategy, digits, weights):
    one = new_model("VAE")
    with strategy.scope():
        two = new_model("VAE")
    histories = [
        model.fit(
            digits[:49],
            sample_weight=weights[:49],
            batch_size=16,
            validation_data=(digits[:49], None, weights[:49]),
            epochs=2,
            verbose=0,
        ).history
        for model in (one, two)
    ]
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    [
        "GAN",
        "BetaTCVAE",
        "VQVAE",
        "SparseAutoencoder",
        "AdversarialAutoencoder",
        "DEC",
        "IDEC",
        "VaDE",
    ],
)
def test_others_refuse_them_in_words(name, digits, weights):
    options = {"latent_dim": 2, "network": "mlp", **OPTIONS}
    model = getattr(kerasgen, name)((8, 8, 1), **options)
    model.compile()
    third = kerasgen.data.from_arrays(digits, sample_weight=weights)
    for work in (
        lambda: model.fit(digits, sample_weight=weights, verbose=0),
        lambda: model.fit(third, verbose=0),
        lambda: model.fit(
            digits, validation_data=(digits, None, weights), verbose=0
        ),
        lambda: model.evaluate(digits, sample_weight=weights, verbose=0),
    ):
        with pytest.raises(ValueError, match="`sample_weight` must be None"):
            work()
    assert int(model.training_steps) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        np.ones(63),
        np.ones((64, 2)),
        np.full(64, np.nan),
        np.full(64, -1.0),
        np.full(64, "1"),
    ],
)
def test_weights_that_are_none_are_refused(digits, wrong):
    with pytest.raises(ValueError, match="`sample_weight` must be"):
        new_model().fit(digits, sample_weight=wrong, verbose=0)


def test_weights_of_classes_are_refused_with_the_remedy(digits, digit_labels):
    with pytest.raises(ValueError, match=r"class_weight\[label\]"):
        new_model().fit(digits, digit_labels, class_weight={0: 2.0}, verbose=0)
