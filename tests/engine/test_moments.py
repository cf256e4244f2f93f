"""Evaluation and sampling follow training, however few its steps."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.engine import moments
from kerasgen.engine import training_data
from kerasgen.layers import BatchNormalization
from kerasgen.layers import updating_moments

ROWS = 240
BATCH = 16


@functools.cache
def images_and_labels():
    images, labels = kerasgen.data.load_arrays("digits")
    return images[:ROWS], labels[:ROWS]


def built(name, network="dcgan", **arguments):
    keras.utils.set_random_seed(0)
    filters = {"filters": 8} if network != "mlp" else None
    model = getattr(kerasgen, name)(
        (8, 8, 1),
        network=network,
        network_options=filters,
        seed=0,
        **arguments,
    )
    model.compile()
    return model


def losses_by_batch(model, *columns):
    """What `evaluate` gives where all goes by the moments of batches."""
    layers = moments.layers_of(model)
    saved = [[v.numpy() for v in la.non_trainable_variables] for la in layers]
    model.make_test_function()
    traced, model.test_function = model.test_function, None
    with updating_moments(layers):
        values = model.evaluate(
            *columns, batch_size=BATCH, verbose=0, return_dict=True
        )
    model.test_function = traced
    for layer, values_of_layer in zip(layers, saved):
        for variable, value in zip(
            layer.non_trainable_variables, values_of_layer
        ):
            variable.assign(value)
    return values


@pytest.mark.parametrize(
    "name, network, arguments",
    [
        ("VAE", "dcgan", {}),
        ("VAE", "resnet", {}),
        ("Autoencoder", "dcgan", {}),
        ("DEC", "dcgan", {"num_clusters": 3, "pretraining_epochs": 1}),
        ("GAN", "dcgan", {}),
        ("GAN", "dcgan", {"ema_momentum": 0.99}),
        ("GAN", "resnet", {"ema_momentum": 0.9}),
        ("BiGAN", "dcgan", {"ema_momentum": 0.9}),
        ("ConditionalGAN", "dcgan", {"num_classes": 10}),
    ],
)
def test_two_short_epochs(name, network, arguments):
    images, labels = images_and_labels()
    columns = (images, labels) if "num_classes" in arguments else (images,)
    model = built(name, network, **arguments)
    model.fit(*columns, batch_size=BATCH, epochs=2, verbose=0)
    found = model.evaluate(
        *columns, batch_size=BATCH, verbose=0, return_dict=True
    )
    expected = losses_by_batch(model, *columns)
    assert found.keys() == expected.keys()
    for metric in found:
        np.testing.assert_allclose(
            found[metric], expected[metric], rtol=0.05, err_msg=metric
        )


@pytest.mark.parametrize("ema_momentum", [None, 0.99])
def test_samples(ema_momentum):
    images, _ = images_and_labels()
    model = built("GAN", ema_momentum=ema_momentum)
    model.fit(images, batch_size=BATCH, epochs=2, verbose=0)
    latents = np.random.default_rng(0).normal(size=(256, 64)).astype("float32")
    layers = moments.layers_of(model)
    with model.averaged_weights(), updating_moments(layers):
        expected = model.draw(tf.constant(latents), None, training=False)
    # Decoded by what training left, and not by what was just learned.
    model.update_moments(images)
    found = model.decode(latents)
    np.testing.assert_allclose(found.mean(), np.mean(expected), rtol=0.02)
    assert np.abs(found - expected).mean() < 0.03 * np.mean(expected)


def test_averages_of_weights_at_the_end():
    """Moments are those of the averages, which a model is evaluated by."""
    images, _ = images_and_labels()
    model = built("VAE")
    model.compile(keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.9))
    model.fit(images, batch_size=BATCH, epochs=2, verbose=0)
    found = model.evaluate(images, batch_size=BATCH, verbose=0)
    expected = losses_by_batch(model, images)
    np.testing.assert_allclose(found[0], expected["loss"], rtol=0.02)


def test_validation_is_of_the_same_moments():
    images, _ = images_and_labels()
    model = built("VAE")
    history = model.fit(
        images,
        batch_size=BATCH,
        epochs=2,
        validation_data=images,
        verbose=0,
    ).history
    found = model.evaluate(
        images, batch_size=BATCH, verbose=0, return_dict=True
    )
    np.testing.assert_allclose(history["val_loss"][-1], found["loss"], 1e-6)


def test_zero_batches_leave_averages_of_steps():
    images, _ = images_and_labels()
    model = built("GAN")
    model.fit(
        images,
        batch_size=BATCH,
        epochs=1,
        normalization_batches=0,
        verbose=0,
    )
    layer = next(
        la
        for la in model.generator._flatten_layers()
        if isinstance(la, BatchNormalization)
    )
    # A step of the discriminator and one of the generator each.
    assert int(layer.num_updates.numpy()) == 2 * ROWS // BATCH
    with pytest.raises(ValueError, match="normalization_batches.*-1"):
        model.fit(images, normalization_batches=-1)


class Sequence(keras.utils.PyDataset):
    def __len__(self):
        return ROWS // BATCH

    def __getitem__(self, index):
        return images_and_labels()[0][index * BATCH : (index + 1) * BATCH]


def endless():
    while True:
        for index in range(ROWS // BATCH):
            yield (Sequence()[index],)


@pytest.mark.parametrize("kind", ["dataset", "sequence", "generator"])
def test_kinds_of_data(kind):
    images, _ = images_and_labels()
    expected = built("VAE")
    expected.fit(images, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    data = {
        "dataset": lambda: kerasgen.data.from_arrays(
            images, batch_size=BATCH, shuffle=False
        ),
        "sequence": Sequence,
        "generator": endless,
    }[kind]()
    model = built("VAE")
    steps = ROWS // BATCH if kind == "generator" else None
    model.fit(data, epochs=1, steps_per_epoch=steps, verbose=0)
    # Training saw every batch, though the first ones were looked at before.
    for ours, theirs in zip(
        model.trainable_variables, expected.trainable_variables
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        model.evaluate(images, verbose=0)[0],
        expected.evaluate(images, verbose=0)[0],
        rtol=0.02 if kind == "generator" else 1e-4,
    )


def test_use_ema_is_traced_anew():
    images, _ = images_and_labels()
    model = built("GAN", network="mlp", ema_momentum=0.9)
    before = model.evaluate(images, verbose=0)
    model.fit(images, batch_size=BATCH, epochs=1, verbose=0)
    averaged = model.evaluate(images, verbose=0)
    model.use_ema = False
    last = model.evaluate(images, verbose=0)
    assert len({before[1], averaged[1], last[1]}) == 3
    model.use_ema = True
    assert model.evaluate(images, verbose=0) == averaged


def test_a_frozen_generator_does_not_move(tmp_path):
    images, _ = images_and_labels()
    model = built("GAN", ema_momentum=0.9)
    model.fit(images, batch_size=BATCH, epochs=1, verbose=0)
    model.generator.trainable = False
    before = [v.numpy() for v in model.generator.weights]
    model.generate(2, seed=0)
    model.evaluate(images, batch_size=BATCH, verbose=0)
    model.export(tmp_path)
    for variable, value in zip(model.generator.weights, before):
        np.testing.assert_array_equal(variable, value)


def test_the_order_of_data_goes_on():
    images, _ = images_and_labels()
    data = kerasgen.data.from_arrays(images, batch_size=BATCH, seed=0)
    expected = kerasgen.data.from_arrays(images, batch_size=BATCH, seed=0)
    model = built("VAE")
    for _ in range(3):
        for batch, other in zip(data, expected, strict=True):
            np.testing.assert_array_equal(batch, other)
        model.update_moments(data)


def test_two_replicas_take_the_moments_of_one(strategy):
    images, _ = images_and_labels()
    models = [built("VAE")]
    with strategy.scope():
        models.append(built("VAE"))
    found = []
    for model in models:
        model.compile(keras.optimizers.SGD(1e-3))
        model.fit(images, batch_size=BATCH, epochs=1, verbose=0)
        found.append(
            [
                value.numpy()
                for layer in moments.layers_of(model)
                for value in layer.non_trainable_variables
            ]
        )
    assert found[0][2] == 4  # A quarter of the 15 batches.
    for one, both in zip(*found, strict=True):
        np.testing.assert_allclose(both, one, rtol=1e-3, atol=1e-5)


def test_a_generator_may_fill_its_memory_anew():
    """Batches of the sample are kept, and its own are trained on."""
    images, _ = images_and_labels()
    kept = [images[i : i + BATCH] for i in range(0, 6 * BATCH, BATCH)]

    def batches():
        memory = np.empty_like(kept[0])
        for batch in kept:
            memory[:] = batch
            yield memory

    data = batches()
    model = built("VAE")
    look = {**moments.look_at(model, 4), "max_share": 1.0}
    source = training_data.checked_source(
        data, model, "x", 6, "steps_per_epoch", **look
    )
    sample, data = moments.sample_of(model, source.first), source.data
    np.testing.assert_array_equal(
        np.concatenate([*sample]), np.concatenate(kept[:4])
    )
    for (found,), expected in zip(data, kept, strict=True):
        np.testing.assert_array_equal(found, expected)
