"""How long training will take, said once it can be known."""

import time
from collections.abc import Callable
from typing import Any

import keras


class TimeLeft(keras.callbacks.Callback):
    """Says how long an epoch takes, and all that are left.

    The first epoch is not counted: it makes networks ready. So it speaks as
    the third begins.

    Args:
        say: function of a line of text. Defaults to `print`.

    Example:

    ```python
    model.fit(data, epochs=100, callbacks=[TimeLeft()])
    ```
    """

    def __init__(self, say: Callable[[str], object] = print) -> None:
        super().__init__()
        self._say = say

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._starts: list[float] = []

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        # From start to start, so that what other callbacks do is counted.
        self._starts.append(time.perf_counter())
        if len(self._starts) == 3:
            left = self.params["epochs"] - epoch
            seconds = self._starts[2] - self._starts[1]
            self._say(
                f"An epoch takes {in_words(seconds)}, the {left} that are left "
                f"about {in_words(left * seconds)}."
            )


def in_words(seconds: float) -> str:
    """A time in the unit that fits.

    Example:

    >>> in_words(0.5), in_words(80), in_words(5000), in_words(200000)
    ('0.5 seconds', '80 seconds', '83 minutes', '56 hours')
    """
    if seconds < 10:
        return f"{seconds:.2g} seconds"
    for size, unit in ((1, "seconds"), (60, "minutes")):
        if seconds < 100 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.0f} hours"
