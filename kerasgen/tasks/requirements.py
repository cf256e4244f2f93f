"""What tasks need of a model, asked in one place."""

from kerasgen.data.kinds import Images
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.domains import other_domain


def has_vectors(model):
    """Whether the latents of a model are vectors."""
    return model.latent_shape is not None and len(model.latent_shape) == 1


def check_vectors(model):
    """Raises for a model whose latents are no vectors."""
    check_continuous(model)
    if not has_vectors(model):
        raise ValueError(
            f"Latents of {type(model).__name__} are of the shape of its data, "
            f"{model.latent_shape}. Use one whose latents are vectors, such as "
            "VAE."
        )


def check_continuous(model):
    """Raises for a model without latents between any two of which are more."""
    if model.latent_shape is None:
        raise ValueError(
            f"Argument `model` must have latents. Received: "
            f"{type(model).__name__}, which has none. Use one whose latents "
            "are vectors, such as VAE."
        )
    if not has_vectors(model) and model.can("codes"):
        raise ValueError(
            f"Latents of {type(model).__name__} are grids of codes, "
            f"{model.latent_shape}, between which there is nothing. Use one "
            "whose latents are vectors, such as VAE."
        )


def check_translates(model, to="target"):
    """Raises for anything but a model between two domains.

    Args:
        model: any object.
        to: str. The domain that it is to translate into.

    Returns:
        str, the domain that images are translated from.
    """
    if not (hasattr(model, "can") and model.can("to_target")):
        raise ValueError(
            "Argument `model` must be a model between two domains, such as "
            f"CycleGAN. Received: {type(model).__name__}."
        )
    check_choice("to", to, ("target", "source"))
    if not model.can(f"to_{to}"):
        raise ValueError(
            'Argument `to` must be "target" for a model without a way back. '
            f"Received: to={to!r}, model={type(model).__name__}."
        )
    return other_domain(to)


def check_of_images(model, name="model"):
    """Raises for a model of anything but images.

    Args:
        model: `GenerativeModel`.
        name: str. What the caller calls the argument.
    """
    if not isinstance(model.kind, Images):
        drawn = "nothing by itself" if model.kind is None else model.kind
        raise ValueError(
            f"Argument `{name}` must be a model of images. Received: "
            f"{type(model).__name__}, which draws {drawn}."
        )


def encodes_without_labels(model):
    """Whether a model has latents of images that it is told no class of.

    Args:
        model: `GenerativeModel`.
    """
    if not model.can("encode"):
        return False
    return "labels" not in model.endpoints()["encode"].inputs


def check_without_classes(model, name="model"):
    """Raises for a model that must be given the class of each image.

    Some draw images by class, and encode them without.

    Args:
        model: `GenerativeModel`.
        name: str. What the caller calls the argument.
    """
    if model.trains_on_labels and not encodes_without_labels(model):
        raise ValueError(
            f"Argument `{name}` must be a model without classes. Received: "
            f"{type(model).__name__}, which needs the class of each "
            "image. Use another one, such as VAE."
        )
