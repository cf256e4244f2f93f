"""The same models as tutorials of Keras write them.

A `train_step` of the user's own, Keras's layers, and `fit` as it comes.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf
from keras import layers
from keras import ops
from of_kerasgen import fit


def train(architecture, images, rounds, options):
    policy = "mixed_bfloat16" if options.bfloat16 else "float32"
    keras.config.set_dtype_policy(policy)
    if architecture.kind == "vae":
        model = VAE(architecture)
        model.compile(optimizer=keras.optimizers.Adam())
    else:
        kind = DCGAN if architecture.kind == "dcgan" else WGANGP
        model = kind(architecture)
        model.compile(model.adam(), model.adam())
    fit(model, architecture, images, rounds)


class VAE(keras.Model):
    def __init__(self, architecture):
        super().__init__()
        units, latents = architecture.width, architecture.latent_dim
        inputs = keras.Input((28, 28, 1))
        x = layers.Dense(units, activation="relu")(layers.Flatten()(inputs))
        self.encoder = keras.Model(
            inputs, [layers.Dense(latents)(x), layers.Dense(latents)(x)]
        )
        inputs = keras.Input((latents,))
        x = layers.Dense(units, activation="relu")(inputs)
        x = layers.Dense(28 * 28, activation="sigmoid")(x)
        self.decoder = keras.Model(inputs, layers.Reshape((28, 28, 1))(x))
        self.noise = keras.random.SeedGenerator(0)
        self.trackers = [
            keras.metrics.Mean(name=name)
            for name in ("loss", "reconstruction_loss", "kl_loss")
        ]

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, images):
        with tf.GradientTape() as tape:
            mean, log_variance = self.encoder(images, training=True)
            epsilon = keras.random.normal(ops.shape(mean), seed=self.noise)
            latents = mean + ops.exp(0.5 * log_variance) * epsilon
            outputs = self.decoder(latents, training=True)
            reconstruction_loss = ops.mean(
                ops.sum(
                    keras.losses.binary_crossentropy(images, outputs), (1, 2)
                )
            )
            kl = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
            kl_loss = ops.mean(ops.sum(0.5 * kl, axis=1))
            loss = reconstruction_loss + kl_loss
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        values = loss, reconstruction_loss, kl_loss
        for tracker, value in zip(self.trackers, values):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def generator(architecture):
    narrow, middle, wide = architecture.filters
    inputs = keras.Input((architecture.latent_dim,))
    x = layers.Dense(16 * wide, use_bias=False)(inputs)
    x = layers.Reshape((4, 4, wide))(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (middle, narrow):
        x = layers.Conv2DTranspose(
            filters, 5, strides=2, padding="same", use_bias=False
        )(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(
        1, 5, strides=2, padding="same", activation="sigmoid", dtype="float32"
    )(x)
    return keras.Model(inputs, layers.Cropping2D(2, dtype="float32")(x))


def discriminator(architecture, is_normalized):
    x = inputs = keras.Input((28, 28, 1))
    for index, filters in enumerate(architecture.filters):
        has_norm = is_normalized and index > 0
        x = layers.Conv2D(
            filters, 5, strides=2, padding="same", use_bias=not has_norm
        )(x)
        x = layers.BatchNormalization()(x) if has_norm else x
        x = layers.LeakyReLU(0.2)(x)
    outputs = layers.Dense(1, dtype="float32")(layers.Flatten()(x))
    return keras.Model(inputs, outputs)


class DCGAN(keras.Model):
    has_norm = True

    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        self.generator = generator(architecture)
        self.discriminator = discriminator(architecture, self.has_norm)
        self.noise = keras.random.SeedGenerator(0)
        self.d_tracker = keras.metrics.Mean(name="d_loss")
        self.g_tracker = keras.metrics.Mean(name="g_loss")

    @staticmethod
    def adam():
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    @property
    def metrics(self):
        return [self.d_tracker, self.g_tracker]

    def draw(self, images):
        shape = ops.shape(images)[0], self.architecture.latent_dim
        return self.generator(
            keras.random.normal(shape, seed=self.noise), training=True
        )

    def d_loss(self, images):
        fake = self.draw(images)
        real_logits = self.discriminator(images, training=True)
        fake_logits = self.discriminator(fake, training=True)
        return ops.mean(ops.softplus(-real_logits)) + ops.mean(
            ops.softplus(fake_logits)
        )

    def g_loss(self, images):
        logits = self.discriminator(self.draw(images), training=True)
        return ops.mean(ops.softplus(-logits))

    def train_step(self, images):
        for _ in range(self.architecture.critic_steps):
            with tf.GradientTape() as tape:
                d_loss = self.d_loss(images)
            weights = self.discriminator.trainable_weights
            gradients = tape.gradient(d_loss, weights)
            self.d_optimizer.apply_gradients(zip(gradients, weights))
        with tf.GradientTape() as tape:
            g_loss = self.g_loss(images)
        weights = self.generator.trainable_weights
        gradients = tape.gradient(g_loss, weights)
        self.g_optimizer.apply_gradients(zip(gradients, weights))
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return {
            "d_loss": self.d_tracker.result(),
            "g_loss": self.g_tracker.result(),
        }


class WGANGP(DCGAN):
    has_norm = False

    @staticmethod
    def adam():
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)

    def d_loss(self, images):
        fake = self.draw(images)
        critic = self.discriminator
        difference = ops.mean(critic(fake, training=True)) - ops.mean(
            critic(images, training=True)
        )
        where = tf.random.uniform((ops.shape(images)[0], 1, 1, 1))
        between = images + where * (fake - images)
        with tf.GradientTape() as tape:
            tape.watch(between)
            logits = critic(between, training=True)
        gradient = tape.gradient(logits, between)
        norm = ops.sqrt(ops.sum(ops.square(gradient), (1, 2, 3)) + 1e-12)
        return difference + 10.0 * ops.mean(ops.square(norm - 1.0))

    def g_loss(self, images):
        return -ops.mean(self.discriminator(self.draw(images), training=True))
