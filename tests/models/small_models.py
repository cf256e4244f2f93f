"""A small model of each name of the zoo, whatever kind of data it is of."""

from kerasgen.data import CharacterTokenizer
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS


def is_of_images(name):
    """Whether a model is fitted to images of one shape, and their labels."""
    return "data_shape" in arguments_of(MODELS[name])


def small_model(name, **options):
    """The model, with classes only where it needs them."""
    model, needs = MODELS[name], arguments_of(MODELS[name])
    if "num_classes" in needs and needs["num_classes"].default is REQUIRED:
        options.setdefault("num_classes", 3)
    sequence = {"width": 8, "num_blocks": 1, "attention_heads": 2}
    if "levels" in needs:
        network = sequence if "patch_size" in needs else {"filters": 4}
        options.setdefault("network_options", network)
        return model((8, 8, 1), seed=0, **options)
    if is_of_images(name):
        network = "dcgan" if name == "vqvae" else "mlp"
        return model((8, 8, 1), network=network, seed=0, **options)
    if "source_shape" in needs:
        is_flow = "backbone" in needs
        network = (
            {"filters": [8], "attention_heads": 0}
            if is_flow
            else {"filters": 2}
        )
        options.setdefault("network_options", network)
        return model((16, 16, 1), (16, 16, 1), seed=0, **options)
    options.setdefault("network_options", sequence)
    return model(6, CharacterTokenizer("abc"), seed=0, **options)
