"""Base class of every model: what trains any of them."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.epochs import SetEpoch
from kerasgen.data.streams import errors_of_files
from kerasgen.distribution.workarounds import WithoutSymbolicBuild
from kerasgen.distribution.workarounds import logs_of_a_replica
from kerasgen.distribution.workarounds import replica_data_without_autotune
from kerasgen.engine import averaging
from kerasgen.engine import columns
from kerasgen.engine import compilation
from kerasgen.engine import configuration
from kerasgen.engine import moments
from kerasgen.engine import training_data
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import arguments_of
from kerasgen.engine.arguments import bind
from kerasgen.engine.arguments import signature_of
from kerasgen.engine.checked_inputs import CheckedInputs
from kerasgen.engine.class_names import NamedClasses
from kerasgen.engine.divergence import StopWhenDiverged
from kerasgen.engine.fit_callbacks import told_of_errors
from kerasgen.engine.fit_callbacks import with_callbacks
from kerasgen.engine.global_batch import GlobalBatch
from kerasgen.engine.moments import RefreshedMoments
from kerasgen.engine.multi_optimizer import MultiOptimizerModel
from kerasgen.engine.regularization import regularization
from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils import random
from kerasgen.utils.arguments import as_python
from kerasgen.utils.arguments import check_count


class BaseModel(
    WithoutSymbolicBuild,
    CheckedInputs,
    NamedClasses,
    RefreshedMoments,
    MultiOptimizerModel,
):
    """A `keras.Model` that trains the same on any devices, and when resumed.

    A subclass declares its arguments (`kerasgen.engine.Argument`) and its
    columns, builds networks, and says what its losses are:

    - `columns`: dict from name to kind of data of what it is fitted to;
    - `configure()`: where arguments decide more than themselves;
    - `build_networks()`: makes the layers, once all arguments are known; they
      have the model's precision, and channels are last;
    - `metric_names`: what `fit` reports;
    - `compute_losses(batch, training)`: values by these names, of which
      `"loss"` is minimized by one optimizer. Where there are several, it
      overrides `compile()` and `take_step()`.

    All randomness of a run is a function of (seed, step, row of the global
    batch): a run that is saved, loaded and continued, or shared by several
    replicas, draws the noise that one uninterrupted replica would. Initial
    weights follow `keras.utils.set_random_seed`, as everywhere in Keras.

    Args:
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    seed = Argument(None, convert=random.check_seed)

    # From what arguments were called, in configs of before, to what they are.
    renamed_arguments = {}
    # Names of the values that `compute_losses` returns.
    metric_names = ("loss",)
    # Share of the old average in the new one of weights that are averaged, of
    # models with one optimizer; `None` leaves weights as they are.
    ema_momentum = None
    # Whether the loss is a mean over rows, which `sample_weight` can weigh.
    weighs_rows = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.__signature__ = signature_of(cls)

    def __init__(self, *args, **kwargs):
        values, options = bind(type(self), args, kwargs)
        super().__init__(**options)
        self._given_networks = {}
        for name, argument in arguments_of(type(self)).items():
            value = argument.kept(values[name])
            if isinstance(argument, NetworkArgument):
                vars(self)["_given_networks"][name] = value
            else:
                setattr(self, argument.attribute, value)
        self._own_networks = {}
        self.training_steps = self._step_counter("training_steps")
        self._evaluation_steps = self._step_counter("evaluation_steps")
        self.configure()
        with layer_defaults(self.dtype_policy):
            self.build_networks()
        self.trackers = self.make_trackers()
        self.built = True

    def __setattr__(self, name, value):
        # Arguments come back in `get_config`, which JSON is made of.
        if isinstance(value, np.generic):
            value = as_python(value)
        super().__setattr__(name, value)

    def given_network(self, name):
        """The network that the user gave for an argument, or `None`.

        To be called once, in `build_networks`, which keeps the network, or one
        that it builds, as an attribute of the same name.
        """
        given = self._given_networks.pop(name)
        self._own_networks[name] = given is not None
        return given

    def _step_counter(self, name):
        return self.add_weight(
            name=name,
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    # === What a subclass says ===

    @property
    def columns(self):
        """Dict from name to kind of the columns that the model is fitted to."""
        raise NotImplementedError

    def configure(self):
        """Checks and completes arguments, before networks are built."""

    def build_networks(self):
        """Builds the networks."""

    def make_trackers(self):
        """The metrics of what `compute_losses` returns, by their names."""
        return [keras.metrics.Mean(name=name) for name in self.metric_names]

    def compute_losses(self, batch, training):
        """The losses of a step.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.
            training: bool.

        Returns:
            dict from each of `metric_names` to a float32 scalar tensor, a mean
            over the global batch. `"loss"` is what is minimized.
        """
        raise NotImplementedError

    def callbacks_of_fit(self, x, epochs, held_out):
        """Callbacks that `fit` calls before those of the user.

        Args:
            x: what `fit` got, before it is checked.
            epochs: int.
            held_out: float. Share of `x`, its last rows, that is not trained
                on.

        Returns:
            list of `keras.callbacks.Callback`.

        Raises:
            ValueError: if `x` is what the model cannot be trained on.
        """
        return []

    @staticmethod
    def default_optimizer():
        """The optimizer of `compile()` without arguments, new each time."""
        return keras.optimizers.Adam(1e-3)

    @property
    def trained_variables(self):
        """What the only optimizer updates."""
        return self.trainable_variables

    def build(self, input_shape=None):
        """Does nothing: networks are built in `__init__`."""

    # === Compile and steps ===

    def compile(self, optimizer=None, **options):
        """Configures training.

        Args:
            optimizer: `keras.Optimizer` or its name. Defaults to that of the
                paper, see `default_optimizer()`. It keeps averages of weights
                where the model has `ema_momentum`.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        optimizer = keras.optimizers.get(optimizer or self.default_optimizer())
        if self.ema_momentum is not None:
            averaging.keep_averages(
                optimizer, self.ema_momentum, with_warm_up=True
            )
        self.compile_optimizers(
            {"optimizer": (optimizer, self.trainable_variables)}, **options
        )

    def train_step(self, data):
        batch = self.next_batch(data)
        values = self.take_step(batch)
        return self.update_metrics(batch, **values)

    def take_step(self, batch):
        """Moves weights by one batch; here one optimizer down `"loss"`.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.

        Returns:
            dict from each of `metric_names` to a value, as `compute_losses`.
        """
        with tf.GradientTape() as tape:
            values = self.compute_losses(batch, training=True)
            loss = values["loss"] + regularization(self)
        self.minimize(loss, tape, self.optimizer, self.trained_variables)
        return values

    def test_step(self, data):
        batch = self.next_batch(data, training=False)
        with self.averaged_weights():
            values = self.compute_losses(batch, training=False)
        return self.update_metrics(batch, **values)

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
        """Trains the model; `keras.Model.fit` with data checked first.

        Args:
            x: array of the first column, of shape `(n, ...)`, such as images
                of float in [0, 1] or of uint8 to 255, or a data frame of rows;
                or a `tf.data.Dataset`, `keras.utils.PyDataset` or generator of
                batches: of that column, or tuples of all `columns` and, if
                there are any, weights.
            y: array of the second column, such as int labels, for models that
                have one. Others leave labels alone.
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
                any row) is not what the model expects, if it has a column that
                the model does not declare, if data have no end and no number
                of steps is given, or if a weight is not finite.
            kerasgen.models.DivergenceError: once a loss or a weight is not
                finite; `keras.callbacks.TerminateOnNaN` ends without it.
        """
        held_out = validation_split or 0.0
        if validation_data is not None:
            held_out = 0.0
        of_model = self.callbacks_of_fit(x, epochs, held_out)
        columns.check_weighing(self, sample_weight, class_weight)
        check_count("normalization_batches", normalization_batches)
        counted = {"steps_per_epoch", "validation_steps"} & set(kwargs)
        every_epoch = kwargs.get("steps_per_epoch") is None
        look = moments.look_at(self, normalization_batches)
        prepared = training_data.prepare(
            self,
            x,
            y,
            sample_weight,
            batch_size,
            shuffle,
            validation_split,
            validation_data,
            kwargs,
            **look,
        )
        source = prepared.source
        own = [
            StopWhenDiverged(self, callbacks),
            SetEpoch(source.epoch_counters, every_epoch),
        ]
        if look:
            sample = moments.sample_of(self, source.first)
            own.append(moments.UpdateMoments(sample))
        options = compilation.automatic_options(
            self, source.num_batches, callbacks, bool(counted)
        )
        with options, told_of_errors(callbacks):
            return super().fit(
                source.data,
                epochs=epochs,
                verbose=verbose,
                callbacks=with_callbacks(callbacks, *own, *of_model),
                validation_data=prepared.validation_data,
                shuffle=False,  # The data sets above have shuffled already.
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
            data: what `train_step` gets: the first column of this replica, a
                tensor of shape `(batch, ...)`, or a tuple of columns.
            training: bool. Whether the step trains or evaluates.

        Returns:
            `kerasgen.engine.GlobalBatch`.
        """
        counter = self.training_steps if training else self._evaluation_steps
        step = tf.identity(counter.value)
        # Where data have ended, nothing is counted.
        given = [c for c in tf.nest.flatten(data) if c is not None]
        with tf.control_dependencies(given):
            counter.assign_add(1)
        family = random.Family.TRAINING
        if not training:
            family = random.Family.EVALUATION
        named, weights = columns.split(data, self.columns)
        batch = GlobalBatch(named, self.seed, family, step, weights)
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
            seed = random.family_seed(self.seed, random.Family.LAYERS, number)
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

    def update_metrics(self, batch, weights=None, **values):
        """Adds a step's values to the metrics of their names.

        Args:
            batch: `GlobalBatch` of the step, which weighs it by its size.
            weights: dict from name to float scalar tensor, or `None`. How much
                a row of this batch counts, where a value is no mean over rows.
            **values: float scalar tensors.

        Returns:
            dict of all metrics so far, for `train_step` to return.
        """
        for tracker in self.trackers:
            of_row = (weights or {}).get(tracker.name, 1.0)
            tracker.update_state(
                values[tracker.name], sample_weight=of_row * batch.weight
            )
        return logs_of_a_replica(self.get_metrics_result())

    # === Config ===

    def get_config(self):
        config = {
            "name": self.name,
            **configuration.trainability(self),
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
        }
        if self._class_names:
            # No argument: data name classes once they are there.
            config["class_names"] = self.class_names
        for name, argument in arguments_of(type(self)).items():
            if isinstance(argument, NetworkArgument):
                is_own = self._own_networks.get(name, False)
                network = getattr(self, name) if is_own else None
                config[name] = keras.saving.serialize_keras_object(network)
            else:
                config[name] = argument.as_json(
                    getattr(self, argument.attribute)
                )
        return config

    @classmethod
    def from_config(cls, config):
        arguments = dict(config)
        for before, now in cls.renamed_arguments.items():
            if before in arguments:
                arguments[now] = arguments.pop(before)
        class_names = arguments.pop("class_names", None)
        try:
            model = configuration.model_from_config(cls, arguments)
        except TypeError as error:
            # Of these Keras says no more than that there was one.
            raise ValueError(
                f"The config of {cls.__name__} must hold its arguments. "
                f"Received: one that does not: {error}"
            ) from error
        model.class_names = class_names
        return model
