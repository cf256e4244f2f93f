"""What all contenders train: sizes, and the products that a step consists of.

Free of any library, so that every contender's interpreter can read it.
"""

import collections
from typing import NamedTuple

SIDE = 28
PIXELS = SIDE**2
# Of texts.
LENGTH, VOCABULARY = 128, 65
# Residual blocks of translators.
TRANSLATOR_BLOCKS = 3
KERNEL = 5


class Architecture(NamedTuple):
    """Sizes of a model and of its training.

    Attributes:
        kind: str. `"vae"`, `"dcgan"`, `"wgan_gp"`, the network of a flow,
            `"unet"` or `"dit"`, `"gpt"`, of texts, or `"cyclegan"`.
        width: int. Hidden units, length of the vector of a patch, or filters of
            the layer next to the image.
        latent_dim: int.
        batch_size: int.
        steps: int. Steps of a round.
        critic_steps: int. Steps of the discriminator to one of the generator.
        drawing_steps: int. Steps of Euler's method, where images are drawn, 0
            where a network is trained.
    """

    kind: str
    width: int
    latent_dim: int
    batch_size: int
    steps: int
    critic_steps: int = 1
    drawing_steps: int = 0

    @property
    def is_flow(self):
        return self.kind in ("unet", "dit")

    @property
    def is_text(self):
        return self.kind == "gpt"

    @property
    def images(self):
        """Images, or texts, of a round."""
        return self.steps * self.batch_size

    @property
    def filters(self):
        """Filters of convolutions, from the image to the smallest."""
        return self.width, 2 * self.width, 4 * self.width


ARCHITECTURES = {
    "vae": Architecture("vae", 512, 16, 128, steps=468),
    "dcgan_16": Architecture("dcgan", 16, 100, 128, steps=30),
    "dcgan_64": Architecture("dcgan", 64, 100, 128, steps=6),
    "wgan_gp": Architecture("wgan_gp", 16, 128, 64, steps=12, critic_steps=5),
    "unet": Architecture("unet", 32, 0, 128, steps=20),
    "dit": Architecture("dit", 128, 0, 128, steps=12),
    "gpt": Architecture("gpt", 128, 0, 32, steps=20),
    "cyclegan": Architecture("cyclegan", 16, 0, 16, steps=20),
    "unet_drawing": Architecture("unet", 32, 0, 128, 12, drawing_steps=8),
    "dit_drawing": Architecture("dit", 128, 0, 128, 8, drawing_steps=8),
}


class Product(NamedTuple):
    """A product of matrices or a convolution, or the gradient of one.

    Attributes:
        layer: `"dense"` or `"convolution"`, of stride 2 and kernels of 5 x 5.
        result: `"outputs"`, or what the gradient is by: `"inputs"` or
            `"weights"`.
        batch, side, channels, filters: int. Shape of inputs, and number of
            outputs; the side is 1 where the layer is dense.
    """

    layer: str
    result: str
    batch: int
    side: int
    channels: int
    filters: int

    @property
    def operations(self):
        """Additions and multiplications."""
        taps, places = 1, 1
        if self.layer == "convolution":
            taps, places = KERNEL**2, self.small_side**2
        return 2 * self.batch * places * taps * self.channels * self.filters

    @property
    def small_side(self):
        return -(-self.side // 2)


def products(architecture):
    """How often each product is needed in a step.

    Args:
        architecture: `Architecture`.

    Returns:
        dict from `Product` to int.
    """
    return dict(_COUNTS[architecture.kind](architecture))


def _vae(architecture):
    counts = collections.Counter()
    units, latents = architecture.width, architecture.latent_dim
    layers = (PIXELS, units), (units, 2 * latents), (latents, units)
    for index, sizes in enumerate((*layers, (units, PIXELS))):
        layer = "dense", architecture.batch_size, 1, *sizes
        _count(counts, layer, outputs=1, weights=1, inputs=index > 0)
    return counts


def _dcgan(architecture):
    # Real, fake, and fake for the generator; weights learn of the first two.
    discriminator = {"outputs": 3, "weights": 2, "inputs": 3}
    first = {**discriminator, "inputs": 1}
    generator = {"outputs": 2, "weights": 1, "inputs": 1}
    return _gan(architecture, discriminator, first, generator)


def _wgan_gp(architecture):
    # Of the penalty: outputs between real and fake, their gradient by images,
    # and from that on the gradients by weights and by what it was made of,
    # which is the forward direction once more.
    steps = architecture.critic_steps
    discriminator = {
        "outputs": 4 * steps + 1,
        "weights": 3 * steps,
        "inputs": 3 * steps + 1,
    }
    first = {**discriminator, "inputs": steps + 1}
    generator = {"outputs": steps + 1, "weights": 1, "inputs": 1}
    return _gan(architecture, discriminator, first, generator)


_COUNTS = {"vae": _vae, "dcgan": _dcgan, "wgan_gp": _wgan_gp}


def _gan(architecture, discriminator, first, generator):
    """The counts of a GAN from those of each of its layers."""
    counts = collections.Counter()
    batch = architecture.batch_size
    narrow, middle, wide = architecture.filters
    shapes = (28, 1, narrow), (14, narrow, middle), (7, middle, wide)
    for index, shape in enumerate(shapes):
        often = discriminator if index else first
        _count(counts, ("convolution", batch, *shape), **often)
    features = 4 * 4 * wide
    _count(counts, ("dense", batch, 1, features, 1), **discriminator)
    latents = ("dense", batch, 1, architecture.latent_dim, features)
    _count(counts, latents, **{**generator, "inputs": 0})
    for shape in ((8, middle, wide), (16, narrow, middle), (32, 1, narrow)):
        # Transposed, inputs are made of outputs.
        _count(
            counts,
            ("convolution", batch, *shape),
            outputs=generator["inputs"],
            inputs=generator["outputs"],
            weights=generator["weights"],
        )
    return counts


def _count(counts, layer, **results):
    kind, *shape = layer
    for result, number in results.items():
        if number:
            counts[Product(kind, result, *shape)] += int(number)
