"""Kinds of what endpoints take and return besides data."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from kerasgen.data import validation
from kerasgen.data.kinds import Kind
from kerasgen.utils.seeds import MAX_SEED
from kerasgen.utils.tables import save_texts


@dataclasses.dataclass(frozen=True)
class Labels(Kind):
    """Classes by number, int32 of shape `(batch,)`."""

    num_classes: int
    noun = "labels"
    dtype = "int32"
    shape = ()

    @property
    def bounds(self):
        return 0, self.num_classes - 1

    def check(self, values, name="labels"):
        return validation.check_labels(values, self.num_classes, name=name)

    def as_model_input(self, tensor):
        return tf.reshape(tf.cast(tensor, tf.int32), [-1])

    def describe(self):
        return {**super().describe(), "num_classes": self.num_classes}

    def examples(self, number):
        return (np.arange(number) % self.num_classes).astype(self.dtype)


@dataclasses.dataclass(frozen=True)
class Latents(Kind):
    """Latents, float32 of shape `(batch, *latent_shape)`."""

    latent_shape: tuple
    noun = "latents"

    @property
    def shape(self):
        return tuple(self.latent_shape)

    def check(self, values, name="latents"):
        return validation.check_latents(values, self.shape, name)

    def examples(self, number):
        random = np.random.default_rng(0).normal(size=(number, *self.shape))
        return random.astype(self.dtype)


@dataclasses.dataclass(frozen=True)
class Seeds(Kind):
    """Rows `(seed, i)` of int32, each of which decides one sample."""

    noun = "seeds"
    dtype = "int32"
    shape = (2,)
    bounds = (0, MAX_SEED)

    def check(self, values, name="seeds"):
        return validation.check_integers(values, self.shape, MAX_SEED + 1, name)

    def examples(self, number):
        rows = np.zeros(number), np.arange(number)
        return np.stack(rows, axis=1).astype(self.dtype)


@dataclasses.dataclass(frozen=True)
class Uniforms(Kind):
    """Uniform numbers in (0, 1), from which a sample is drawn.

    Args:
        drawn_shape: tuple of int.
    """

    drawn_shape: tuple
    noun = "uniforms"
    bounds = (0.0, 1.0)

    @property
    def shape(self):
        return tuple(self.drawn_shape)

    def check(self, values, name="uniforms"):
        values = np.asarray(values)
        rows = values.reshape(len(values), -1)
        validation.check_rows(rows, math.prod(self.shape), name)
        return values

    def examples(self, number):
        random = np.random.default_rng(0).random((number, *self.shape))
        # Of numbers next to 1 a float32 would be 1 itself.
        return np.clip(random, 1e-6, 1 - 1e-6).astype(self.dtype)


@dataclasses.dataclass(frozen=True)
class Values(Kind):
    """Numbers that an endpoint returns, such as scores or probabilities."""

    value_shape: tuple = ()
    dtype: str = "float32"
    bounds: tuple = (None, None)

    @property
    def shape(self):
        return tuple(self.value_shape)

    def check(self, values, name="values"):
        values = np.asarray(values)
        if values.shape[1:] != self.shape:
            raise ValueError(
                f"Argument `{name}` must have shape (batch, "
                f"{', '.join(map(str, self.shape))}). Received: {name} of "
                f"shape {values.shape}."
            )
        rows = values.reshape(-1, math.prod(self.shape))
        validation.check_rows(rows, name=name)
        return values

    def examples(self, number):
        return np.zeros((number, *self.shape), self.dtype)


@dataclasses.dataclass(frozen=True)
class Codes(Kind):
    """Grids of numbers of entries of a codebook, int32.

    Args:
        grid_shape: tuple of int.
        num_codes: int. Numbers are from 0 to one below it.
    """

    grid_shape: tuple
    num_codes: int
    noun = "codes"
    dtype = "int32"

    @property
    def shape(self):
        return tuple(self.grid_shape)

    @property
    def bounds(self):
        return 0, self.num_codes - 1

    def check(self, values, name="codes"):
        return validation.check_integers(
            values, self.shape, self.num_codes, name
        )

    def examples(self, number):
        return np.zeros((number, *self.shape), self.dtype)


@dataclasses.dataclass(frozen=True)
class Strings(Values):
    """Byte strings that an endpoint returns, such as names."""

    dtype: str = "string"
    noun = "strings"

    def check(self, values, name="values"):
        return np.asarray(values, object)

    def examples(self, number):
        return np.full((number, *self.shape), b"", object)


@dataclasses.dataclass(frozen=True)
class Texts(Strings):
    """Texts in UTF-8.

    Args:
        example: str. A text to try functions with.
    """

    example: str = ""
    noun = "texts"
    served_as = "texts"
    suffix = ".txt"

    def check(self, values, name="texts"):
        rows = list(np.asarray(values, object).reshape(-1))
        if not rows or not all(isinstance(row, (str, bytes)) for row in rows):
            found = [row for row in rows if not isinstance(row, (str, bytes))]
            raise ValueError(
                f"Argument `{name}` must be texts, a list of str. Received: "
                f"{repr(found[0]) if found else 'none'}."
            )
        rows = [r.encode() if isinstance(r, str) else r for r in rows]
        return np.array(rows, object)

    def examples(self, number):
        return np.full(number, self.example.encode(), object)

    def show(self, values, path, num_columns=None):
        """The texts, with a line between them."""
        save_texts(path, values)


@dataclasses.dataclass(frozen=True)
class Files(Strings):
    """A file for each row, of one format."""

    file_format: str = "png"
    noun = "files"

    def describe(self):
        return {**super().describe(), "format": self.file_format}
