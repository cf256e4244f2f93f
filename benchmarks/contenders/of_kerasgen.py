"""kerasgen as its users run it: `compile()` and `fit()` with defaults."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from architectures import LENGTH
from architectures import SIDE
from architectures import TRANSLATOR_BLOCKS
from architectures import VOCABULARY

import kerasgen

# So many epochs that training goes on until there are no more rounds.
_EPOCHS = 10**6


def train(architecture, images, rounds, options):
    policy = "mixed_bfloat16" if options.bfloat16 else "float32"
    model = build(architecture, policy, not options.usual_convolutions)
    model.compile()
    if architecture.drawing_steps:
        draw(model, architecture, rounds)
    else:
        fit(model, architecture, images, rounds)


def build(architecture, policy, fast_convolutions=True):
    if architecture.is_flow:
        return build_flow(architecture, policy)
    if architecture.is_text:
        return kerasgen.GPT(
            LENGTH,
            vocabulary_size=VOCABULARY,
            network_options={"width": architecture.width},
            seed=0,
            dtype=policy,
        )
    if architecture.kind == "cyclegan":
        options = {"filters": architecture.width}
        options["num_blocks"] = TRANSLATOR_BLOCKS
        shape = SIDE, SIDE, 1
        return kerasgen.CycleGAN(
            shape, shape, network_options=options, seed=0, dtype=policy
        )
    kind = {
        "vae": kerasgen.VAE,
        "dcgan": kerasgen.DCGAN,
        "wgan_gp": kerasgen.WGANGP,
    }[architecture.kind]
    options = {
        "filters": architecture.width,
        "fast_convolutions": fast_convolutions,
    }
    if architecture.kind == "vae":
        options = {"hidden_units": (architecture.width,)}
    return kind(
        (28, 28, 1),
        architecture.latent_dim,
        network_options=options,
        seed=0,
        dtype=policy,
    )


def build_flow(architecture, policy):
    options = {"width": architecture.width}
    if architecture.kind == "unet":
        options = {"filters": architecture.filters[:2]}
    return kerasgen.FlowMatching(
        (28, 28, 1),
        network=architecture.kind,
        network_options=options,
        seed=0,
        dtype=policy,
    )


def draw(model, architecture, rounds):
    """Draws as many images as a round has; until there are no more rounds."""
    parameters = number_of_parameters(model)
    while True:
        rounds.begin()
        model.generate(
            architecture.images,
            seed=0,
            batch_size=architecture.batch_size,
            sampler="euler",
            num_steps=architecture.drawing_steps,
        )
        rounds.end(images=architecture.images, parameters=parameters)


def number_of_parameters(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def fit(model, architecture, images, rounds):
    """Trains a Keras model, each epoch a round."""
    parameters = number_of_parameters(model)

    class TakeTurns(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rounds.begin()

        def on_epoch_end(self, epoch, logs=None):
            rounds.end(images=len(images), parameters=parameters)

    columns = (images,)
    if architecture.kind == "cyclegan":
        columns = images, 1.0 - images[::-1]
    model.fit(
        *columns,
        batch_size=architecture.batch_size,
        epochs=_EPOCHS,
        callbacks=[TakeTurns()],
        verbose=0,
    )
