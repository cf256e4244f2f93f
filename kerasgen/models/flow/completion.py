"""Missing parts of data, drawn by a flow."""

import tensorflow as tf

from kerasgen import samplers


def completed_from_seeds(model, images, known, seeds, *labels):
    """Draws what is missing, given what is known; tensors.

    The model's sampler goes from noise to data, led to the known pixels by
    `samplers.agreeing`.

    Args:
        model: `FlowModel` with a `denoiser`.
        images: float tensor of shape `(batch, *data_shape)`. What stands in
            missing pixels does not matter.
        known: float tensor of shape `(batch, height, width, 1)`, 1 for known
            pixels and 0 for missing ones.
        seeds: int tensor of shape `(batch, 2)`; row `i` alone decides what
            image `i` gets.
        *labels: int32 tensor of shape `(batch,)`, where there are classes.

    Returns:
        A tensor of the shape of `images`.
    """
    path, given, is_known = model.path, model.scaled(images), known > 0.5
    noise = model.latents_from_seeds(seeds)
    denoise = model.denoiser(*labels)
    times = path.times(model.num_steps, start=samplers.agreeing_time(path))
    with model.averaged_weights():
        # Of pure noise, the mean of all data.
        first = path.noise_time
        mean, _ = denoise(float(path.sigma(first)) * noise, first)
        x = float(path.alpha(times[0])) * tf.where(is_known, given, mean)
        x += float(path.sigma(times[0])) * noise
        x = samplers.SAMPLERS[model.sampler](
            samplers.agreeing(denoise, path, given, is_known), path, x, times
        )
    return model.unscaled(tf.where(is_known, given, x))
