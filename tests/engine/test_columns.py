"""Columns of a batch: what a model declares, and nothing else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.models.probes import NextToken
from tests.models.probes import Translator

SMALL = {"network_options": {"hidden_units": [8]}, "seed": 0}


def vae():
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), latent_dim=2, **SMALL)
    model.compile()
    return model


def translator():
    keras.utils.set_random_seed(0)
    model = Translator((8, 8, 1), (4, 4, 3), seed=0)
    model.compile()
    return model


@pytest.fixture
def pairs(digits):
    targets = np.random.default_rng(0).random((len(digits), 4, 4, 3), "f4")
    return digits, targets


FORMS = {
    "arrays": lambda *columns: (columns, {}),
    "tf.data": lambda *columns: (
        (tf.data.Dataset.from_tensor_slices(columns).batch(16),),
        {},
    ),
    "generator": lambda *columns: (
        (iter([tuple(column[:16] for column in columns)]),),
        {"steps_per_epoch": 1},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_second_column_is_not_dropped(form, digits):
    """Of a zipped pair of image sets a VAE trained on the first."""
    arguments, options = FORMS[form](digits, digits)
    model = vae()
    with pytest.raises(ValueError, match=r"a column more, of shape \(.*8, 8"):
        model.fit(*arguments, verbose=0, **options)
    assert int(model.training_steps) == 0


def test_labels_are_left_alone_by_models_without_classes(digits, digit_labels):
    """Keras's (x, y), and that of shape (batch, 1), change nothing."""
    histories = [
        vae().fit(digits, y, verbose=0, shuffle=False).history
        for y in (None, digit_labels, digit_labels[:, None])
    ]
    assert histories[0] == histories[1] == histories[2]
    with pytest.raises(ValueError, match="as many rows"):
        vae().fit(digits, digit_labels[:5], verbose=0)
    one_hot = np.eye(10, dtype="f4")[digit_labels]
    with pytest.raises(ValueError, match="a column more"):
        vae().fit(digits, one_hot, verbose=0)


@pytest.mark.parametrize("form", FORMS)
def test_all_declared_columns_reach_the_losses(form, pairs):
    source, target = pairs
    losses = []
    for changed in (target, 1.0 - target):
        model = translator()
        arguments, options = FORMS[form](source, changed)
        losses.append(model.fit(*arguments, verbose=0, **options).history)
    assert losses[0] != losses[1]


def test_missing_and_wrong_columns_are_named(pairs):
    source, target = pairs
    model = translator()
    with pytest.raises(ValueError, match="must hold target.*source, target"):
        model.fit(source, verbose=0)
    with pytest.raises(ValueError, match="`target` must have shape"):
        model.fit(source, source, verbose=0)
    with pytest.raises(ValueError, match="`target`.*255"):
        model.fit(source, target * 255, verbose=0)
    with pytest.raises(ValueError, match="as many rows"):
        model.fit(source, target[:5], verbose=0)
    for work in (model.evaluate, model.update_moments):
        with pytest.raises(ValueError, match="target"):
            work(source)
    assert int(model.training_steps) == 0


def test_dicts_are_refused_with_the_way_out(digits):
    data = tf.data.Dataset.from_tensor_slices({"image": digits}).batch(16)
    with pytest.raises(ValueError, match=r"dicts of image.*map\(lambda row"):
        vae().fit(data, verbose=0)


def test_tokens_are_checked():
    model = NextToken(6, 4, seed=0)
    model.compile()
    tokens = np.random.default_rng(0).integers(0, 4, (40, 6))
    history = model.fit(tokens, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for wrong, words in (
        (tokens + 4, "from 0 to 3"),
        (tokens * 1.0, "integers"),
        (tokens[:, :5], r"\(batch, 6\)"),
    ):
        with pytest.raises(ValueError, match=words):
            model.fit(wrong, verbose=0)


def test_validation_and_splits_keep_their_columns(pairs):
    source, target = pairs
    model = translator()
    split = model.fit(
        source, target, validation_split=0.25, batch_size=16, verbose=0
    ).history
    other = translator()
    first = int(len(source) * 0.75)
    given = other.fit(
        source[:first],
        target[:first],
        validation_data=(source[first:], target[first:]),
        batch_size=16,
        verbose=0,
    ).history
    assert split == given
    assert "val_loss" in split


def test_evaluate_and_calls_take_all_columns(pairs):
    source, target = pairs
    model = translator()
    expected = model.evaluate(source, target, verbose=0)
    assert model.evaluate((source, target), verbose=0) == expected
    np.testing.assert_allclose(
        model((source, target)),
        model.predict((source, target), verbose=0),
        atol=1e-6,
    )
    with pytest.raises(ValueError, match="inputs.*shape"):
        model((source, source))


def test_a_missing_first_column_is_not_the_second(pairs):
    source, target = pairs
    with pytest.raises(ValueError, match="must hold source"):
        translator().evaluate((None, source), verbose=0)


def test_moments_of_a_model_that_is_not_compiled(digits):
    model = kerasgen.VAE((8, 8, 1), latent_dim=2, **SMALL)
    with pytest.raises(ValueError, match="compiled before `update_moments`"):
        model.update_moments(digits)
