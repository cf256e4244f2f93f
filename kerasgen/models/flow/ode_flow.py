"""What flows have in common whose way from noise to data a sampler follows."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from kerasgen import samplers
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.data.kinds import Images
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.flow import completion
from kerasgen.models.flow import likelihood
from kerasgen.models.flow.early_weights import KeepsEarlyWeights
from kerasgen.models.flow.flow_model import FlowModel
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.seeds import seed_rows

# Endpoints, and how often they go the way between noise and data.
_WAYS = {"generate": 1, "decode": 1, "encode": 1, "reconstruct": 2}
# Room for the numbers of rows beside those of samples.
_MAX_ROWS = 2**31


class ODEFlow(KeepsEarlyWeights, FlowModel):
    """A flow along a path of data and noise, in either direction.

    A subclass has a `path`; it says what the network predicts (`predicted`),
    and what that says of the data and the noise (`data_and_noise`). Samplers
    then draw data, turn data into noise, and tell how likely data are.

    Args:
        data_shape: see `FlowModel`; as all that is not here.
        sampler: str. `"euler"`, `"heun"`, `"ddim"` or `"dpm_solver"`.
        guide: str. What `guidance` leads away from: `"class"`, the model
            without a class (classifier-free guidance); or `"early"`, the model
            as it was early in training (autoguidance, Karras et al. 2024,
            https://arxiv.org/abs/2406.02507), which needs no classes. Defaults
            to `"class"` where there are classes.
        early_steps: int. Steps of training after which weights are kept for
            `guide="early"`. Until then guidance changes nothing.
        **kwargs: Arguments of `FlowModel`.
    """

    has_encoder = True
    sampling_settings = ("sampler", "num_steps", "guidance")
    # The `kerasgen.samplers.Path` between data and noise.
    path = None

    sampler = Argument("heun", one_of(*samplers.SAMPLERS))

    def predicted(self, x, t, labels, training=False):
        """What is predicted of points of the path, guided by nothing.

        Args:
            x: float tensor of shape `(batch, *data_shape)`.
            t: float tensor of shape `(batch,)`.
            labels: int32 tensor of shape `(batch,)`, or `None` for no class.
            training: bool.

        Returns:
            Float tensor of the shape of `x`.
        """
        raise NotImplementedError

    def data_and_noise(self, x, predicted, t):
        """What a prediction says of a point of the path.

        Returns:
            (data, noise), tensors of the shape of `x`.
        """
        raise NotImplementedError

    def call(self, inputs, training=False):
        """Data and, where there are classes, labels -> data, denoised.

        The data are taken for what there is in the middle of the path.
        """
        x, labels = self.call_inputs(inputs)
        middle = self.path.times(2)[1]
        t = tf.fill(tf.shape(x)[:1], tf.constant(middle, tf.float32))
        predicted = self.predicted(x, t, labels, training)
        return self.unscaled(self.data_and_noise(x, predicted, t)[0])

    # === Data and noise ===

    def denoiser(self, labels=None, guidance=None):
        """What samplers ask: (x, t) -> (data, noise), guided.

        Args:
            labels: int32 tensor of shape `(batch,)`, or `None` for no class.
            guidance: float or `None` for the model's.
        """
        guidance = self.guidance if guidance is None else guidance

        def denoise(x, t):
            t = tf.fill(tf.shape(x)[:1], t)
            predicted = self._guided(x, t, labels, guidance)
            return self.data_and_noise(x, predicted, t)

        return denoise

    def _guided(self, x, t, labels, guidance):
        if self.guide == "early":
            return samplers.autoguided(
                self.predicted, self._predicted_early, x, t, labels, guidance
            )
        if labels is None:
            return self.predicted(x, t, None)
        return samplers.guided(
            self.predicted, x, t, labels, self.num_classes, guidance
        )

    def _predicted_early(self, x, t, labels):
        with self.early_weights():
            return self.predicted(x, t, labels)

    def data_from_latents(self, latents, labels=None):
        times = self.path.times(self.num_steps)
        x = self._along_path(
            latents * float(self.path.sigma(times[0])), times, labels
        )
        return self.unscaled(x)

    def latents_from_data(self, data, labels=None):
        end = self.path.noise_time
        times = self.path.times(
            self.num_steps, start=self.path.nearly_data_time, end=end
        )
        x = float(self.path.alpha(times[0])) * self.scaled(data)
        x = self._along_path(x, times, labels)
        return x / float(self.path.sigma(end))

    def _along_path(self, x, times, labels=None):
        sampler = samplers.SAMPLERS[self.sampler]
        with self.averaged_weights():
            return sampler(
                self.denoiser(labels), self.path, tf.cast(x, tf.float32), times
            )

    @property
    def num_evaluations(self):
        """How often the network is evaluated for one sample, an int."""
        number = samplers.num_evaluations(self.sampler, self.num_steps)
        return number if self.guidance in (0, 1) else 2 * number

    # === Abilities ===

    def endpoints(self):
        table = super().endpoints()
        data, labels = {self.kind.served_as: self.kind}, self._label_inputs()
        for name, ways in _WAYS.items():
            # Each evaluation starts from what others rounded.
            table[name] = dataclasses.replace(
                table[name], tolerance=float(ways * self.num_evaluations)
            )
        table["log_likelihood"] = Endpoint(
            functools.partial(likelihood.log_likelihood_from_seeds, self),
            {**data, "seeds": Seeds(), **labels},
            {"log_likelihood": Values()},
            is_served=False,
            tolerance=float(2 * self.num_steps),
        )
        if isinstance(self.kind, Images):
            mask = Images(*self.data_shape[:2], 1)
            table["complete"] = Endpoint(
                functools.partial(completion.completed_from_seeds, self),
                {**data, "known": mask, "seeds": Seeds(), **labels},
                data,
                is_served=False,
            )
        return table

    def log_likelihood(
        self,
        images,
        num_samples=1,
        seed=None,
        batch_size=256,
        labels=None,
        num_steps=None,
        return_errors=False,
    ):
        """Estimates `log p(x)`, by the change of variables along the flow.

        Rows of up to 16 numbers have it exactly, but for the steps of Heun's
        method. Otherwise the divergence of the velocity is estimated, without
        bias (Hutchinson). Of images it is the probability of their 8 bits, or
        rather a bound of it from below, by dequantization with uniform noise.

        Args:
            images: float array of shape `(n, *data_shape)`.
            num_samples: int. Estimates that a value is the mean of, each a pass
                through all steps.
            seed: int or `None` for a fresh one. The noise of datum `i` is a
                function of (`seed`, `i`) alone.
            batch_size: int. Data at a time.
            labels: class or array of shape `(n,)`, where the model has classes.
            num_steps: int or `None` for the model's. Steps of Heun's method.
            return_errors: bool. Whether standard errors are returned too, which
                takes at least two samples.

        Returns:
            float32 array of shape `(n,)`, in nats; see
            `kerasgen.metrics.bits_per_dimension`. With `return_errors`, two.
        """
        images = self.kind.checked_input(images, "images")
        check_positive_integer("num_samples", num_samples)
        if return_errors and num_samples < 2:
            raise ValueError(
                "Argument `num_samples` must be at least 2 for errors. "
                f"Received: num_samples={num_samples}."
            )
        labels = self.checked_labels(labels, len(images))
        seed = random.check_seed(seed)
        values = []
        with self.sampling(num_steps=num_steps):
            for number in range(num_samples):
                rows = number * _MAX_ROWS + np.arange(len(images))
                seeds = seed_rows(seed, rows, random.Family.PIXELS)
                values.append(
                    self.call_endpoint(
                        "log_likelihood",
                        images,
                        seeds,
                        *labels,
                        batch_size=batch_size,
                    )
                )
        mean = np.mean(values, axis=0)
        if not return_errors:
            return mean
        return mean, np.std(values, axis=0, ddof=1) / np.sqrt(num_samples)

    def image_to_image(
        self,
        images,
        strength=0.5,
        seed=None,
        batch_size=256,
        labels=None,
        **settings,
    ):
        """Data like those given, drawn from them with noise (SDEdit).

        Meng et al. (2022), https://arxiv.org/abs/2108.01073: noise is mixed
        into the data as far as the path has it at some time, and they are
        drawn on from there.

        Args:
            images: float array of shape `(n, *data_shape)`.
            strength: float in (0, 1]. Share of the sampler's steps that are
                taken: little changes little, 1 leaves nothing of the data.
            seed: int or `None` for a fresh one. What datum `i` becomes is a
                function of it and of (`seed`, `i`).
            batch_size: int. Data at a time.
            labels: class or array of shape `(n,)`, where the model has classes:
                what the data become.
            **settings: `sampler`, `num_steps`, `guidance`, as of `generate`.

        Returns:
            float32 array of shape `(n, *data_shape)`.
        """
        check_range("strength", strength, low=0, high=1)
        images = self.kind.checked_input(images, "images")
        labels = self.checked_labels(labels, len(images))
        seeds = seed_rows(random.check_seed(seed), len(images))
        with self.sampling(**settings):
            number = max(round(strength * self.num_steps), 1)
            return self.call_in_batches(
                ("image_to_image", number),
                functools.partial(self._drawn_on, number),
                batch_size,
                images,
                seeds,
                *labels,
            )

    def _drawn_on(self, number, data, seeds, *labels):
        """Data with noise as before the last `number` steps, drawn on."""
        times = self.path.times(self.num_steps)[-number - 1 :]
        alpha, sigma = (
            float(share(times[0]))
            for share in (self.path.alpha, self.path.sigma)
        )
        x = alpha * self.scaled(data) + sigma * self.latents_from_seeds(seeds)
        return self.unscaled(self._along_path(x, times, *labels))
