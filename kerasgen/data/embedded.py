"""Data sets that need no download: scikit-learn's digits, and drawn shapes."""

import re

import numpy as np

from kerasgen.data import shapes
from kerasgen.data.folders import as_size
from kerasgen.data.folders import resized
from kerasgen.utils.arguments import check_choice

_SPLITS = ("train", "test")


class Digits:
    """1,797 handwritten digits of 8x8 pixels, of which 360 are for testing."""

    splits = list(_SPLITS)
    class_names = [str(digit) for digit in range(10)]
    num_classes = len(class_names)
    factor_names = []

    def arrays(self, split, image_size):
        """Float32 images and int32 classes of a split."""
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        check_choice("split", split, _SPLITS)
        digits = load_digits()
        images = (digits.images[..., None] / 16.0).astype(np.float32)
        classes = digits.target.astype(np.int32)
        parts = train_test_split(
            images, classes, test_size=360, random_state=0, stratify=classes
        )
        position = _SPLITS.index(split)
        return resized(parts[position], image_size), parts[2 + position]


class Shapes:
    """Forms in colour, see `kerasgen.data.draw_shapes`.

    A split is the first images of a seed of its own, as many as one wants:
    `"train"` has 50,000, `"train[:200000]"` 200,000 of which they are the
    first.
    """

    splits = list(_SPLITS)
    class_names = shapes.CLASS_NAMES
    num_classes = len(class_names)
    factor_names = [*shapes.NAMED, *shapes.RANGES]

    _image_size = 32
    _num_images = {"train": 50_000, "test": 10_000}

    def arrays(self, split, image_size):
        """Uint8 images and int32 classes of a split."""
        factors = self.factors(split)
        size = as_size(image_size or self._image_size)
        return shapes.render(factors, size), shapes.class_of(factors)

    def factors(self, split):
        """Dict from each factor to an array of shape `(n,)`."""
        found = re.fullmatch(r"(train|test)(?:\[(\d*):(\d*)\])?", split)
        first, last = self._bounds(*found.groups()) if found else (0, 0)
        if first >= last:
            raise ValueError(
                "Argument `split` must be 'train' or 'test', or a slice of "
                "one, such as 'train[:1000]', which may be longer than it. "
                f"Received: split={split!r}."
            )
        drawn = shapes.factors_of_seed(_SPLITS.index(found[1]), last)
        return {name: values[first:] for name, values in drawn.items()}

    def _bounds(self, name, first, last):
        return int(first or 0), int(last or self._num_images[name])


EMBEDDED = {"digits": Digits(), "shapes": Shapes()}
