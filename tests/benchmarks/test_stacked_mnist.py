"""What the benchmark of stacked digits trains on."""

import numpy as np
import pytest

from tests.benchmarks.loading import load


@pytest.fixture(scope="module")
def benchmark():
    return load("stacked_mnist")


def test_digits_are_stacked_from_a_seed(benchmark):
    # The grey value of an image says which one it is.
    images = np.zeros((200, 28, 28, 1), "float32")
    images += np.arange(200)[:, None, None, None] / 255
    batches = [
        batch.numpy() for batch in benchmark.stacked(images, 50, 3).take(20)
    ]
    assert {batch.shape for batch in batches} == {(50, 28, 28, 3)}
    chosen = np.concatenate(batches) * 255
    # Each channel is one whole image.
    assert np.ptp(chosen, axis=(1, 2)).max() < 1e-3
    chosen = chosen[:, 0, 0].round().astype(int)
    # Channels are independent, and all images are in use.
    np.testing.assert_allclose(chosen.mean(axis=0), 99.5, atol=8)
    assert np.abs(np.corrcoef(chosen.T) - np.eye(3)).max() < 0.1
    assert len(np.unique(chosen)) > 195
    again = next(iter(benchmark.stacked(images, 50, 3))).numpy()
    np.testing.assert_array_equal(again, batches[0])
    other = next(iter(benchmark.stacked(images, 50, 4))).numpy()
    assert (other != again).any()
    np.testing.assert_array_equal(benchmark.first_of(images, 50, 3), again)


def test_modes_are_three_digits(benchmark, monkeypatch):
    import keras

    from kerasgen import metrics

    # A digit is as bright as its number.
    images = keras.Input((28, 28, 1))
    brightness = keras.layers.GlobalAveragePooling2D()(images) * 255
    distance = brightness - np.arange(10, dtype="float32")
    digit = keras.Model(images, keras.ops.softmax(-10 * distance**2))
    monkeypatch.setattr(metrics, "classifier_network", lambda name: digit)
    classifier = benchmark.classifier_of_modes()
    numbers = np.array([[7, 0, 3], [1, 9, 9]], "float32") / 255
    samples = np.broadcast_to(numbers[:, None, None], (2, 28, 28, 3))
    found = classifier.predict(samples, verbose=0)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-4)
    assert found.argmax(axis=1).tolist() == [703, 199]
    covered, divergence = benchmark.judge(samples, classifier)
    assert covered == 2
    assert divergence == pytest.approx(np.log(500))
