"""Gradient descent on latents."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.engine.finite import checked_values
from kerasgen.tasks.latent_space import drawn_latents
from kerasgen.utils.tracing import traced

# Searches that run side by side.
ROWS_AT_A_TIME = 2000


class LatentSearch:
    """Looks for the latents that minimize a loss, from several starts a row.

    Args:
        model: `GenerativeModel`.
        loss: function of (model, latents, columns..., labels where the model
            has classes) to one value a row.
        num_steps: int. Adam's steps.
        num_starts: int. Starts, drawn as the model draws latents: the same ones
            for each image, so that what is found depends on the image alone.
        learning_rate: float. Adam's.
    """

    def __init__(self, model, loss, num_steps, num_starts=1, learning_rate=0.1):
        self.model = model
        self.loss = loss
        self.num_steps = num_steps
        self.num_starts = num_starts
        self.learning_rate = learning_rate

    def best(self, columns, labels=None, seed=0, progress=None, length=None):
        """Latents of the best of all starts.

        Args:
            columns: list of arrays with one row an image, for the loss. Without
                any, each row has a start of its own.
            labels: int array or None. Classes, where the model has some.
            seed: int. Of the starts.
            progress: function or None. Called with the steps done and their
                number.
            length: int or None. Rows, where there are no columns.

        Returns:
            (latents, losses): float32 arrays of shape `(n, *latent_shape)` and
            `(n,)`.
        """
        progress = progress or (lambda done, number: None)
        if labels is not None:
            columns = [*columns, np.asarray(labels, np.int32)]
        length = len(columns[0]) if columns else length
        rows = min(length, max(1, ROWS_AT_A_TIME // self.num_starts))
        chunks = range(0, length, rows)
        number = len(chunks) * self.num_steps
        self._prepare(rows)
        latents = np.empty((length, *self.model.latent_shape), np.float32)
        losses = np.empty(length, np.float32)
        for index, start in enumerate(chunks):
            # As many rows each time, so that all share one graph.
            selected = np.arange(start, start + rows) % length
            found = self._best(
                [column[selected] for column in columns],
                self._starts(rows, seed, start if not columns else None),
                lambda step, before=index * self.num_steps: progress(
                    before + step, number
                ),
            )
            for array, values in zip((latents, losses), found, strict=True):
                here = array[start : start + rows]
                here[:] = values[: len(here)]
        progress(number, number)
        return latents, losses

    def _starts(self, rows, seed, first):
        if first is not None:
            return drawn_latents(
                self.model,
                rows * self.num_starts,
                seed,
                first * self.num_starts,
            )
        starts = drawn_latents(self.model, self.num_starts, seed)
        return np.tile(starts, (rows, 1))

    def _prepare(self, rows):
        """Makes the step of the search, on variables that chunks share."""
        shape = (rows * self.num_starts, *self.model.latent_shape)
        self._latents = keras.Variable(np.zeros(shape, "float32"))
        optimizer = keras.optimizers.Adam(self.learning_rate)
        optimizer.build([self._latents])
        self._state = [(v, v.numpy()) for v in optimizer.variables]

        @traced
        def step(*columns):
            with tf.GradientTape() as tape:
                losses = self.loss(self.model, self._latents.value, *columns)
            gradient = tape.gradient(losses, self._latents.value)
            optimizer.apply([gradient], [self._latents])

        @traced
        def measure(*columns):
            return self.loss(self.model, self._latents.value, *columns)

        self._step, self._measure = step, measure

    def _best(self, columns, starts, progress):
        """Latents and losses of the best of all starts, a row an image."""
        columns = [
            tf.constant(np.repeat(column, self.num_starts, axis=0))
            for column in columns
        ]
        self._latents.assign(starts)
        for variable, first in self._state:
            variable.assign(first)
        for done in range(self.num_steps):
            progress(done)
            self._step(*columns)
        losses = self._measure(*columns).numpy()
        losses = checked_values(self.model, losses)
        best = losses.reshape(-1, self.num_starts).argmin(axis=1)
        best += np.arange(len(best)) * self.num_starts
        return self._latents.numpy()[best], losses[best]
