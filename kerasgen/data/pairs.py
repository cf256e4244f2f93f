"""Two domains of images -> batches of (source, target)."""

import dataclasses
import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kerasgen.data import folders
from kerasgen.data import named
from kerasgen.data import streams
from kerasgen.data.arrays import finish
from kerasgen.data.arrays import steps_of_epoch
from kerasgen.data.arrays import to_float
from kerasgen.data.degradations import degraded
from kerasgen.data.epochs import EpochCounter
from kerasgen.data.validation import check_images
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_npz


def load_pairs(
    source=None,
    target=None,
    paired=False,
    split="train",
    batch_size=16,
    shuffle=True,
    seed=None,
    source_size=None,
    target_size=None,
    drop_remainder=None,
    degrade=None,
    degrade_amount=None,
):
    """Loads images of two domains, to train a model from one to the other.

    An epoch has as many rows as the larger domain has images. Unpaired, each
    domain is in an order of its own, and the smaller one comes as often as it
    must, in a new order each time: who meets whom is a function of (seed,
    epoch). Paired, partners stay together.

    Args:
        source: array of images, of shape `(n, height, width, channels)`, or
            what `kerasgen.data.load` knows: the name of a data set, a folder,
            or an `.npz` file. `None` where `degrade` makes it.
        target: the same of the other domain. The two may differ in number, size
            and channels. `None` where `source` is an `.npz` file of pairs, with
            arrays `source_train` and `target_train`, and `source_test` and
            `target_test` where there is a part to test on.
        paired: bool. Whether row `i` of one is the partner of row `i` of the
            other; such folders have files of the same names. An `.npz` file of
            pairs is paired whatever this says.
        split: `"train"`, `"test"`, or what `kerasgen.data.load` takes; arrays
            have no parts.
        batch_size, shuffle, seed, drop_remainder: see
            `kerasgen.data.from_arrays`.
        source_size, target_size: int or (height, width) to resize the images
            of that domain to, or `None`.
        degrade: how the source is made of the target, with new random numbers
            each epoch: `"noise"`, normal; `"grey"`, of images in colour;
            `"downscale"`, to means of squares, which are enlarged again
            (bicubic); or `"mask"`, a square hole of grey at a random place. Of
            `None`, both are given.
        degrade_amount: float or `None`. The noise's deviation (0.3), the side
            of the squares in pixels (2), or that of the hole as a share of the
            image's (0.5).

    Returns:
        `tf.data.Dataset` of pairs of float32 images in [0, 1], the columns
        `source` and `target`. Folders of more than 2 GB are read while they
        are trained on.

    Raises:
        ValueError: for data that are not there or no images, or for pairs whose
            numbers or file names differ.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits")
    >>> pairs = load_pairs(digits, 1.0 - digits, paired=True, seed=0)
    >>> source, target = next(iter(pairs))
    >>> source.shape, bool(np.all(target == 1.0 - source))
    (TensorShape([16, 8, 8, 1]), True)
    >>> noisy = load_pairs(target="digits", degrade="noise", seed=0)
    """
    options = (batch_size, shuffle, seed, drop_remainder)
    if degrade is not None:
        return _load_degraded(
            source, target, split, source_size, target_size, degrade,
            degrade_amount, options,
        )  # fmt: skip
    _check_absent("degrade_amount", degrade_amount, "without `degrade`")
    if source is None:
        raise ValueError(
            "Argument `source` must be given unless `degrade` makes it of the "
            "target. Received: source=None, degrade=None."
        )
    if target is None:
        paired = True
        source, target = _pairs_of_file(source, split)
        split = "train"
    domains = (
        _Domain.of(source, split, source_size, "source"),
        _Domain.of(target, split, target_size, "target"),
    )
    if paired:
        _check_partners(*domains)
    number = max(domain.number for domain in domains)

    def rows_of(seed, batch, *places):
        return tuple(domain.rows(rows) for domain, rows in zip(domains, places))

    def places(seed):
        return _places(domains, number, paired, seed)

    return _batches(number, places, rows_of, *options)


def _load_degraded(
    source, target, split, source_size, target_size, degrade, amount, options
):
    """Pairs whose source is made of the target."""
    _check_absent("source", source, "with `degrade`")
    _check_absent("source_size", source_size, "with `degrade`")
    if target is None:
        raise ValueError(
            "Argument `target` must be given, for `degrade` to make a source "
            "of. Received: target=None."
        )
    domain = _Domain.of(target, split, target_size, "target")
    worse = degraded(degrade, amount, domain.shape)

    def rows_of(seed, batch, places):
        images = domain.rows(places)
        fold_in = tf.random.experimental.stateless_fold_in
        return worse(images, fold_in(seed, batch, alg="philox")), images

    def places(seed):
        return _places([domain], domain.number, True, seed)

    return _batches(domain.number, places, rows_of, *options)


def _batches(
    number, places, rows_of, batch_size, shuffle, seed, drop_remainder
):
    """Batches of what lies at places, in an order of each epoch.

    Args:
        number: int. Rows of an epoch.
        places: function of a seed, or of `None` for no shuffling; returns a
            tuple of int32 tensors of shape `(number,)`.
        rows_of: function of a seed of the epoch, the number of the batch and
            its places; returns a tuple of columns.
        the others: see `load_pairs`.
    """
    drop_remainder, steps = steps_of_epoch(
        number, batch_size, shuffle, drop_remainder
    )
    seed = random.check_seed(seed)
    # Without shuffling all epochs are alike.
    always = random.family_seed(seed, random.Family.ORDER, 0)

    def in_order(epoch_seed=None):
        columns = places(epoch_seed)
        seed = always if epoch_seed is None else epoch_seed
        batches = tf.data.Dataset.from_tensor_slices(columns)
        batches = batches.batch(batch_size, drop_remainder=drop_remainder)
        return batches.enumerate().map(
            lambda batch, columns: rows_of(seed, batch, *columns),
            num_parallel_calls=tf.data.AUTOTUNE,
        )

    # Whoever reads ahead in a second counter would count in the next epoch.
    dataset = EpochCounter(seed).shuffled(in_order) if shuffle else in_order()
    return finish(dataset, steps)


def splits_of_pairs(source, target):
    """The names of the parts that both domains have.

    Args:
        source, target: what `load_pairs` takes, but no arrays.

    Returns:
        list of str, such as `["train", "test"]`.
    """
    if source is None:
        return named.splits(target)
    if target is None:
        with np.load(source) as arrays:
            return [
                part
                for part in ("train", "test")
                if {f"source_{part}", f"target_{part}"} <= set(arrays)
            ]
    others = named.splits(target)
    return [part for part in named.splits(source) if part in others]


@dataclasses.dataclass(frozen=True)
class _Domain:
    """The images of one domain, each by its place.

    Args:
        number: int. How many there are.
        shape: tuple of int. The shape of one.
        rows: function of an int32 tensor of places; returns float32 images.
        names: list of what the partner of each is known by, or `None`.
    """

    number: int
    shape: tuple
    rows: Callable
    names: list | None = None

    @classmethod
    def of(cls, images, split, size, name):
        """See `load_pairs`; `name` is what the caller calls the argument."""
        if not isinstance(images, (str, os.PathLike)):
            in_array = "for images in an array"
            _check_absent(f"{name}_size", size, in_array)
            _check_absent("split", split, in_array, "train")
            return cls._in_memory(check_images(images, name=name))
        images = str(images)
        if not is_folder(images):
            found, _ = named.images_and_labels(images, split, size)
            return cls._in_memory(check_images(found, name=name))
        selected = folders.Selection(images, size, split, labels=False)
        number, shape = len(selected.files), selected.data_shape
        if streams.fits_in_memory(number, shape):
            domain = cls._in_memory(selected.read_all())
        else:
            domain = cls(number, shape, _reader(selected.read, shape))
        return dataclasses.replace(domain, names=selected.relative_names)

    @classmethod
    def _in_memory(cls, images):
        # A GPU's memory is for the model.
        with tf.device("CPU"):
            images = tf.constant(images)
        return cls(
            len(images),
            tuple(images.shape[1:]),
            lambda rows: to_float(tf.gather(images, rows)),
        )


def _reader(read, shape):
    def rows(places):
        images = tf.numpy_function(
            lambda places: np.stack([read(place) for place in places]),
            [places],
            tf.uint8,
        )
        return to_float(tf.ensure_shape(images, (places.shape[0], *shape)))

    return rows


def _places(domains, number, paired, seed):
    """For each domain, the places of an epoch's rows, of shape `(number,)`."""
    if seed is None:
        return tuple(tf.range(number) % domain.number for domain in domains)

    # Drawn in Python; see `kerasgen.data.arrays.permutation`.
    def draw(seed):
        with tf.device("CPU"):
            seeds = tf.random.experimental.stateless_split(seed, 2, "philox")
            return [
                _repeated_order(
                    domain.number, number, seeds[0 if paired else index]
                ).numpy()
                for index, domain in enumerate(domains)
            ]

    columns = tf.numpy_function(draw, [seed], [tf.int32] * len(domains))
    return tuple(tf.ensure_shape(column, (number,)) for column in columns)


def _repeated_order(number, length, seed):
    """Orders of the numbers below `number`, one after the other."""
    orders = -(-length // number)
    bits = random.bits((orders, number), seed)
    return tf.reshape(tf.argsort(bits, axis=1, stable=True), [-1])[:length]


def _pairs_of_file(path, split):
    if not (isinstance(path, (str, os.PathLike)) and is_npz(path)):
        raise ValueError(
            "Argument `target` must be given unless `source` is an .npz file "
            f"of pairs. Received: target=None, source={_described(path)}."
        )
    check_choice("split", split, ("train", "test"))
    with np.load(path) as arrays:
        names = f"source_{split}", f"target_{split}"
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ValueError(
                f"Argument `source` must be an .npz file with {names[0]} and "
                f"{names[1]}, or `target` be given. Received: "
                f"source={str(path)!r}, which holds {', '.join(arrays)}."
            )
        return tuple(arrays[name] for name in names)


def _check_partners(source, target):
    if source.names is not None and target.names is not None:
        _check_names(source, target)
    if source.number != target.number:
        raise ValueError(
            "Arguments `source` and `target` must hold as many images each "
            f"where they are paired. Received: {source.number} and "
            f"{target.number}. Add the missing partners, or choose a model "
            "that needs no pairs, such as CycleGAN (`paired=False`)."
        )


def _check_names(source, target):
    """Raises unless the files of two folders are each other's partners."""
    for domain, other in ((source, target), (target, source)):
        alone = sorted(set(domain.names) - set(other.names))
        if alone:
            name = "source" if domain is source else "target"
            raise ValueError(
                "Arguments `source` and `target` must be folders with files of "
                "the same names where they are paired. Received: "
                f"{len(alone)} in the {name} alone, the first {alone[0]}. Give "
                "partners the same name."
            )
    if source.names != target.names:
        raise ValueError(
            "Arguments `source` and `target` must be folders with one file of "
            "each name where they are paired. Received: files whose endings "
            "bring them into another order, or two of one name. Give partners "
            "the same ending."
        )


def _check_absent(name, value, where, default=None):
    """Raises for an argument that has nothing to say there."""
    if value is not default and (default is None or value != default):
        raise ValueError(
            f"Argument `{name}` must be left out {where}. Received: "
            f"{name}={_described(value)}."
        )


def _described(value):
    if isinstance(value, os.PathLike):
        return repr(str(value))
    return f"{type(value).__name__}s" if np.ndim(value) > 1 else repr(value)
