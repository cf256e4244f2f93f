"""A DCGAN in the manner of Keras's own example, for some minutes.

What https://keras.io/examples/generative/dcgan_overriding_train_step/ says of
its model, written anew: a latent space of 128 dimensions, three transposed
convolutions (128, 256 and 512 filters of 4x4), a convolution of 5x5 and a
sigmoid against three convolutions (64, 128 and 128 filters of 4x4) and dropout;
binary cross-entropy with noise of 0.05 on the labels, real and generated images
in one batch; batches of 32, Adam with 1e-4. Its faces have 64 pixels a side and
start from 8; images of other sides start from an eighth of them.
"""

import keras
import tensorflow as tf
from contenders.examples_of_keras_io import batches_for
from keras import layers

LATENT_DIM, BATCH_SIZE = 128, 32
GENERATOR_FILTERS, DISCRIMINATOR_FILTERS = (128, 256, 512), (64, 128, 128)
LABEL_NOISE, SLOPE = 0.05, 0.2
MULTIPLE, EVALUATIONS = 2 ** len(GENERATOR_FILTERS), 1


def drawn_after(images, minutes, number):
    """As many images; see `examples_of_keras_io`."""
    generator = trained(images, minutes)
    latents = tf.random.normal((number, LATENT_DIM))
    return generator.predict(latents, verbose=0)


def generator_of(shape):
    start = [side // MULTIPLE for side in shape[:2]]
    model = keras.Sequential([keras.Input((LATENT_DIM,))])
    model.add(layers.Dense(start[0] * start[1] * 128))
    model.add(layers.Reshape((*start, 128)))
    for filters in GENERATOR_FILTERS:
        model.add(layers.Conv2DTranspose(filters, 4, 2, padding="same"))
        model.add(layers.LeakyReLU(SLOPE))
    model.add(
        layers.Conv2D(
            shape[-1], 5, padding="same", activation="sigmoid", dtype="float32"
        )
    )
    return model


def discriminator_of(shape):
    model = keras.Sequential([keras.Input(shape)])
    for filters in DISCRIMINATOR_FILTERS:
        model.add(layers.Conv2D(filters, 4, 2, padding="same"))
        model.add(layers.LeakyReLU(SLOPE))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(1, activation="sigmoid", dtype="float32"))
    return model


def trained(images, minutes):
    """The generator after as many minutes."""
    generator = generator_of(images.shape[1:])
    discriminator = discriminator_of(images.shape[1:])
    loss = keras.losses.BinaryCrossentropy()
    optimizers = [keras.optimizers.Adam(1e-4) for _ in range(2)]
    for model, optimizer in zip((generator, discriminator), optimizers):
        optimizer.build(model.trainable_variables)

    def update(model, optimizer, loss_of):
        with tf.GradientTape() as tape:
            value = loss_of()
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(value, weights), weights))

    def latents():
        return tf.random.normal((BATCH_SIZE, LATENT_DIM))

    @tf.function
    def take_step(real):
        both = tf.concat([generator(latents()), real], axis=0)
        # One is of what is generated.
        labels = tf.repeat([[1.0], [0.0]], BATCH_SIZE, axis=0)
        labels += LABEL_NOISE * tf.random.uniform(tf.shape(labels))
        update(
            discriminator,
            optimizers[1],
            lambda: loss(labels, discriminator(both)),
        )
        seeds = latents()
        update(
            generator,
            optimizers[0],
            lambda: loss(
                tf.zeros((BATCH_SIZE, 1)), discriminator(generator(seeds))
            ),
        )

    for batch in batches_for(minutes, images, BATCH_SIZE):
        take_step(batch)
    return generator
