# %% [markdown]
# # 8. Your own images and your own model
#
# The other tutorials take images that somebody has prepared, and models that
# somebody has written. Here both are one's own: a folder of picture files, a
# generator that knows something of these pictures, and a model from a paper
# that `kerasgen` does not have.
#
# **You will learn**
#
# - what a folder must look like to be trained on, and what is refused;
# - how to pass networks of one's own to a model, and why one would;
# - how to write a new model in one file, and what is to be tested of it;
# - a mistake that such tests find, and that nothing else tells of.
#
# The last part needs a checkout of `kerasgen` with its folder `tests`, and `pip
# install -e ".[test]"`.
#
# **Time** About 4 minutes on 2 cores. With `"digits"` in place of `"mnist"` in
# the first cell, small images that need no network, it takes less.

# %%
import json
import os
import pathlib
import subprocess
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from PIL import Image

import kerasgen
from kerasgen import plotting
from kerasgen import tasks

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "digits" if SMOKE else "mnist"  # "digits" needs no network.

keras.utils.set_random_seed(0)
plt.rcParams["figure.dpi"] = 90

digits, labels = kerasgen.data.load_arrays(DATASET, "train")
test_digits, _ = kerasgen.data.load_arrays(DATASET, "test")
side = digits.shape[1]  # 28 pixels, or 8.

# %% [markdown]
# ## 1. A folder of pictures
#
# To have some, we make them: digits in ink of some colour, on paper of some
# colour, in files of different sizes. If you have pictures, put them into
# `photos` instead, in a sub-folder for each kind if they have kinds.

# %%
num_photos = 400 if SMOKE else min(10_000, len(digits))
random = np.random.default_rng(0)
photos = pathlib.Path("photos")
for number in range(num_photos):
    ink, paper = random.uniform(0, 0.4, 3), random.uniform(0.6, 1, 3)
    if random.random() < 0.5:
        ink, paper = paper, ink
    pixels = digits[number] * ink + (1 - digits[number]) * paper
    picture = Image.fromarray(np.uint8(np.round(255 * pixels)))
    size = int(random.integers(side, 1.5 * side))
    file = photos / f"digit_{labels[number]}" / f"{number:05}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.resize((size, size), Image.Resampling.BICUBIC).save(file)
for folder in sorted(photos.iterdir()):
    print(folder, len(list(folder.iterdir())), "files")

# %% [markdown]
# A network takes images of one size. `from_folder` does not guess which, and it
# reads the head of every file before the first step, so that a broken one is
# found now and not after an hour.


# %%
def refused(function, *arguments, **options):
    """Calls a function that refuses what it is given; prints why."""
    try:
        function(*arguments, **options)
    except ValueError as error:
        print(f"{error}\n")


refused(kerasgen.data.from_folder, "photos")
broken = photos / "digit_3" / "broken.png"
broken.write_text("This is no picture.")
refused(kerasgen.data.from_folder, "photos", image_size=side)
broken.unlink()

# %% [markdown]
# With a size it resizes, and crops what is not square. Every tenth file is kept
# for testing. What comes out is a `tf.data.Dataset` of batches in $[0, 1]$;
# with `labels=True`, of images and the numbers of their sub-folders, in
# alphabetical order.

# %%
data = kerasgen.data.from_folder(
    "photos", image_size=side, split="train", batch_size=64, seed=0
)
test_images, _ = kerasgen.data.load_arrays("photos", "test", image_size=side)
first = next(iter(data)).numpy()
print(data.element_spec)
print(f"{len(test_images)} images for testing")
plotting.show_images(first[:32], 16, title="the first batch")
plt.show()

# %% [markdown]
# On the command line a folder stands where a data set's name stands: `kerasgen
# train dcgan --dataset photos --image-size 28`.
#
# ## 2. A generator that knows something
#
# The usual generator makes each of the three colours of each pixel. But we know
# more of these pictures: there is one ink and one paper, and a mask that says
# how much ink is where. As an equation, for pixel $p$ and colour $c$,
#
# $$x_{p,c} = m_p \, a_c + (1 - m_p) \, b_c .$$
#
# So we let the network make $m$, $a$ and $b$, and put them together in its last
# step. Any `keras.Model` from latents to images in $[0, 1]$ can be a generator.


# %%
def ink_generator(latent_dim=64, filters=32):
    latents = keras.Input((latent_dim,))
    x = layers.Dense((side // 4) ** 2 * 2 * filters, use_bias=False)(latents)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Reshape((side // 4, side // 4, 2 * filters))(x)
    for width in (filters, filters // 2):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    mask = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    colours = layers.Dense(64, activation="relu")(latents)
    ink, paper = (
        layers.Reshape((1, 1, 3), name=name)(
            layers.Dense(3, activation="sigmoid")(colours)
        )
        for name in ("ink", "paper")
    )
    return keras.Model(latents, mask * ink + (1.0 - mask) * paper)


generator = ink_generator()
data_shape = (side, side, 3)
gan = kerasgen.GAN(
    data_shape,
    latent_dim=64,
    generator=generator,
    network="dcgan",  # What is not given is built: the discriminator.
    network_options={"filters": 16},
    seed=0,
)
gan.compile()
print(f"generator {generator.count_params():,} weights", end=", ")
print(f"discriminator {gan.discriminator.count_params():,}")

# %% [markdown]
# A network that does not fit is refused, with both shapes, when the model is
# made. So are the two mistakes that would train, and train badly: a generator
# whose images go from -1 to 1, and a discriminator that ends in a sigmoid,
# though the losses take logits.


# %%
def end_in(layer, inputs, *, shape):
    return keras.Sequential(
        [keras.Input(inputs), layers.Flatten(), layer, shape]
    )


flat = side * side * 3
to_image = layers.Reshape(data_shape)
for options in (
    {"generator": end_in(layers.Dense(flat), (50,), shape=to_image)},
    {"generator": end_in(layers.Dense(flat, "tanh"), (64,), shape=to_image)},
    {
        "discriminator": end_in(
            layers.Dense(1, "sigmoid"), data_shape, shape=layers.Flatten()
        )
    },
):
    refused(kerasgen.GAN, data_shape, latent_dim=64, **options)

# %%
history = gan.fit(data, epochs=2 if SMOKE else 20, verbose=0)
_, axes = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
for name in ("d_loss", "g_loss"):
    axes[0].plot(
        np.arange(len(history.epoch)) + 1, history.history[name], label=name
    )
axes[0].set(xlabel="epoch")
axes[0].legend(frameon=False)
plotting.show_images(gan.generate(32, seed=0), 8, title="drawn", ax=axes[1])
plt.show()

# %% [markdown]
# As the parts are parts of the network, they can be looked at, though nobody
# ever showed it a mask: the generator that was passed in is the one that was
# trained.

# %%
mask_layer = [x for x in generator.layers if isinstance(x, layers.Conv2D)][-1]
parts = keras.Model(
    generator.input,
    [
        mask_layer.output,
        *(generator.get_layer(n).output for n in ("ink", "paper")),
    ],
)
latents = np.random.default_rng(1).normal(size=(12, 64)).astype("float32")
drawn = gan.decode(latents)
masks, inks, papers = parts.predict(latents, verbose=0)
rows = [np.repeat(masks, 3, axis=-1)]
rows += [np.broadcast_to(colour, drawn.shape) for colour in (inks, papers)]
plotting.show_images(
    np.concatenate([drawn, *rows]), 12, title="drawn; mask; ink; paper"
)
plt.show()

# %% [markdown]
# The digits are rough yet, after 20 passes through 9,000 pictures, but each
# image has two colours and what lies between, for the network cannot draw
# anything else. And the parts have become what they were meant to be: strokes
# are in the mask, and the two colours are plain. Which of them it calls the
# ink, nobody told the network: in some masks the strokes are white, in others
# the paper. The model is saved with its networks, and is exported as any other
# (tutorial 6).

# %%
gan.save("gan.keras")
again = keras.saving.load_model("gan.keras")
print(np.array_equal(again.generate(4, seed=0), gan.generate(4, seed=0)))

# %% [markdown]
# ## 3. A new model in one file
#
# Now a model that `kerasgen` lacks: DIP-VAE-I of Kumar, Sattigeri and
# Balakrishnan (2018, *Variational Inference of Disentangled Latent Concepts
# from Unlabeled Observations*, https://arxiv.org/abs/1711.00848). A VAE wants
# its latents, over all images, to be standard normal; then they would be
# uncorrelated, each with variance 1. The covariance of the means $\mu(x)$ shows
# how far that is so, and DIP-VAE adds it to the loss (their equation 6):
#
# $$\lambda_{od} \sum_{i \ne j} C_{ij}^2 + \lambda_d \sum_i (C_{ii} - 1)^2,
# \qquad C = \mathrm{Cov}_{p(x)}[\mu(x)].$$
#
# A model that varies another is a subclass of it, and says only what differs.
# Its arguments are declared, with their defaults and what they must be; the
# model then takes, checks and saves them.
# `VAE` asks its method `penalty` what is added to the reconstruction loss, and
# reports by name what it returns; so that is what we write, from the images of
# a batch.

# %%
COVARIANCE = '''
    def covariance(self, batch, mean):
        """Covariance of the latents' means over the batch."""
        offsets = mean - tf.reduce_mean(mean, axis=0)
        rows = tf.cast(tf.shape(mean)[0], tf.float32)
        return tf.matmul(offsets, offsets, transpose_a=True) / rows
'''
MODEL = '''"""DIP-VAE."""

import keras
import tensorflow as tf

import kerasgen
from kerasgen.engine import Argument
from kerasgen.engine import at_least
from kerasgen.engine import positive_integer


@keras.saving.register_keras_serializable("my_models")
class DIPVAE(kerasgen.VAE):
    """DIP-VAE-I: a VAE whose latents' means are drawn apart.

    It adds equation 6 of Kumar et al. (2018),
    https://arxiv.org/abs/1711.00848, to the loss of `VAE`.

    Args:
        data_shape: see `VAE`.
        latent_dim: see `VAE`.
        off_diagonal_weight: float. Weight of squared covariances.
        diagonal_weight: float. Weight of squared differences of variances
            from 1.
        **kwargs: Other arguments of `VAE`.
    """

    metric_names = (*kerasgen.VAE.metric_names, "covariance_penalty")

    latent_dim = Argument(10, positive_integer)
    off_diagonal_weight = Argument(10.0, at_least(0))
    diagonal_weight = Argument(20.0, at_least(0))

    def penalty(self, batch, latents, mean, log_variance):
        penalty, values = super().penalty(batch, latents, mean, log_variance)
        covariance = self.covariance(batch, mean)
        squares = tf.square(covariance - tf.eye(self.latent_dim))
        diagonal = tf.linalg.trace(squares)
        off_diagonal = tf.reduce_sum(squares) - diagonal
        added = (
            self.off_diagonal_weight * off_diagonal
            + self.diagonal_weight * diagonal
        )
        return penalty + added, {**values, "covariance_penalty": added}
COVARIANCE'''
file = pathlib.Path("dip_vae.py")
file.write_text(MODEL.replace("COVARIANCE", COVARIANCE))
print(len(file.read_text().splitlines()), "lines")

# %% [markdown]
# Sampling, encoding, saving, export, checks of images and the rest are
# inherited. Are they right? `tests/model_contract.py` holds what every model of
# `kerasgen` promises, a test each. A new model gets them all by a class that
# names it, its arguments and its metrics. To that comes what only this model
# does: its loss, against numbers worked out by hand.

# %%
TEST = '''"""DIPVAE: the contract, and what only it does."""

import numpy as np
from tests.model_contract import ModelContract

from dip_vae import DIPVAE


class TestDIPVAEContract(ModelContract):
    model_class = DIPVAE
    arguments = {
        "latent_dim": 3,
        "network": "mlp",
        "network_options": {"hidden_units": [24, 16]},
        "off_diagonal_weight": 3.0,
        "diagonal_weight": 0.5,
    }
    metric_names = {*DIPVAE.metric_names}


def test_penalty_by_hand(digits):
    model = DIPVAE((8, 8, 1), 3, 7.0, 2.0, seed=0)
    model.compile()
    found = model.evaluate(digits, batch_size=64, verbose=0, return_dict=True)
    squares = (np.cov(model.encode(digits).T, ddof=0) - np.eye(3)) ** 2
    expected = 2 * np.trace(squares) + 7 * (squares.sum() - np.trace(squares))
    np.testing.assert_allclose(found["covariance_penalty"], expected, rtol=1e-5)
    total = -found["elbo"] + expected
    np.testing.assert_allclose(found["loss"], total, rtol=1e-5)
'''
pathlib.Path("test_dip_vae.py").write_text(TEST)
CHECKOUT = pathlib.Path(kerasgen.__file__).parents[1]


def run_tests(*options):
    """Runs the tests of the new model; prints what they say in the end."""
    folders = [os.getcwd(), str(CHECKOUT)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "test_dip_vae.py", "-v"]
        + ["-p", "tests.conftest", "-p", "no:cacheprovider", "--color=no"]
        + [*options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
    )
    for line in done.stdout.splitlines():
        words = line.split()
        if line.startswith("E  ") and len(words) > 1:
            print(line)
        elif len(words) > 1 and words[1] in ("PASSED", "FAILED"):
            print(words[1], words[0].split("::", 1)[1])
    print(done.stdout.splitlines()[-1].strip("= ").split(" in ")[0])


chosen = ["-k", "config or by_hand"] if SMOKE else []
run_tests(*chosen)

# %% [markdown]
# Two tests fail. They train the model on one device, and on two that share each
# batch, in one process or in two, with plain gradient descent: all must report
# the same losses. They differ, if by little. On one device all is right, the
# loss worked out by hand included, so that no use of the model there would have
# told.
#
# A replica sees a part of the batch (tutorial 7). The mean of a loss is the
# mean of the parts' means, but the covariance of a batch is not the mean of its
# parts' covariances, least of all where a part has one image. So the sums have
# to be taken over all replicas before anything else is done with them.
# `batch.sum_over_replicas` adds a sum of one's own rows up over all replicas,
# and `batch.size` is the number of rows of the whole batch.

# %%
MENDED = '''
    def covariance(self, batch, mean):
        """Covariance of the latents' means over the global batch."""
        rows = batch.without_padding(mean)
        center = batch.sum_over_replicas(tf.reduce_sum(rows, 0)) / batch.size
        offsets = rows - center
        products = tf.matmul(offsets, offsets, transpose_a=True)
        return batch.sum_over_replicas(products) / batch.size
'''
file.write_text(MODEL.replace("COVARIANCE", MENDED))
run_tests(*chosen)

# %% [markdown]
# Now all pass.
#
# ## 4. What it does
#
# Now it can be trained. Beside it a plain VAE with the same networks; batches
# are large, for a covariance of few images is mostly noise.

# %%
sys.path.insert(0, os.getcwd())
from dip_vae import DIPVAE  # noqa: E402

options = {
    "network": "mlp",
    "network_options": {"hidden_units": [256]},
    "binarization": "dynamic",
    "seed": 0,
}
models, scores = {}, {}
for model_class in (kerasgen.VAE, DIPVAE):
    keras.utils.set_random_seed(0)
    model = model_class(digits.shape[1:], latent_dim=10, **options)
    model.compile(jit_compile=True)
    model.fit(digits, batch_size=500, epochs=2 if SMOKE else 20, verbose=0)
    models[model_class.__name__] = model
    scores[model_class.__name__] = model.evaluate(
        test_digits, batch_size=500, verbose=0, return_dict=True
    )

_, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, (name, model) in zip(axes, models.items()):
    covariance = np.cov(model.encode(test_digits).T)
    shown = ax.imshow(covariance, cmap="RdBu", vmin=-1, vmax=1)
    ax.set_title(f"{name}: covariance of the latents' means")
    away = covariance - np.diag(np.diag(covariance))
    print(f"{name:8} largest covariance {np.abs(away).max():.3f}", end=", ")
    print(f"sum of squares {np.square(away).sum():.3f}", end=", ")
    variances = np.diag(covariance)
    print(f"variances {variances.min():.2f} to {variances.max():.2f}")
    print(f"{'':8} bound {scores[name]['elbo']:.2f} nats", end=", ")
    print(f"reconstruction {scores[name]['reconstruction_loss']:.2f}")
plt.colorbar(shown, ax=axes)
plt.show()

# %% [markdown]
# The penalty does what it says: off the diagonal the covariances are nearly
# gone, and the variances are nearer to 1. The price is a bound that is about
# two nats lower, as reconstructions are worse.

# %%
moved = tasks.traverse(models["DIPVAE"], test_digits[:1])
plotting.traversals(moved[0])
plt.show()

# %% [markdown]
# Each row moves one latent of a test image, and leaves the others as they are.
# That latents are uncorrelated does not mean that each has a name: most rows
# end in another digit, where one would like to see one property of the same
# digit change.
#
# The new model can be used wherever one of `kerasgen` can: in the callbacks and
# tasks of the other tutorials, and as a server.

# %%
version = models["DIPVAE"].export("exports/dip_vae")
about = json.loads((version / "assets.extra/kerasgen.json").read_text())
print(version, "serves", ", ".join(about["signatures"]))

# %% [markdown]
# ## In short
#
# - `from_folder("photos", image_size=64)`, or `kerasgen train MODEL --dataset
#   photos --image-size 64`.
# - `generator=`, `discriminator=`, `encoder=` and `decoder=` take any built
#   `keras.Model` of the right shapes.
# - A new model is a subclass in a file, a class of ten lines on the contract,
#   and a test of its loss by hand. If others may want it, `CONTRIBUTING.md`
#   says where the three go; a recipe, with what it was measured to give, makes
#   four.
