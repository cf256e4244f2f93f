"""Samplers take the steps of diffusers' schedulers, where it is installed."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import samplers

diffusers = pytest.importorskip("diffusers")
torch = pytest.importorskip("torch")


class TabulatedPath(samplers.Path):
    """The path of a scheduler, with its numbers as times and -1 for data."""

    def __init__(self, scheduler):
        kept = np.append(scheduler.alphas_cumprod.numpy().astype(float), 1.0)
        self.alphas, self.sigmas = np.sqrt(kept), np.sqrt(1.0 - kept)

    def alpha(self, t):
        return self._looked_up(self.alphas, t)

    def sigma(self, t):
        return self._looked_up(self.sigmas, t)

    def alpha_slope(self, t):
        raise NotImplementedError

    def sigma_slope(self, t):
        raise NotImplementedError

    def _looked_up(self, table, t):
        if tf.is_tensor(t):
            numbers = tf.constant(table, tf.float32)
            return tf.gather(numbers, tf.cast(t, tf.int32))
        return table[np.asarray(t).astype(int)]


def predicted(x, t, xp):
    """What a network might say of `x` at a time, by numpy or torch or so."""
    return xp.tanh(1.3 * x + 0.001 * t) - 0.4 * x


def data_and_noise(x, prediction, alpha, sigma, kind):
    if kind == "epsilon":
        return (x - sigma * prediction) / alpha, prediction
    if kind == "sample":
        return prediction, (x - alpha * prediction) / sigma
    return alpha * x - sigma * prediction, sigma * x + alpha * prediction


def scheduler_of(name, kind, schedule):
    options = {"prediction_type": kind, "beta_schedule": schedule}
    if name == "ddim":
        return diffusers.DDIMScheduler(
            **options, clip_sample=False, timestep_spacing="leading"
        )
    return diffusers.DPMSolverMultistepScheduler(
        **options, algorithm_type="dpmsolver++", solver_order=2
    )


@pytest.mark.parametrize("num_steps", [4, 20])
@pytest.mark.parametrize("schedule", ["linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("kind", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("name", ["ddim", "dpm_solver"])
def test_steps_are_those_of_diffusers(name, kind, schedule, num_steps):
    scheduler = scheduler_of(name, kind, schedule)
    scheduler.set_timesteps(num_steps)
    noise = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    theirs = torch.from_numpy(noise)
    for t in scheduler.timesteps:
        prediction = predicted(theirs, t, torch)
        theirs = scheduler.step(prediction, t, theirs).prev_sample

    path = TabulatedPath(scheduler)

    def denoise(x, t):
        prediction = predicted(x, t, tf)
        return data_and_noise(x, prediction, path.alpha(t), path.sigma(t), kind)

    times = np.append(scheduler.timesteps.numpy(), -1)
    ours = samplers.SAMPLERS[name](denoise, path, tf.constant(noise), times)
    assert np.abs(theirs.numpy()).max() > 0.1
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5, atol=1e-5)
