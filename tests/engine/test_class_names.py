"""Classes by name, in every model that has classes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen import data
from kerasgen import tasks

NAMES = ["automobile", "bird", "ship"]
MODELS = {
    "conditional_vae": (kerasgen.ConditionalVAE, {"num_classes": 3}),
    "conditional_gan": (kerasgen.ConditionalGAN, {"num_classes": 3}),
    "acgan": (kerasgen.ACGAN, {"num_classes": 3}),
    "infogan": (kerasgen.InfoGAN, {"num_categories": 3}),
}


def new(name="conditional_vae", class_names=NAMES):
    model_class, classes = MODELS[name]
    model = model_class(
        (4, 4, 1),
        **classes,
        latent_dim=4,
        network="mlp",
        network_options={"hidden_units": [4]},
        seed=0,
    )
    model.class_names = class_names
    return model


def rows(class_names=None, number=8):
    images = np.random.default_rng(0).random((number, 4, 4, 1), "float32")
    dataset = data.from_arrays(images, np.arange(number) % 3, 4, seed=0)
    if class_names is not None:
        dataset.class_names = class_names
    return dataset


@pytest.mark.parametrize("name", MODELS)
def test_names_stand_for_labels(name):
    model = new(name)
    drawn = model.generate(5, seed=0, labels=[2, 0, 2, 0, 2])
    for labels in (
        ["ship", "automobile"],
        np.array(["ship", "automobile"], object),
        [2, 0],
        ["ship", "automobile"] * 2 + ["ship"],
    ):
        again = model.generate(5, seed=0, labels=labels)
        np.testing.assert_array_equal(again, drawn)
    one = model.generate(3, seed=0, labels="ship")
    np.testing.assert_array_equal(one, model.generate(3, seed=0, labels=2))


@pytest.mark.parametrize("name", MODELS)
def test_names_are_saved_and_exported(name, tmp_path):
    model = new(name)
    model.save(tmp_path / "it.keras")
    loaded = keras.saving.load_model(tmp_path / "it.keras")
    assert loaded.class_names == NAMES
    assert loaded.about()["class_names"] == NAMES
    # Of a twin that computes in another type.
    assert loaded._computing_in("bfloat16").about()["class_names"] == NAMES
    assert new(name, None).class_names is None
    assert "class_names" not in new(name, None).get_config()


def test_names_in_every_method_that_takes_labels():
    model = new()
    images = np.random.default_rng(0).random((3, 4, 4, 1), "float32")
    words, numbers = ["ship", "bird", "ship"], [2, 1, 2]
    for method, values in (
        (model.encode, images),
        (model.reconstruct, images),
        (model.decode, np.ones((3, 4), "float32")),
    ):
        np.testing.assert_array_equal(
            method(values, labels=words), method(values, labels=numbers)
        )
    first = tasks.augment(model, images, words, 2, seed=0)
    second = tasks.augment(model, images, numbers, 2, seed=0)
    for found, expected in zip(first, second):
        np.testing.assert_array_equal(found, expected)
    sampler = tasks.LatentSampler(model, 1).fit(
        np.concatenate([images, images]), words + words
    )
    assert sampler.generate(4, 0, ["ship", "bird"]).shape == (4, 4, 4, 1)
    with pytest.raises(ValueError, match="Did you mean 'bird'"):
        sampler.generate(1, 0, "brid")


def test_unknown_names_name_the_known():
    with pytest.raises(
        ValueError, match="'automobile', 'bird', 'ship'.*mean 'ship'"
    ):
        new().generate(1, labels="shp")
    with pytest.raises(ValueError, match="no names.*class_names ="):
        new(class_names=None).generate(1, labels="ship")
    with pytest.raises(ValueError, match="labels for 2 rows"):
        new().generate(2, labels=["ship", "bird", "ship"])


@pytest.mark.parametrize(
    "wrong", ["ship", ["a", "b"], ["a", "b", "a"], [0, 1, 2], ["a", "b", ""], 3]
)
def test_wrong_names_are_refused(wrong):
    with pytest.raises(ValueError, match="3 different names"):
        new(class_names=wrong)


def test_a_model_without_classes_has_no_names():
    model = kerasgen.VAE((4, 4, 1), latent_dim=2, seed=0)
    assert model.class_names is None
    assert model.about()["class_names"] is None
    with pytest.raises(ValueError, match="no classes"):
        model.class_names = NAMES


def test_fit_takes_the_names_of_its_data():
    for dataset in (rows(NAMES), rows(NAMES).map(lambda x, y: (x, y))):
        model = new(class_names=None)
        model.compile()
        model.fit(dataset, verbose=0)
        assert model.class_names == NAMES


def test_fit_refuses_data_whose_labels_mean_others():
    model = new()
    model.compile()
    before = [np.array(weight) for weight in model.weights]
    for others in (["automobile", "ship"], ["bird", "automobile", "ship"]):
        with pytest.raises(ValueError, match="`x` must.*bird, ship.*Received"):
            model.fit(rows(others), verbose=0)
        with pytest.raises(ValueError, match="validation_data"):
            model.fit(rows(), validation_data=rows(others), verbose=0)
    for weight, old in zip(model.weights, before):
        np.testing.assert_array_equal(weight, old)


def test_names_do_not_matter_where_labels_are_not_trained_on():
    model = new("infogan", None)
    model.compile()
    model.fit(rows(NAMES), verbose=0)
    assert model.class_names is None


def test_a_data_set_of_keras_names_classes_too():
    dataset = tf.data.Dataset.zip(
        tf.data.Dataset.from_tensor_slices(np.zeros((6, 4, 4, 1), "float32")),
        tf.data.Dataset.from_tensor_slices(np.arange(6) % 3),
    ).batch(3)
    dataset.class_names = NAMES
    model = new(class_names=None)
    model.compile()
    model.fit(dataset.prefetch(1), verbose=0)
    assert model.class_names == NAMES
