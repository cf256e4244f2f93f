"""Labels of the source, classes of the target."""

import keras
import numpy as np
import pytest
import sklearn.neighbors
from sklearn.base import clone

import kerasgen
from kerasgen import tasks


@pytest.fixture(scope="module")
def source():
    images, labels = kerasgen.data.load_arrays("digits", image_size=16)
    return images[:300], labels[:300]


@pytest.fixture(scope="module")
def target():
    """Held-out digits as the model translates: negatives in colour."""
    images, labels = kerasgen.data.load_arrays("digits", "test", image_size=16)
    return np.repeat(1 - images, 3, axis=-1), labels


@pytest.fixture(scope="module")
def model():
    """A translator that needs no training: the negative in three colours."""
    inputs = keras.Input((16, 16, 1))
    colored = keras.layers.Concatenate()([inputs] * 3)
    outputs = keras.layers.Rescaling(-1.0, 1.0)(colored)
    return kerasgen.Pix2Pix(
        (16, 16, 1),
        (16, 16, 3),
        generator=keras.Model(inputs, outputs),
        network_options={"filters": 2},
        seed=0,
    )


def test_labels_of_the_source_teach_the_target(model, source, target):
    neighbour = sklearn.neighbors.KNeighborsClassifier(1)
    classifier = tasks.adapt(model, *source, neighbour)
    assert classifier.score(*target) > 0.9
    np.testing.assert_array_equal(classifier.classes_, np.arange(10))
    # Without the way from one to the other it knows little.
    only = clone(neighbour).fit(
        np.repeat(source[0], 3, -1).reshape(300, -1), source[1]
    )
    assert only.score(target[0].reshape(len(target[0]), -1), target[1]) < 0.5
    # Images may be flat rows, and labels words.
    words = np.array([f"digit {label}" for label in source[1]])
    again = clone(classifier).fit(source[0].reshape(300, -1), words)
    found = again.predict(target[0].reshape(len(target[0]), -1))
    expected = [f"digit {n}" for n in classifier.predict(target[0])]
    assert found.tolist() == expected


def test_a_network_is_trained(model, source, target):
    network = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    network.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy"
    )
    before = network.get_weights()
    classifier = tasks.AdaptedClassifier(model, network, epochs=20)
    assert classifier.fit(*source).score(*target) > 0.8
    probabilities = classifier.predict_proba(target[0][:5])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    for old, new in zip(before, network.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_what_a_network_was_adapted_to_stays(model, source, target):
    """And its loss may be a function that Keras knows no name of."""
    scale = keras.layers.Normalization(axis=None)
    scale.adapt(100.0 * source[0])
    network = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            scale,
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax"),
        ]
    )

    def loss(labels, shares):
        return keras.losses.sparse_categorical_crossentropy(labels, shares)

    network.compile(keras.optimizers.SGD(0.125), loss)
    classifier = tasks.adapt(model, *source, network, epochs=1).classifier_
    assert np.asarray(classifier.layers[1].mean) == np.asarray(scale.mean) > 5
    assert float(classifier.optimizer.learning_rate) == 0.125
    old, new = network.layers[-1].kernel, classifier.layers[-1].kernel
    assert np.abs(np.asarray(old) - np.asarray(new)).max() > 0


def test_the_other_way(source, target):
    """Labels of the target teach the source."""
    inputs = keras.Input((16, 16, 3))
    grey = keras.ops.mean(inputs, axis=-1, keepdims=True)
    there = keras.Input((16, 16, 1))
    model = kerasgen.CycleGAN(
        (16, 16, 1),
        (16, 16, 3),
        target_generator=keras.Model(
            there,
            keras.layers.Rescaling(-1.0, 1.0)(
                keras.layers.Concatenate()([there] * 3)
            ),
        ),
        source_generator=keras.Model(
            inputs, keras.layers.Rescaling(-1.0, 1.0)(grey)
        ),
        network_options={"filters": 2},
    )
    classifier = tasks.adapt(model, *target, to="source")
    assert classifier.score(*source) > 0.9
    drawn = tasks.TranslatedSource(model, target[0], to="source")
    assert (
        drawn.data_shape == drawn.generate(2, seed=0).shape[1:] == (16, 16, 1)
    )
    colored = np.repeat(1 - source[0], 3, axis=-1)
    found = tasks.evaluate_pairs(model, source[0], colored, to="source")
    error = found["measures"]["absolute_error"]["mean"]
    assert error == pytest.approx(0, abs=1e-6)
    # Of three colours nothing stands for one of one channel.
    assert "absolute_error_of_source" not in found["measures"]


def test_refusals(model, source):
    images, labels = source
    vae = kerasgen.VAE((16, 16, 1), 2, network="mlp")
    with pytest.raises(ValueError, match="between two domains.*VAE"):
        tasks.adapt(vae, images, labels)
    with pytest.raises(ValueError, match="one label an image"):
        tasks.adapt(model, images, labels[:-1])
    with pytest.raises(ValueError, match=r"`X` must be in \[0, 1\]"):
        tasks.adapt(model, images * 255, labels)
    with pytest.raises(ValueError, match="without a way back"):
        tasks.adapt(model, images, labels, to="source")
    with pytest.raises(ValueError, match="`to` must be"):
        tasks.adapt(model, images, labels, to="back")
    fitted = tasks.adapt(model, images, labels)
    with pytest.raises(ValueError, match=r"\(batch, 16, 16, 3\)"):
        fitted.predict(images)
    network = keras.Sequential(
        [keras.Input((16, 16, 3)), keras.layers.Flatten()]
    )
    with pytest.raises(ValueError, match="compiled=False"):
        tasks.adapt(model, images, labels, network)


def test_translations_stand_in_for_what_is_drawn(model, source, target):
    drawn = tasks.TranslatedSource(model, source[0])
    first = drawn.generate(20, seed=1)
    np.testing.assert_array_equal(first, drawn.generate(20, seed=1))
    assert np.abs(first - drawn.generate(20, seed=2)).max() > 0
    # Each is the negative of one of the images, and none comes twice.
    assert len(np.unique(first, axis=0)) == 20
    negatives = {(1 - image).round(4).tobytes() for image in source[0]}
    assert {image[..., :1].round(4).tobytes() for image in first} <= negatives
    assert drawn.generate(301, seed=0).shape == (301, 16, 16, 3)
    found = tasks.evaluate(
        drawn,
        target[0][:100],
        target[0][100:],
        None,
        keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten()]),
        measures=["precision", "coverage"],
        num_samples=100,
        num_seeds=1,
    )
    # They are digits as those of the target are.
    assert found["measures"]["precision"]["mean"] > 0.5
    with pytest.raises(ValueError, match="between two domains"):
        tasks.TranslatedSource(kerasgen.VAE((8, 8, 1), 2), source[0])


def test_classifiers_that_are_none():
    digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    model = kerasgen.Pix2Pix(
        (16, 16, 1), (16, 16, 1), network_options={"filters": 2}, seed=0
    )
    layers = [
        keras.layers.Flatten(),
        keras.layers.Dense(10, bias_initializer="ones"),
    ]
    classifier = keras.Sequential(layers)
    classifier.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="`classifier` must be a built"):
        tasks.adapt(model, digits[:20], np.arange(20) % 10, classifier)
    classifier = keras.Sequential([keras.Input((16, 16, 1)), *layers])
    classifier.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="which add up to 1"):
        tasks.adapt(model, digits[:20], np.arange(20) % 10, classifier)
