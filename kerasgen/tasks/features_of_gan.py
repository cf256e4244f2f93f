"""What the discriminator of a GAN sees in images."""

import keras


def discriminator_features(model, layer=None):
    """A network from the discriminator's inputs to one of its layers.

    Args:
        model: `GAN`.
        layer: str or None for the last hidden layer: what the last layer with
            weights is given.

    Returns:
        keras.Model. A discriminator of packs (PacGAN) is given packs of copies
        of an image; that of BiGAN takes latents beside images.

    Raises:
        ValueError: if there is no layer of that name.
    """
    layers = model.discriminator.layers
    names = [each.name for each in layers]
    if layer is None:
        outputs = [each for each in layers if each.weights][-1].input
    elif layer in names:
        outputs = model.discriminator.get_layer(layer).output
    else:
        raise ValueError(
            f"Argument `layer` must be one of {', '.join(names)}. Received: "
            f"layer={layer!r}."
        )
    # As float32 also where the network computes in half precision.
    outputs = keras.layers.Activation("linear", dtype="float32")(outputs)
    network = keras.Model(model.discriminator.inputs, outputs)
    if model.packing == 1:
        return network
    images = keras.Input(model.data_shape)
    return keras.Model(
        images, network(keras.layers.Concatenate()([images] * model.packing))
    )
