"""The factors of variation of named data sets."""

from kerasgen.data import downloads
from kerasgen.data.embedded import EMBEDDED
from kerasgen.data.measured_shapes import classes_of_shapes
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_npz


def factor_names(name):
    """The factors of variation that are known of each image of a data set.

    Args:
        name: see `load`. `"shapes"` has some; of tensorflow_datasets those
            that call them `label_...` have, such as `"dsprites"`,
            `"shapes3d"` and `"smallnorb"`.

    Returns:
        list of str, empty for data without factors.

    Example:

    >>> import kerasgen
    >>> kerasgen.data.factor_names("shapes")
    ['form', 'colour', 'ground', 'scale', 'x', 'y', 'rotation']
    """
    if name in EMBEDDED:
        return list(EMBEDDED[name].factor_names)
    if is_folder(name) or is_npz(name):
        return []
    return downloads.factor_names(name)


def load_factors(name, split="train"):
    """Loads the factors of variation of a data set.

    Args:
        name: see `factor_names`.
        split: see `load`.

    Returns:
        dict from each factor to an array of shape `(n,)`, in the order of the
        images of `load_arrays`: int32 for numbers of values, float32 for
        values themselves.

    Raises:
        ValueError: for data without factors, or an unknown name or split.
        RuntimeError: see `load`.

    Example:

    >>> import kerasgen
    >>> factors = kerasgen.data.load_factors("shapes", "test")
    >>> factors["form"].shape, factors["scale"].dtype
    ((10000,), dtype('float32'))
    """
    names = factor_names(name)
    if not names:
        raise ValueError(
            "Argument `name` must be a data set whose factors are known, such "
            f"as 'shapes' or 'dsprites'. Received: name={name!r}."
        )
    if name in EMBEDDED:
        return EMBEDDED[name].factors(split)
    return downloads.factors(name, split)


def label_reader(name):
    """What reads the labels of images of a data set by a rule, without error.

    With it one sees whether a model drew the class that it was asked for.

    Args:
        name: see `load`.

    Returns:
        function from images, uint8 or of float in [0, 1], to an int array of
        shape `(n,)`, in which -1 stands for images of no class; `None` for
        data that have no such rule. `"shapes"` has one.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("shapes", "test[:50]")
    >>> read = kerasgen.data.label_reader("shapes")
    >>> bool((read(images) == labels).all())
    True
    """
    return classes_of_shapes if name == "shapes" else None
