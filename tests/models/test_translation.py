"""The contracts of models between two domains."""

import keras
import numpy as np
import pytest

import kerasgen
from tests.translation_contract import TranslationContract
from tests.translation_contract import TranslationTrainingContract

SMALL = {"filters": 2, "num_blocks": 1, "num_halvings": 1}
# Without dropout, which differs on replicas, as it should.
UNET = {"filters": 2, "num_halvings": 2, "dropout": 0.0}


def new_classifier(shape, seed=1):
    """A network that tells three classes, with weights of a seed."""
    start = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
    inputs = keras.Input(shape)
    x = keras.layers.Flatten()(inputs)
    dense = keras.layers.Dense(3, "softmax", kernel_initializer=start)
    return keras.Model(inputs, dense(x))


class TestPix2PixContract(TranslationContract):
    model_class = kerasgen.Pix2Pix
    arguments = {"network_options": {"filters": 2}}
    config_arguments = {
        "network": "resnet",
        "network_options": SMALL,
        "l1_weight": 50.0,
        "ema_momentum": 0.9,
    }
    metric_names = {"d_loss", "g_loss", "l1_loss"}
    replica_arguments = {"network_options": UNET}


class TestCycleGANContract(TranslationContract):
    model_class = kerasgen.CycleGAN
    arguments = {"network_options": SMALL}
    config_arguments = {
        "network": "unet",
        "network_options": UNET,
        "cycle_weight": 5.0,
        # The domains of the contract differ in shape.
        "identity_weight": 0.0,
        # It is of a classifier, which is of domains of one shape.
        "semantic_weight": 1.0,
        "buffer_size": 3,
        "ema_momentum": 0.9,
    }
    metric_names = {"d_loss", "g_loss", "cycle_loss"}
    # Past fakes come after the fifty that fill the buffer.
    draws_noise = False
    # They want domains of one shape, as those of the next contract.
    only_defaults = ("identity_weight", "semantic_weight")


class TestCycleGANThatKeepsTheIdentity(TranslationTrainingContract):
    """With averages, a classifier, and a buffer that is soon full."""

    # The contract above has the same networks.
    test_compiled_by_xla_or_not = None
    test_mixed_precision = None

    model_class = kerasgen.CycleGAN
    shapes = {"source_shape": (16, 16, 1), "target_shape": (16, 16, 1)}
    arguments = {
        "network_options": SMALL,
        "identity_weight": 5.0,
        "source_classifier": new_classifier((16, 16, 1)),
        "buffer_size": 5,
        "ema_momentum": 0.9,
    }
    metric_names = TestCycleGANContract.metric_names | {
        "identity_loss",
        "semantic_loss",
    }


class TestCUTContract(TranslationContract):
    model_class = kerasgen.CUT
    shapes = {"source_shape": (16, 16, 1), "target_shape": (16, 16, 1)}
    arguments = {"network_options": SMALL}
    config_arguments = {
        "network": "unet",
        "network_options": UNET,
        "feature_layers": ["stage_0", "stage_1"],
        "num_patches": 9,
        "temperature": 0.1,
        "contrast_weight": 2.0,
        "identity_contrast_weight": 0.5,
        "ema_momentum": 0.9,
    }
    metric_names = {
        "d_loss",
        "g_loss",
        "contrast_loss",
        "identity_contrast_loss",
    }
    # So small images have fewer places than are drawn.
    draws_noise = False
    # The heads of so few filters are steep.
    replica_rate = 1e-5
    xla_rate = 1e-5


def pair_of(model, number=6):
    random = np.random.default_rng(0)
    return (
        random.random((number, *model.source_shape), "float32"),
        random.random((number, *model.target_shape), "float32"),
    )


def evaluated(model, *pair):
    return model.evaluate(*pair, batch_size=4, verbose=0, return_dict=True)


def softplus(x):
    return np.log1p(np.exp(x))


def test_losses_of_pix2pix_by_hand():
    model = kerasgen.Pix2Pix(
        (16, 20, 1), (18, 16, 2), network_options=UNET, l1_weight=7.0
    )
    model.compile()
    x, y = pair_of(model)
    found = evaluated(model, x, y)
    fakes = model.translate(x)
    real, fake = (
        np.asarray(model.discriminator([x, images])) for images in (y, fakes)
    )
    expected = {
        "d_loss": (softplus(-real).mean() + softplus(fake).mean()) / 2,
        "g_loss": softplus(-fake).mean(),
        # Twice, as images are from -1 to 1 in the paper.
        "l1_loss": 7 * 2 * np.abs(y - fakes).mean(),
    }
    assert found == pytest.approx(expected, rel=1e-5)


def test_losses_of_cyclegan_by_hand():
    shape = (16, 18, 2)
    classifier = new_classifier(shape)
    model = kerasgen.CycleGAN(
        shape,
        shape,
        network_options=SMALL,
        cycle_weight=4.0,
        identity_weight=3,
        source_classifier=classifier,
        semantic_weight=2.0,
    )
    model.compile()
    x, y = pair_of(model)
    found = evaluated(model, x, y)
    of_x, of_y = model.translate(x), model.translate(y, to="source")
    d_x, d_y = model.source_discriminator, model.target_discriminator
    cycles = (
        np.abs(model.translate(of_x, to="source") - x).mean()
        + np.abs(model.translate(of_y) - y).mean()
    )
    same = (
        np.abs(model.translate(y) - y).mean()
        + np.abs(model.translate(x, to="source") - x).mean()
    )

    def distance(discriminator, images, value):
        return np.square(np.asarray(discriminator(images)) - value).mean()

    expected = {
        "d_loss": (
            distance(d_y, y, 1)
            + distance(d_y, of_x, 0)
            + distance(d_x, x, 1)
            + distance(d_x, of_y, 0)
        )
        / 2,
        "g_loss": distance(d_y, of_x, 1) + distance(d_x, of_y, 1),
        "cycle_loss": 4 * 2 * cycles,
        "identity_loss": 3 * 2 * same,
        "semantic_loss": 2
        * (surprise(classifier, x, of_x) + surprise(classifier, y, of_y)),
    }
    assert found == pytest.approx(expected, rel=1e-5)


def surprise(classifier, images, translations):
    classes = np.asarray(classifier(images)).argmax(axis=1)
    shares = np.asarray(classifier(translations))
    return -np.log(shares[np.arange(len(images)), classes]).mean()


def test_a_classifier_does_not_learn_and_is_kept(tmp_path):
    shape = (16, 16, 1)
    classifier = new_classifier(shape)
    model = kerasgen.CycleGAN(
        shape, shape, network_options=SMALL, source_classifier=classifier
    )
    model.compile()
    model.fit(*pair_of(model), epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for kept in (model, loaded):
        for found, given in zip(
            kept.source_classifier.get_weights(), classifier.get_weights()
        ):
            np.testing.assert_array_equal(found, given)
    assert classifier.trainable


def test_a_classifier_that_augments_is_left_as_it_is():
    """Its layers train in any call that does not say otherwise."""
    shape = (16, 16, 1)
    classifier = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.RandomFlip(),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    before = classifier.get_weights()
    model = kerasgen.CycleGAN(
        shape, shape, network_options=SMALL, source_classifier=classifier
    )
    for network in (classifier, model.source_classifier):
        for old, new in zip(before, network.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


class SubclassedClassifier(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.flatten = keras.layers.Flatten()
        self.shares = keras.layers.Dense(3, activation="softmax")

    def call(self, images):
        return self.shares(self.flatten(images))


def test_classifiers_that_do_not_fit_are_refused():
    shape = (16, 16, 1)
    inputs = keras.Input(shape)
    logits = keras.layers.Dense(3)(keras.layers.Flatten()(inputs))
    subclassed = SubclassedClassifier()
    subclassed(np.zeros((1, *shape)))
    for wrong, words in (
        (subclassed, "functional or sequential"),
        (keras.Model(inputs, 9.0 + logits), "probabilities, which add up"),
        (new_classifier((8, 8, 1)), "must take inputs of shape"),
        (keras.Sequential([keras.layers.Dense(3)]), "a built keras.Model"),
    ):
        with pytest.raises(ValueError, match=words):
            kerasgen.CycleGAN(shape, shape, source_classifier=wrong)
    with pytest.raises(ValueError, match="`semantic_weight` must be given"):
        kerasgen.CycleGAN(shape, shape, semantic_weight=2.0)
    with pytest.raises(ValueError, match="domains differ in shape"):
        kerasgen.CycleGAN(
            shape, (16, 16, 3), source_classifier=new_classifier(shape)
        )


def test_losses_of_cut_by_hand():
    shape = (16, 20, 2)
    model = kerasgen.CUT(
        shape,
        shape,
        network_options=SMALL,
        feature_layers=["stage_0", "block_0"],
        # All of them, so that it does not matter which are drawn.
        num_patches=1000,
        temperature=0.2,
        contrast_weight=3.0,
    )
    model.compile()
    x, y = pair_of(model)
    found = evaluated(model, x, y)
    judged = (
        np.asarray(model.discriminator(i)) for i in (y, model.translate(x))
    )
    real, fake = judged
    assert found["g_loss"] == pytest.approx(np.square(fake - 1).mean(), 1e-5)
    expected = (np.square(real - 1).mean() + np.square(fake).mean()) / 2
    assert found["d_loss"] == pytest.approx(expected, 1e-5)

    def vectors(images):
        outputs = [
            model.generator.get_layer(name).output
            for name in ("stage_0", "block_0")
        ]
        features = keras.Model(model.generator.input, outputs)(images)
        rows = [
            np.asarray(each).reshape(len(images), -1, each.shape[-1])
            for each in features
        ]
        made = [np.asarray(each) for each in model.heads(rows)]
        return [m / np.linalg.norm(m, axis=-1, keepdims=True) for m in made]

    def contrast(images):
        losses = []
        translated = vectors(model.translate(images))
        for v, w in zip(translated, vectors(images)):
            e = np.exp(v @ w.transpose(0, 2, 1) / 0.2)
            own = np.diagonal(e, axis1=1, axis2=2)
            losses.append(-np.log(own / e.sum(axis=2)).mean())
        return np.mean(losses)

    assert found["contrast_loss"] == pytest.approx(3 * contrast(x), 1e-4)
    assert found["identity_contrast_loss"] == pytest.approx(contrast(y), 1e-4)


def test_features_of_cut():
    shape = (16, 16, 1)
    with pytest.raises(ValueError, match="must be the same for CUT"):
        kerasgen.CUT(shape, (16, 16, 3))
    with pytest.raises(ValueError, match=r"Received: feature_layers=\['no'"):
        kerasgen.CUT(shape, shape, feature_layers=["no", "stage_0"])
    fast = kerasgen.CUT(
        shape, shape, network_options=SMALL, identity_contrast_weight=0.0
    )
    assert fast.metric_names == ("d_loss", "g_loss", "contrast_loss")
    # The input, one halving, and the only block.
    assert len(fast.heads.inputs) == 3
    unet = kerasgen.CUT(
        shape, shape, network="unet", network_options={"filters": 2}
    )
    # The input and sides of 4 and 2; not the one place that is left.
    assert len(unet.heads.inputs) == 3


def test_identity_needs_domains_of_one_shape():
    with pytest.raises(ValueError, match="`identity_weight` must be 0 where"):
        kerasgen.CycleGAN((16, 16, 1), (16, 16, 3), identity_weight=5.0)


def test_own_discriminators_may_have_any_patches():
    shape = (16, 16, 1)
    small = kerasgen.Pix2Pix(
        shape, shape, network_options={**UNET, "discriminator_halvings": 2}
    )
    assert small.discriminator.output_shape == (None, 4, 4, 1)
    model = kerasgen.Pix2Pix(shape, shape, discriminator=small.discriminator)
    assert model.discriminator is small.discriminator
    with pytest.raises(ValueError, match="'rows', 'columns', 1"):
        kerasgen.CycleGAN(shape, shape, target_discriminator=small)
