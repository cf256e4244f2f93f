"""Discriminators with spectral normalization, as models train them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import networks
from kerasgen.layers import with_unit_norm

NAMES = list(networks.NETWORKS)
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]
Wrapper = keras.layers.SpectralNormalization


def build(network="dcgan", **options):
    dtype = options.pop("dtype", None)
    small = {"hidden_units": [6, 5]} if network == "mlp" else {"filters": 4}
    return networks.build(
        network,
        "discriminator",
        data_shape=(12, 12, 1),
        dtype=dtype,
        options={"spectral_normalization": True, **small, **options},
    )


def wrappers(model):
    return [layer for layer in model.layers if isinstance(layer, Wrapper)]


def spectral_norm(kernel):
    matrix = np.reshape(kernel, (-1, kernel.shape[-1]))
    return np.linalg.svd(matrix, compute_uv=False)[0]


def images(batch=8):
    rng = np.random.default_rng(0)
    return rng.uniform(size=(batch, 12, 12, 1)).astype("float32")


def gradients(model, images):
    """Of a Wasserstein loss with gradient penalty, as in a train step."""
    images = tf.convert_to_tensor(images)
    variables = [variable.value for variable in model.trainable_variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        logits = model(images, training=True)
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(images)
            total = tf.reduce_sum(model(images, training=True))
        slopes = inner.gradient(total, images)
        norms = tf.sqrt(tf.reduce_sum(slopes**2, axis=[1, 2, 3]) + 1e-12)
        loss = tf.reduce_mean(logits) + 10 * tf.reduce_mean((norms - 1) ** 2)
    return tape.gradient(loss, variables)


def assert_live(model, found):
    for variable, gradient in zip(model.trainable_variables, found):
        assert np.isfinite(gradient).all(), variable.path
        assert np.abs(gradient).max() > 0, variable.path


@pytest.mark.parametrize("network", NAMES)
def test_every_kernel_of_the_discriminator_and_of_no_other(network):
    model = build(network)
    kinds = (keras.layers.Dense, keras.layers.Conv2D)
    assert not any(isinstance(layer, kinds) for layer in model.layers)
    kernels = [
        weight
        for weight in model.trainable_variables
        if weight.path.endswith("kernel")
    ]
    assert len(wrappers(model)) == len(kernels) > 2
    encoder = networks.build(
        network,
        "encoder",
        data_shape=(12, 12, 1),
        num_outputs=2,
        options={"spectral_normalization": True},
    )
    assert not wrappers(encoder)
    assert not wrappers(build(network, spectral_normalization=False))


@pytest.mark.parametrize("network", NAMES)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_kernels_are_divided_by_their_norm(network, policy):
    model = build(network, dtype=policy)
    call = tf.function(lambda images: model(images, training=True))
    before = [w.layer.kernel.numpy() for w in wrappers(model)]
    for _ in range(60):
        call(images(2))
    for wrapper, kernel in zip(wrappers(model), before, strict=True):
        np.testing.assert_array_equal(wrapper.layer.kernel, kernel)
        inputs = keras.random.normal((2, *wrapper.input.shape[1:]), seed=0)
        # In every policy: norms are taken in float32.
        expected = wrapper.layer(inputs / spectral_norm(kernel))
        tolerance = {"float32": 2e-3, "mixed_bfloat16": 2e-2}[policy]
        for training in (False, True):
            np.testing.assert_allclose(
                wrapper(inputs, training=training),
                tf.cast(expected, "float32"),
                rtol=tolerance,
                atol=tolerance,
                err_msg=wrapper.layer.name,
            )


def test_gradients_have_the_term_of_the_norm():
    rng = np.random.default_rng(0)
    wrapper = with_unit_norm(keras.layers.Dense(3), True)
    inputs = rng.normal(size=(4, 5)).astype("float32")
    weights = rng.normal(size=(4, 3)).astype("float32")
    wrapper.build(inputs.shape)
    for _ in range(100):
        wrapper(inputs, training=True)
    kernel = wrapper.layer.kernel
    with tf.GradientTape() as tape:
        value = kernel.value
        loss = tf.reduce_sum(weights * wrapper(inputs, training=True))
    found = tape.gradient(loss, value)
    # Equation 12 of the paper, with the norm and its vectors of an SVD.
    left, norms, right = np.linalg.svd(kernel.numpy())
    outer = np.outer(left[:, 0], right[0])
    plain = inputs.T @ weights
    share = np.sum(plain * kernel.numpy()) / norms[0]
    expected = (plain - share * outer) / norms[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    # The norm's own direction is not followed.
    assert np.sum(found * kernel.numpy()) == pytest.approx(0, abs=1e-4)
    assert np.abs(share) > 0.1


def test_the_layer_of_keras_lacks_the_term_still():
    """Once it has the term, ours can go."""
    layer = Wrapper(keras.layers.Dense(3))
    inputs = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    layer.build(inputs.shape)
    for _ in range(100):
        layer(inputs, training=True)
    with tf.GradientTape() as tape:
        value = layer.layer.kernel.value
        loss = tf.reduce_sum(layer(inputs, training=True) ** 2)
    found = tape.gradient(loss, value)
    assert np.abs(np.sum(found * layer.layer.kernel.numpy())) > 0.1


def test_a_kernel_of_zeros():
    wrapper = with_unit_norm(
        keras.layers.Dense(3, kernel_initializer="zeros"), True
    )
    outputs = wrapper(np.ones((2, 5), "float32"), training=True)
    np.testing.assert_array_equal(outputs, np.zeros((2, 3)))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_kernels_are_not_rounded_by_a_mixed_policy(policy):
    # Keras's wrapper under the policy itself would round them, and the logits.
    model = build(dtype=policy)
    logits = model(images(), training=True)
    low = policy.removeprefix("mixed_")
    assert logits.dtype == "float32"
    assert (tf.cast(tf.cast(logits, low), "float32") != logits).numpy().any()
    for wrapper in wrappers(model):
        kernel = wrapper.layer.kernel.value
        rounded = tf.cast(tf.cast(kernel, low), "float32")
        assert np.mean(rounded != kernel) > 0.5
    assert wrappers(model)[0].layer.compute_dtype == low


@pytest.mark.parametrize(
    ("network", "policy", "jit_compile"),
    [
        *[(name, policy, False) for name in NAMES for policy in POLICIES],
        *[(name, "float32", True) for name in NAMES],
        *[("dcgan", policy, True) for policy in POLICIES[1:]],
    ],
)
def test_gradients_with_penalty_in_a_graph(network, policy, jit_compile):
    model = build(network, dtype=policy)
    step = tf.function(gradients, jit_compile=jit_compile)
    before = [wrapper.vector_u.numpy() for wrapper in wrappers(model)]
    for _ in range(3):
        found = step(model, images())
    assert_live(model, found)
    for wrapper, old in zip(wrappers(model), before):
        assert np.abs(wrapper.vector_u.numpy() - old).max() > 0


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_with_another_normalization(normalization):
    model = build("resnet", discriminator_normalization=normalization)
    assert_live(model, gradients(model, images()))


@pytest.mark.parametrize("policy", POLICIES)
def test_two_replicas_train_as_one(strategy, policy):
    def train(scope):
        keras.utils.set_random_seed(0)
        with scope.scope():
            model = build(dtype=policy)
            optimizer = keras.optimizers.SGD(0.1)
            optimizer.build(model.trainable_variables)

        def step(images):
            with tf.GradientTape() as tape:
                logits = model(images, training=True)
                replicas = scope.num_replicas_in_sync
                loss = tf.reduce_mean(logits**2) / replicas
            variables = model.trainable_variables
            values = [variable.value for variable in variables]
            optimizer.apply(tape.gradient(loss, values), variables)

        data = tf.data.Dataset.from_tensors(images()).unbatch().batch(8)
        data = scope.experimental_distribute_dataset(data.repeat(6))
        run = tf.function(lambda batch: scope.run(step, (batch,)))
        for batch in data:
            run(batch)
        return model

    two, one = train(strategy), train(tf.distribute.get_strategy())
    for a, b in zip(two.weights, one.weights):
        tolerance = 1e-6 if policy == "float32" else 1e-2
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=tolerance)
        first, second = strategy.experimental_local_results(a.value)
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("network", NAMES)
def test_a_loaded_discriminator_goes_on_as_it_was(network, tmp_path):
    model = build(network, **({"dropout": 0.0} if network == "mlp" else {}))
    for _ in range(3):
        model(images(), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(images()), loaded(images()))
    # The vectors of power iteration are saved too.
    for _ in range(2):
        np.testing.assert_array_equal(
            model(images(), training=True), loaded(images(), training=True)
        )
