"""What a caller leaves out of an endpoint's inputs: seeds, labels, prompts."""

import numpy as np

from kerasgen.serving import kinds
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.labels import in_turn
from kerasgen.utils.seeds import check_seed
from kerasgen.utils.seeds import seed_rows


def complete(endpoint, fields, inputs, num_samples, seed, numbers_of):
    """Inputs with rows of seeds and a number of a class for each row.

    Args:
        endpoint: str. Name for errors.
        fields: dict from input name to field, as `kerasgen.serving.kinds` has
            them.
        inputs: dict from name to array, or `None` for those left out.
        num_samples: int, or `None` where other inputs say how many rows.
        seed: int, or `None` for a fresh one.
        numbers_of: function of labels, numbers or names, that returns numbers.

    Returns:
        dict from name to array.

    Raises:
        ValueError: for arguments that the endpoint has no use for, and for
            those it lacks.
    """
    given = {name: rows for name, rows in inputs.items() if rows is not None}
    seeds = kinds.of_kind(fields, "seeds")
    if not seeds and (seed, num_samples) != (None, None):
        raise ValueError(
            f"Arguments `seed` and `num_samples` must be None: {endpoint!r} "
            f"draws nothing. Received: seed={seed}, num_samples={num_samples}."
        )
    labels = kinds.of_kind(fields, "labels")
    if not labels and "labels" in set(given) - set(fields):
        raise ValueError(
            f"Argument `labels` must be None: {endpoint!r} takes no classes. "
            f"Received: labels={given['labels']!r}."
        )
    for name in kinds.of_kind(fields, "texts"):
        if seeds:  # Those that are drawn begin as they say.
            prompts = np.atleast_1d(given.get(name, ""))
            number = len(prompts) if num_samples is None else num_samples
            if number < len(prompts):
                raise ValueError(
                    "Argument `num_samples` must be at least the number of "
                    f"prompts, {len(prompts)}. Received: "
                    f"num_samples={num_samples}."
                )
            given[name] = in_turn(prompts, number)
        elif name in given:
            given[name] = np.atleast_1d(given[name])
    for name in set(seeds) - set(given):
        others = [rows for key, rows in given.items() if key not in labels]
        number = _number_of_rows(endpoint, num_samples, others)
        given[name] = seed_rows(check_seed(seed), number)
    rows = [rows for key, rows in given.items() if key not in labels]
    for name in labels:
        found = _labels(name, fields[name], given.get(name), num_samples)
        found = numbers_of(found)
        if np.ndim(found) == 0 and rows:
            found = np.full(np.shape(rows[0])[:1], found)
        given[name] = found
    return given


def _number_of_rows(endpoint, num_samples, others):
    if num_samples is None and not others:
        raise ValueError(
            "Argument `num_samples` must be how many rows "
            f"{endpoint!r} draws. Received: num_samples=None."
        )
    if num_samples is None:
        return len(np.atleast_1d(others[0]))
    check_positive_integer("num_samples", num_samples)
    return num_samples


def _labels(name, field, labels, num_samples):
    """Labels; of rows that are drawn, again and again or each in turn."""
    number = field.get("num_classes")
    if labels is None and number is not None and num_samples is not None:
        # A server may claim more classes than there is memory for.
        labels = np.arange(min(number, num_samples))
    if labels is None:
        raise ValueError(
            f"Argument `{name}` must be a class, or one class a row, as the "
            f"model has classes. Received: {name}=None."
        )
    return labels if num_samples is None else in_turn(labels, num_samples)
