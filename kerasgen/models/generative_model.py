"""Base class of every model that draws data from seeds."""

import numpy as np

from kerasgen.data.endpoint_kinds import Files
from kerasgen.data.endpoint_kinds import Labels
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.engine.base_model import BaseModel
from kerasgen.engine.in_batches import InBatches
from kerasgen.models import endpoints
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.servable import Servable
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.labels import in_turn
from kerasgen.utils.seeds import seed_rows


class GenerativeModel(InBatches, Servable, BaseModel):
    """A model that is trained with `fit()` and sampled with `generate()`.

    Besides what `kerasgen.engine.BaseModel` asks of a subclass, it says what
    kind of data it draws (`kind`) and how (`data_from_seeds`). What else it can
    be asked it adds to `endpoints()`; methods, exports, tasks and the command
    line read them there. Models with latents subclass
    `kerasgen.models.LatentVariableModel`.

    Args:
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    # Shape of the latent of one sample, `None` for models without latents.
    latent_shape = None
    # The kind of data that is drawn, a `kerasgen.data.kinds.Kind`; `None` for
    # models that draw none, as those between two domains.
    kind = None
    # The shape of the uniform numbers that a row of seeds is drawn as, where
    # `data_from_seeds` takes those too; see `kerasgen.models.endpoints`.
    drawn_shape = None
    # Whether it is fitted to pairs, each a source and its own target.
    is_paired = False
    # Whether the decoder's pixels are probabilities of ones.
    has_bernoulli_pixels = False
    # How often the network is evaluated for one sample, of models that choose.
    num_evaluations = None
    # Whether `discriminate`, if there is one, estimates a distance.
    is_critic = False

    @property
    def data_shape(self):
        """The shape of one datum that is drawn, a tuple of int or `None`."""
        return None if self.kind is None else self.kind.shape

    @property
    def columns(self):
        if self.kind is None:
            raise NotImplementedError(
                f"{type(self).__name__} must say what it is fitted to: the "
                "property `columns`, or `kind`."
            )
        columns = {self.kind.noun: self.kind}
        if self.num_classes is not None:
            columns["labels"] = Labels(self.num_classes)
        return columns

    def data_from_seeds(self, seeds, *labels):
        """Draws data.

        Args:
            seeds: int tensor of shape `(n, 2)`; row `i` alone decides sample
                `i`.
            *labels: int32 tensor of shape `(n,)`, where there are classes.

        Returns:
            A tensor of shape `(n, *data_shape)`.
        """
        raise NotImplementedError

    # === Endpoints ===

    def endpoints(self):
        """What the model can be asked.

        Returns:
            dict from name to `kerasgen.models.endpoints.Endpoint`.
        """
        table = {}
        seeds = {"seeds": Seeds(), **self._label_inputs()}
        if self.kind is not None:
            table["generate"] = Endpoint(
                self.data_from_seeds,
                seeds,
                {self.kind.served_as: self.kind},
                drawn_shape=self.drawn_shape,
            )
        if self.kind is not None and self.kind.file_format is not None:
            table[f"generate_{self.kind.file_format}"] = Endpoint(
                lambda *rows: self.kind.as_files(self.data_from_seeds(*rows)),
                seeds,
                {
                    f"{self.kind.file_format}_bytes": Files(
                        file_format=self.kind.file_format
                    )
                },
            )
        if self.num_classes is not None:
            table["classes"] = endpoints.classes(
                self.num_classes, self.class_names
            )
        return table

    @property
    def drawn_kind(self):
        """The kind of what `generate` returns, as people are shown it."""
        return next(iter(self.endpoints()["generate"].outputs.values()))

    def can(self, name):
        """Whether the model has an endpoint of that name."""
        return name in self.endpoints()

    def _label_inputs(self):
        if self.num_classes is None:
            return {}
        return {"labels": Labels(self.num_classes)}

    def call_endpoint(self, name, *columns, batch_size=256, output=None):
        """An output of an endpoint for arrays of any length.

        Args:
            name: str. The endpoint.
            *columns: arrays, one an input, in their order, checked before.
            batch_size: int. Rows at a time.
            output: str. Which, the first by default.

        Returns:
            Array.

        Raises:
            NotImplementedError: if the model has no such endpoint.
        """
        table = self.endpoints()
        if name not in table:
            raise NotImplementedError(
                f"{type(self).__name__} has no {name!r}: it can be asked for "
                f"{', '.join(table)}. {_NEEDS.get(name, '')}".rstrip()
            )
        endpoint = table[name]
        first = next(iter(endpoint.outputs))
        output = output or first

        def function(*rows):
            return endpoint.named(*rows)[output]

        what = name if output == first else f"{name}/{output}"
        return self.call_in_batches(what, function, batch_size, *columns)

    def labels_in_turn(self, labels, num_samples):
        """Labels of samples, as `generate` takes them.

        Returns:
            tuple of an int32 array of shape `(num_samples,)`, empty where the
            model has no classes.
        """
        if labels is None and self.num_classes is not None:
            labels = np.arange(num_samples) % self.num_classes
        return self.checked_labels(in_turn(labels, num_samples), num_samples)

    def generate(self, num_samples=1, seed=None, batch_size=256, labels=None):
        """Draws samples.

        Args:
            num_samples: int.
            seed: int or `None` for a fresh one. Sample `i` is a function of
                (`seed`, `i`), and of its label, alone, however many are drawn.
            batch_size: int. Samples made at a time.
            labels: class, or array of shape `(num_samples,)` or shorter,
                whose classes are drawn in turn, where the model has classes:
                numbers, or names of `class_names`. Defaults to all in turn.

        Returns:
            Array of shape `(num_samples, *data_shape)`; of images float32.

        Raises:
            ValueError: for labels that are no classes of the model.
            kerasgen.models.NotFiniteError: a `ValueError`, if weights or
                samples are not finite, as after training that diverged.
        """
        check_positive_integer("num_samples", num_samples)
        seeds = seed_rows(random.check_seed(seed), num_samples)
        labels = self.labels_in_turn(labels, num_samples)
        return self.call_endpoint(
            "generate", seeds, *labels, batch_size=batch_size
        )


# What to do where a model lacks an endpoint that others have.
_NEEDS = {
    "encode": "Use a model with an encoder, such as VAE.",
    "reconstruct": "Use a model with an encoder, such as VAE.",
}
