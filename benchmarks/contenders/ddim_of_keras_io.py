"""Diffusion in the manner of Keras's own example, for some minutes.

What https://keras.io/examples/generative/ddim/ says of its model, written anew:
a U-Net of residual blocks (32, 64, 96 and 128 filters, two blocks a size) with
batch normalization and without attention, which gets the noise's variance as a
map of waves; images with a mean of 0 and a variance of 1; signal rates from
0.95 to 0.02 along a quarter of a circle; the absolute error of the noise;
batches of 64, AdamW with 1e-3 and a weight decay of 1e-4, averages of weights
with a momentum of 0.999 from the first ones on; 20 steps of DDIM.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from contenders.examples_of_keras_io import batches_for
from keras import layers

WIDTHS, BLOCKS = (32, 64, 96, 128), 2
BATCH_SIZE, MOMENTUM = 64, 0.999
LARGEST_SIGNAL, SMALLEST_SIGNAL = 0.95, 0.02
WAVES, HIGHEST = 32, 1000.0
MULTIPLE, EVALUATIONS = 2 ** (len(WIDTHS) - 1), 20


def drawn_after(images, minutes, number):
    """As many images; see `examples_of_keras_io`."""
    mean, deviation = images.mean((0, 1, 2)), images.std((0, 1, 2))
    averaged = trained((images - mean) / deviation, minutes)
    parts = [
        draw(averaged, tf.random.normal((size, *images.shape[1:])))
        for size in [min(250, number - n) for n in range(0, number, 250)]
    ]
    drawn = np.concatenate(parts) * deviation + mean
    return np.clip(drawn, 0, 1)


def network_of(shape):
    x = data = keras.Input(shape)
    variance = keras.Input((1, 1, 1))
    speeds = 2 * math.pi * np.geomspace(1.0, HIGHEST, WAVES // 2)
    angles = variance * speeds.reshape(1, 1, 1, -1).astype("float32")
    waves = layers.Concatenate()([keras.ops.sin(angles), keras.ops.cos(angles)])
    waves = layers.UpSampling2D(shape[:2])(waves)
    x = layers.Concatenate()([layers.Conv2D(WIDTHS[0], 1)(x), waves])
    kept = []
    for width in WIDTHS[:-1]:
        for _ in range(BLOCKS):
            x = block(x, width)
            kept.append(x)
        x = layers.AveragePooling2D(2)(x)
    for _ in range(BLOCKS):
        x = block(x, WIDTHS[-1])
    for width in reversed(WIDTHS[:-1]):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        for _ in range(BLOCKS):
            x = block(layers.Concatenate()([x, kept.pop()]), width)
    x = layers.Conv2D(
        shape[-1], 1, kernel_initializer="zeros", dtype="float32"
    )(x)
    return keras.Model([data, variance], x)


def block(x, width):
    shortcut = x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)
    x = layers.BatchNormalization(center=False, scale=False)(x)
    x = layers.Conv2D(width, 3, padding="same", activation="swish")(x)
    x = layers.Conv2D(width, 3, padding="same")(x)
    return layers.Add()([x, shortcut])


def rates(t):
    """Shares of the data and of the noise at times from 0 to 1."""
    start, end = math.acos(LARGEST_SIGNAL), math.acos(SMALLEST_SIGNAL)
    angles = start + t * (end - start)
    return tf.cos(angles), tf.sin(angles)


def trained(images, minutes):
    """The network with averaged weights, after as many minutes."""
    network = network_of(images.shape[1:])
    averaged = keras.models.clone_model(network)
    averaged.set_weights(network.get_weights())
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=1e-4)
    optimizer.build(network.trainable_variables)

    @tf.function
    def take_step(x):
        noise = tf.random.normal(tf.shape(x))
        signal, spread = rates(tf.random.uniform((len(x), 1, 1, 1)))
        with tf.GradientTape() as tape:
            x = signal * x + spread * noise
            found = network([x, spread**2], training=True)
            loss = tf.reduce_mean(tf.abs(noise - found))
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        for average, weight in zip(averaged.weights, network.weights):
            average.assign(MOMENTUM * average + (1 - MOMENTUM) * weight)

    for batch in batches_for(minutes, images, BATCH_SIZE):
        take_step(batch)
    return averaged


@tf.function(reduce_retracing=True)
def draw(network, noise):
    """DDIM from noise to data."""
    x = noise
    for index in range(EVALUATIONS):
        t = tf.fill((len(noise), 1, 1, 1), 1.0 - index / EVALUATIONS)
        signal, spread = rates(t)
        found = network([x, spread**2], training=False)
        data = (x - spread * found) / signal
        signal, spread = rates(t - 1.0 / EVALUATIONS)
        x = signal * data + spread * found
    return data
