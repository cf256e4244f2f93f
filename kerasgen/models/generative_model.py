"""Base class of every model in the zoo."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kerasgen import networks
from kerasgen.data.epochs import SetEpoch
from kerasgen.data.streams import errors_of_files
from kerasgen.data.validation import check_images
from kerasgen.data.validation import check_latents
from kerasgen.distribution.workarounds import WithoutSymbolicBuild
from kerasgen.distribution.workarounds import logs_of_a_replica
from kerasgen.distribution.workarounds import replica_data_without_autotune
from kerasgen.models import compilation
from kerasgen.models import configuration
from kerasgen.models import moments
from kerasgen.models import training_data
from kerasgen.models.checked_inputs import CheckedInputs
from kerasgen.models.class_names import NamedClasses
from kerasgen.models.divergence import StopWhenDiverged
from kerasgen.models.in_batches import InBatches
from kerasgen.models.moments import RefreshedMoments
from kerasgen.models.servable import Servable
from kerasgen.models.several_optimizers import SeveralOptimizersModel
from kerasgen.utils import random
from kerasgen.utils.arguments import as_data_shape
from kerasgen.utils.arguments import as_python
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.global_batch import GlobalBatch
from kerasgen.utils.labels import in_turn

# Families of random numbers, see `kerasgen.utils.random.family_seed`.
_TRAINING, _EVALUATION, _LAYERS = 1, 2, 3


class GenerativeModel(
    WithoutSymbolicBuild,
    CheckedInputs,
    InBatches,
    NamedClasses,
    RefreshedMoments,
    Servable,
    SeveralOptimizersModel,
):
    """A model that is trained with `fit()` and sampled with `generate()`.

    A subclass builds its networks, calls `_compile()` from its `compile()`,
    overrides `train_step()` and `test_step()`, and says how latents become
    images (`images_from_latents`) and, where it has an encoder, how images
    become latents (`latents_from_images`).

    All randomness of a run is a function of (seed, step, row of the global
    batch): a run that is saved, loaded and continued, or shared by several
    replicas, draws the noise that one uninterrupted replica would. Initial
    weights follow `keras.utils.set_random_seed`, as everywhere in Keras.

    Args:
        data_shape: tuple of int. `(height, width, channels)` for images in
            [0, 1], or `(length,)` for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. The network that is built where the user gives none.
            Defaults to `paper_network` for images and `"mlp"` for rows.
        network_options: dict or `None`. Options of that network.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    has_encoder = False
    # The kind of network that the paper has for images.
    paper_network = "mlp"
    # Whether the loss is a mean over rows, which `sample_weight` can weigh.
    weighs_rows = False

    def __init__(
        self,
        data_shape,
        latent_dim,
        network=None,
        network_options=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.data_shape = as_data_shape(data_shape)
        check_positive_integer("latent_dim", latent_dim)
        self.latent_dim = int(latent_dim)
        if network is None:
            is_image = len(self.data_shape) == 3
            network = self.paper_network if is_image else "mlp"
        check_choice("network", network, tuple(networks.NETWORKS))
        self.network = network
        self.network_options = as_python(network_options)
        self._own_networks = {}
        self.seed = random.check_seed(seed)
        self.training_steps = self._step_counter("training_steps")
        self._evaluation_steps = self._step_counter("evaluation_steps")
        self.built = True

    def __setattr__(self, name, value):
        # Arguments come back in `get_config`, which JSON is made of.
        if isinstance(value, np.generic):
            value = as_python(value)
        super().__setattr__(name, value)

    def _step_counter(self, name):
        return self.add_weight(
            name=name,
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def build(self, input_shape=None):
        """Does nothing: networks are built in `__init__`."""

    # === Networks ===

    def _network(self, part, own, options=None, **shapes):
        """The user's own network, or a new one of `self.network`.

        Args:
            part: str. The part of the network and the argument's name.
            own: `keras.Model` or `None`.
            options: dict or `None`. Options that stand in for those which
                `network_options` leaves out.
            **shapes: Shapes that the part is built for.
        """
        return self._own_or(
            part, own, networks.build, options, part=part, **shapes
        )

    def _known_options(self, options):
        """Without those that other kinds of networks have."""
        known = networks.option_names(self.network)
        return {name: options[name] for name in options if name in known}

    def _own_or(self, name, own, build, options=None, **arguments):
        """The user's own network, or what `build` makes of `self.network`."""
        self._own_networks[name] = own is not None
        if own is not None:
            return own
        return build(
            self.network,
            dtype=self.dtype_policy,
            options={**(options or {}), **(self.network_options or {})},
            **arguments,
        )

    # === Fit ===

    @errors_of_files()
    @replica_data_without_autotune()
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        normalization_batches=10,
        **kwargs,
    ):
        """Trains the model; `keras.Model.fit` with images checked first.

        Args:
            x: float array of shape `(n, *data_shape)` in [0, 1], uint8 array
                of that shape to 255, or a data frame of rows; or a
                `tf.data.Dataset`, `keras.utils.PyDataset` or generator of
                batches of such images, of (images, labels), or of (images,
                labels, weights).
            y: int array of labels, for models that use them.
            batch_size: int. For arrays only; defaults to 32.
            shuffle: bool. For arrays only. Decided by (`seed`, epoch).
            normalization_batches: int. From how many batches, at most a
                quarter of an epoch, `update_moments` is called as an epoch
                ends. 0 leaves averages over steps, as Keras has them.
            sample_weight: float array of shape `(n,)`, at least 0, where the
                loss is a mean over rows (`weighs_rows`). As in Keras, losses
                are sums of values times weights, divided by the rows' number.
            class_weight: not supported; weigh rows instead.
            epochs, verbose, callbacks, validation_split, validation_data,
                **kwargs: see `keras.Model.fit`.

        A resumed run sees what one without a stop would; this needs whole
        epochs, so not `steps_per_epoch`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: before the first step, if the first batch (of arrays:
                any row) is not what the model expects, if data have no end
                and no number of steps is given, or if a weight is not finite.
            kerasgen.models.DivergenceError: once a loss or a weight is not
                finite; `keras.callbacks.TerminateOnNaN` ends without it.
        """
        training_data.check_weighing(self, sample_weight, class_weight)
        if training_data.is_array(x):
            kwargs.setdefault("validation_batch_size", batch_size)
            x, validation_data = training_data.from_fit_arguments(
                x,
                y,
                sample_weight,
                batch_size or 32,
                shuffle,
                validation_split,
                validation_data,
                self,
            )
            y = batch_size = sample_weight = None
        steps = kwargs.get("steps_per_epoch")
        x = training_data.checked_data(x, self, "x", steps, "steps_per_epoch")
        self._take_class_names(x, "x")
        if validation_data is not None:
            validation_data = training_data.checked_data(
                validation_data,
                self,
                "validation_data",
                kwargs.get("validation_steps"),
                "validation_steps",
            )
            self._take_class_names(validation_data, "validation_data")
        training_data.check_seeds(x, self)
        check_count("normalization_batches", normalization_batches)
        if normalization_batches and moments.layers_of(self):
            sample, x = moments.sample_of(self, x, normalization_batches)
            callbacks = moments.with_updates(callbacks, sample)
        counts_steps = {"steps_per_epoch", "validation_steps"} & set(kwargs)
        training_data.set_steps_per_epoch(x, kwargs)
        with compilation.chosen(self, x, callbacks, bool(counts_steps)):
            return super().fit(
                x,
                y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=training_data.with_callbacks(
                    callbacks,
                    StopWhenDiverged(self, callbacks),
                    SetEpoch(x, every_epoch=steps is None),
                ),
                validation_data=validation_data,
                shuffle=False,  # The data sets above have shuffled already.
                sample_weight=sample_weight,
                **kwargs,
            )

    def reset_metrics(self):
        super().reset_metrics()
        # Every evaluation draws the same noise, so that two can be compared.
        self._evaluation_steps.assign(0)

    @property
    def metrics(self):
        return list(self.trackers)

    def next_batch(self, data, training=True):
        """Starts a step: counts it, and gives its noise.

        Args:
            data: what `train_step` gets: the images of this replica, a tensor
                of shape `(batch, *data_shape)`, or a tuple of it and labels.
            training: bool. Whether the step trains or evaluates.

        Returns:
            `kerasgen.utils.global_batch.GlobalBatch`.
        """
        counter = self.training_steps if training else self._evaluation_steps
        step = tf.identity(counter.value)
        # Where data have ended, nothing is counted.
        columns = [c for c in tf.nest.flatten(data) if c is not None]
        with tf.control_dependencies(columns):
            counter.assign_add(1)
        family = _TRAINING if training else _EVALUATION
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        if not self.trains_on_labels:
            labels = None
        batch = GlobalBatch(images, self.seed, family, step, labels, weights)
        if training:
            self._seed_layers(step, batch.replica)
        return batch

    def _seed_layers(self, step, replica):
        """Makes the noise of Dropout and the like a function of the step.

        Keras does not save the state of a `SeedGenerator`, and gives every
        replica the same one.
        """
        replica = replica.replica_id_in_sync_group
        for index, generator in enumerate(self._layer_seed_generators):
            number = step * 2**20 + index * 2**10 + tf.cast(replica, tf.int64)
            seed = random.family_seed(self.seed, _LAYERS, number)
            # Keras reduces its seeds to 31 bits.
            state = tf.cast(random.bits((2,), seed), tf.int64) // 2
            generator.state.assign(state)

    @functools.cached_property
    def _layer_seed_generators(self):
        # `_seed_generators` is where a Keras layer keeps what it tracks.
        return [
            generator
            for layer in self._flatten_layers(include_self=False)
            for generator in layer._seed_generators
        ]

    def update_metrics(self, batch, **values):
        """Adds a step's values to the metrics of their names.

        Args:
            batch: `GlobalBatch` of the step, which weighs it by its size.
            **values: float scalar tensors.

        Returns:
            dict of all metrics so far, for `train_step` to return.
        """
        for tracker in self.trackers:
            tracker.update_state(
                values[tracker.name], sample_weight=batch.weight
            )
        return logs_of_a_replica(self.get_metrics_result())

    # === Images and latents ===

    def latents_from_seeds(self, seeds):
        """Draws latents from the prior, here a standard normal.

        Args:
            seeds: int tensor of shape `(n, 2)`; row `i` alone decides latent
                `i`.

        Returns:
            A float32 tensor of shape `(n, latent_dim)`.
        """
        return random.normal_from_seed_rows(seeds, (self.latent_dim,))

    @property
    def latent_shape(self):
        """The shape of one latent, `(latent_dim,)` but for grids of them."""
        return (self.latent_dim,)

    # Where the model has classes, each of these three takes labels, an int32
    # tensor of shape `(batch,)`, as its last argument.

    def images_from_latents(self, latents):
        """Latents -> images in [0, 1]; tensors, no randomness."""
        raise NotImplementedError

    def latents_from_images(self, images):
        """Images -> latents; tensors, no randomness."""
        raise NotImplementedError

    def images_from_images(self, images, *labels):
        """Images -> reconstructions; tensors, no randomness."""
        latents = self.latents_from_images(images, *labels)
        return self.images_from_latents(latents, *labels)

    def images_from_seeds(self, seeds, *labels):
        """Seed rows of shape `(n, 2)` -> images; tensors."""
        return self.images_from_latents(self.latents_from_seeds(seeds), *labels)

    def generate(self, num_samples=1, seed=None, batch_size=256, labels=None):
        """Draws images.

        Args:
            num_samples: int.
            seed: int or `None` for a fresh one. Image `i` is a function of
                (`seed`, `i`), and of its label, alone, however many are drawn.
            batch_size: int. Images made at a time.
            labels: class, or array of shape `(num_samples,)` or shorter,
                whose classes are drawn in turn, where the model has classes:
                numbers, or names of `class_names`. Defaults to all in turn.

        Returns:
            float32 array of shape `(num_samples, *data_shape)`.

        Raises:
            ValueError: for labels that are no classes of the model.
            kerasgen.models.NotFiniteError: a `ValueError`, if weights or
                images are not finite, as after training that diverged.
        """
        check_positive_integer("num_samples", num_samples)
        seed = random.check_seed(seed)
        seeds = np.empty((num_samples, 2), np.int32)
        seeds[:, 0] = seed
        seeds[:, 1] = np.arange(num_samples)
        if labels is None and self.num_classes is not None:
            labels = np.arange(num_samples) % self.num_classes
        labels = self._checked_labels(in_turn(labels, num_samples), num_samples)
        return self._in_batches("images_from_seeds", batch_size, seeds, *labels)

    def decode(self, latents, batch_size=256, labels=None):
        """Turns latents into images.

        Args:
            latents: float array of shape `(n, latent_dim)`.
            batch_size: int. Latents decoded at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes.

        Returns:
            float32 array of shape `(n, *data_shape)`.
        """
        latents = check_latents(latents, self.latent_shape)
        labels = self._checked_labels(labels, len(latents))
        return self._in_batches(
            "images_from_latents", batch_size, latents, *labels
        )

    def encode(self, images, batch_size=256, labels=None):
        """Turns images into latents.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images encoded at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes.

        Returns:
            float32 array of shape `(n, latent_dim)`.

        Raises:
            NotImplementedError: if the model has no encoder.
        """
        return self._from_images(
            "latents_from_images", images, batch_size, labels
        )

    def reconstruct(self, images, batch_size=256, labels=None):
        """Encodes images and decodes them again.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images passed through at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes.

        Returns:
            float32 array of shape `(n, *data_shape)`.

        Raises:
            NotImplementedError: if the model has no encoder.
        """
        return self._from_images(
            "images_from_images", images, batch_size, labels
        )

    def _from_images(self, method, images, batch_size, labels):
        if not self.has_encoder:
            raise NotImplementedError(
                f"{type(self).__name__} has no encoder to encode or "
                "reconstruct with. Use a model that has one, such as VAE."
            )
        images = check_images(images, self.data_shape)
        labels = self._checked_labels(labels, len(images))
        return self._in_batches(method, batch_size, images, *labels)

    # === Config ===

    def get_config(self):
        return {
            "name": self.name,
            **configuration.trainability(self),
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "data_shape": list(self.data_shape),
            "latent_dim": self.latent_dim,
            "seed": self.seed,
            "network": self.network,
            "network_options": self.network_options,
            # No argument of a model: data name classes once they are there.
            **({"class_names": self.class_names} if self._class_names else {}),
            **{
                part: keras.saving.serialize_keras_object(getattr(self, part))
                if is_own
                else None
                for part, is_own in self._own_networks.items()
            },
        }

    @classmethod
    def from_config(cls, config):
        arguments = dict(config)
        class_names = arguments.pop("class_names", None)
        model = configuration.model_from_config(cls, arguments)
        model.class_names = class_names
        return model
