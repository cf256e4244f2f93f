"""Frechet distances against scipy's matrix root and closed forms."""

import keras
import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from kerasgen.metrics import FrechetDistance
from kerasgen.metrics import frechet
from kerasgen.metrics import frechet_distance
from kerasgen.metrics import frechet_distance_at_infinity


def features(rows, width=6, seed=0, shift=0.0):
    generator = np.random.default_rng(seed)
    mixing = generator.normal(size=(width, width))
    return generator.normal(size=(rows, width)) @ mixing + shift


def by_matrix_root(real, generated):
    root = scipy.linalg.sqrtm(np.cov(real.T) @ np.cov(generated.T)).real
    return (
        np.square(real.mean(0) - generated.mean(0)).sum()
        + np.trace(np.cov(real.T) + np.cov(generated.T))
        - 2 * np.trace(root)
    )


def test_equals_the_matrix_root():
    real, generated = features(50), features(70, seed=1, shift=0.3)
    np.testing.assert_allclose(
        frechet_distance(real, generated),
        by_matrix_root(real, generated),
        rtol=1e-9,
    )


def test_gaussians_of_known_moments():
    """Diagonal covariances: `|m - n|^2 + sum (s - t)^2`."""
    deviations, others = np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.5, 1.0])
    distance = frechet.distance_of_moments(
        np.zeros(3), np.diag(deviations**2), np.ones(3), np.diag(others**2)
    )
    expected = 3 + np.square(deviations - others).sum()
    np.testing.assert_allclose(distance, expected, rtol=1e-12)


def test_fewer_images_than_features():
    """The covariance is singular: there is no Cholesky factor."""
    real, generated = features(5, width=20), features(8, width=20, seed=1)
    value = frechet_distance(real, generated)
    # With real and generated exchanged the factor is the other's.
    np.testing.assert_allclose(value, frechet_distance(generated, real), 1e-6)
    assert frechet_distance(real, real) < 1e-6
    assert value > 1


def test_extrapolation_takes_the_bias_away():
    """Of equal distributions: the bias is known by its fall with 1/n."""
    draw = np.random.default_rng(0).normal
    real = draw(size=(200_000, 16))
    plain, extrapolated = [], []
    for seed in range(20):
        generated = draw(size=(1000, 16))
        plain.append(frechet_distance(real, generated))
        extrapolated.append(
            frechet_distance_at_infinity(real, generated, seed=seed)
        )
    error = np.std(extrapolated) / np.sqrt(20)
    assert np.mean(plain) > 0.05
    assert abs(np.mean(extrapolated)) < 4 * error + 0.005


class TestStreaming:
    real, generated = features(60), features(45, seed=1, shift=0.3)

    def metric(self):
        return FrechetDistance(num_features=6)

    def test_equals_the_whole(self):
        metric = self.metric()
        for real, generated in zip(
            np.array_split(self.real, 7), np.array_split(self.generated, 7)
        ):
            metric.update_state(real, generated)
        expected = frechet_distance(self.real, self.generated)
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-9)
        metric.reset_state()
        metric.update_state(self.real, self.real)
        assert abs(float(metric.result())) < 1e-6

    def test_far_from_the_origin(self):
        """Sums of products lose the digits that the mean takes up."""
        metric = self.metric()
        metric.update_state(self.real + 100, self.generated + 100)
        expected = frechet_distance(self.real, self.generated)
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-7)

    def test_strategy(self, strategy):
        with strategy.scope():
            metric = self.metric()
        halves = [
            (self.real[:30], self.generated[:20]),
            (self.real[30:], self.generated[20:]),
        ]

        @tf.function
        def update():
            def of_replica():
                context = tf.distribute.get_replica_context()
                half = tf.gather([0, 1], context.replica_id_in_sync_group)
                tf.switch_case(
                    half,
                    [
                        lambda pair=pair: metric.update_state(*pair)
                        for pair in halves
                    ],
                )

            strategy.run(of_replica)

        update()
        expected = frechet_distance(self.real, self.generated)
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-9)

    def test_before_any_image(self):
        assert float(self.metric().result()) == 0

    def test_images_of_a_network(self):
        keras.utils.set_random_seed(0)
        network = keras.Sequential(
            [
                keras.Input((4, 4, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(3),
            ]
        )
        images = np.random.default_rng(0).random((20, 4, 4, 1), np.float32)
        metric = FrechetDistance(network)
        metric.update_state(images, images**2)
        expected = frechet_distance(
            network.predict(images, verbose=0),
            network.predict(images**2, verbose=0),
        )
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-4)
        copy = FrechetDistance.from_config(metric.get_config())
        assert copy.num_features == 3
        # With the weights, without which it would be another network.
        copy.update_state(images, images**2)
        np.testing.assert_allclose(
            float(copy.result()), float(metric.result()), rtol=1e-6
        )
        with pytest.raises(ValueError, match="num_features.*3"):
            FrechetDistance(network, num_features=4)

    def test_in_fit(self):
        """Reconstructions of a model that learns come nearer to the images."""
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6)])
        model.compile("adam", "mse", metrics=[self.metric()])
        model.optimizer.learning_rate = 0.05
        rows = self.real.astype("float32")
        history = model.fit(rows, rows, epochs=30, verbose=0).history
        assert history["frechet_distance"][-1] < history["frechet_distance"][0]


@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (np.zeros((5, 2)), np.zeros((5, 3)), "widths 2 and 3"),
        (np.zeros((1, 2)), np.zeros((5, 2)), "`real`.*at least 2 rows"),
        (np.zeros((5, 2)), np.zeros((5, 2, 1)), "`generated`"),
        (np.zeros((5, 2)), np.full((5, 2), np.nan), "`generated`.*finite"),
    ],
)
def test_bad_features(real, generated, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, generated)


def test_too_few_to_extrapolate():
    rows = features(19)
    with pytest.raises(ValueError, match="20 samples"):
        frechet_distance_at_infinity(rows, rows)
