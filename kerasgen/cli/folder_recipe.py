"""A recipe for images of the user's own, which follows from what they are."""

import dataclasses
import math

from kerasgen.cli import outline
from kerasgen.recipes import advised_epochs
from kerasgen.recipes import recipe_for

# Numbers in an image up to which dense layers are as good: 32 x 32 in grey.
_MOST_FOR_DENSE = 32 * 32
# Steps of an epoch of few images, and the smallest batch that makes them.
_LEAST_STEPS, _LEAST_BATCH = 16, 8
# Fewer images than these a discriminator learns by heart (Zhao et al. 2020
# gain from augmentation at 10,000 images of CIFAR-10, and at fewer the more).
_FEW = 10_000
# Of translators: what a run aims at, passes over all images at most (those of
# Zhu et al. 2017) and at least, and batches of an epoch where images are few.
_STEPS, _MOST_EPOCHS, _LEAST_EPOCHS, _BATCHES = 10_000, 200, 20, 50
# Models for which dense layers are part of what they are: clusters that move
# (section 3.2 of Xie et al. 2016), a Jacobian in closed form.
_DENSE = ("num_clusters", "contraction_weight")


def folder_recipe(model, num_images, data_shape):
    """The recipe for a model on images that nobody has measured it on.

    It is the model's default, with as many epochs as recipes that were measured
    advise for so many images, and batches that leave an epoch some steps.
    Images of over 1,024 numbers get convolutions in the place of dense layers,
    VAEs the likelihood of 8-bit values, which photographs have, and GANs of
    under 10,000 images `augment="diffaugment"`. Translators get as many epochs
    as make some 10,000 steps, from 20 to 200.

    Args:
        model: str. Name of the model on the command line.
        num_images: int. Images to train on; of two domains, of the larger one.
        data_shape: `(height, width, channels)`; of translators, any.

    Returns:
        `kerasgen.recipes.Recipe`.

    Example:

    >>> recipe = folder_recipe("vae", 500, (64, 64, 3))
    >>> recipe.arguments["network"], recipe.batch_size, recipe.epochs
    ('dcgan', 31, 100)
    """
    recipe = recipe_for(model, "")
    if outline.is_translator(model):
        return _of_domains(recipe, num_images)
    arguments = dict(recipe.arguments)
    names = outline.model_arguments(model)
    is_large = math.prod(data_shape) > _MOST_FOR_DENSE
    may_change = not any(name in names for name in _DENSE)
    if is_large and may_change and arguments["network"] == "mlp":
        arguments |= {"network": "dcgan", "network_options": {"filters": 32}}
    if "likelihood" in names:
        arguments.setdefault("likelihood", "discretized_logistic")
    if "augment" in names and num_images < _FEW:
        arguments.setdefault("augment", "diffaugment")
    return dataclasses.replace(
        recipe,
        arguments=arguments,
        batch_size=min(
            recipe.batch_size, max(_LEAST_BATCH, num_images // _LEAST_STEPS)
        ),
        epochs=advised_epochs(model, num_images),
    )


def _of_domains(recipe, num_images):
    batch_size = min(recipe.batch_size, max(1, num_images // _BATCHES))
    epochs = _STEPS * batch_size // num_images
    return dataclasses.replace(
        recipe,
        batch_size=batch_size,
        epochs=min(max(epochs, _LEAST_EPOCHS), _MOST_EPOCHS),
    )


def told(settings, data_shape):
    """What a run on images of the user's own is trained with, in a sentence.

    Args:
        settings: `kerasgen.cli.settings.Settings`.
        data_shape: `(height, width, channels)`.
    """
    height, width, channels = data_shape
    values = {"network": settings.arguments["network"]}
    for name in ("likelihood", "augment"):
        if settings.arguments.get(name) is not None:
            values[name] = settings.arguments[name]
    chosen = ", ".join(f"{name}={value}" for name, value in values.items())
    colour = {1: "grey", 3: "in colour"}.get(channels, f"{channels} channels")
    return (
        f"{settings.num_images} images to train on, {height} x {width}, "
        f"{colour}: {chosen}, {settings.epochs} epochs in batches of "
        f"{settings.batch_size}. --epochs, --batch-size and --set change that."
    )
