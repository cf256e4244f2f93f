"""Class labels, by number or by name."""

import numpy as np

from kerasgen.utils.arguments import check_choice


def numbers_of(labels, class_names, name="labels"):
    """Labels as numbers, where they are names of classes.

    Args:
        labels: str, int, or array of either.
        class_names: list of str in the order of the numbers, or `None` where
            classes have no names.
        name: str. What the caller calls the argument.

    Returns:
        Array of the shape of `labels`: places in `class_names`, or `labels`
        themselves where they are no words.

    Raises:
        ValueError: for a word that is no class, with those that are.

    Example:

    >>> numbers_of(["ship", "car"], ["car", "ship"])
    array([1, 0])
    """
    found = np.asarray(labels)
    words = found.ravel().tolist()
    if not words or not all(isinstance(word, str) for word in words):
        return found
    if class_names is None:
        raise ValueError(
            f"Argument `{name}` must be integers, as the classes have no "
            f"names. Received: {name} with {words[0]!r}. Name them first: "
            "`model.class_names = [...]`."
        )
    for word in words:
        check_choice(name, word, tuple(class_names))
    numbers = {word: number for number, word in enumerate(class_names)}
    return np.array([numbers[word] for word in words]).reshape(found.shape)


def in_turn(labels, num_rows):
    """A list of labels again and again, until there is one a row.

    What is no list, or has as many labels already, is returned as it is.

    Example:

    >>> in_turn([0, 1], 5)
    array([0, 1, 0, 1, 0])
    """
    found = np.asarray(labels)
    if found.ndim == 1 and 0 < len(found) < num_rows:
        return np.resize(found, num_rows)
    return labels


def check_class_names(class_names, num_classes):
    """Raises unless there is one name a class, each another.

    Returns:
        tuple of str.
    """
    is_list = not isinstance(class_names, str) and np.ndim(class_names) == 1
    names = tuple(class_names) if is_list else ()
    if (
        len(names) != num_classes
        or len(set(names)) != num_classes
        or not all(isinstance(name, str) and name for name in names)
    ):
        raise ValueError(
            f"Argument `class_names` must be {num_classes} different names, "
            "in the order of the labels. Received: "
            f"class_names={class_names!r}."
        )
    return tuple(str(name) for name in names)
