"""An `.npz` file of images, as `numpy.savez` writes and Keras's MNIST is."""

import pathlib

import numpy as np

from kerasgen.data.folders import resized
from kerasgen.data.validation import check_images

_PARTS = ("train", "test")


class NpzFile:
    """Images and labels by part: `x_train`, `y_train`, `x_test`, `y_test`.

    Args:
        path: str or `pathlib.Path`, ending in `.npz`.

    Attributes:
        splits: list of str. The parts that the file holds.

    Raises:
        ValueError: if it cannot be read, or holds no `x_train`.
    """

    # It has numbers of classes, and no names.
    class_names = ()

    def __init__(self, path):
        self.path = pathlib.Path(path).expanduser()
        try:
            with np.load(self.path) as arrays:
                self._arrays = dict(arrays)
        # Whatever numpy's readers stumble over.
        except Exception as error:
            raise ValueError(
                "Argument `path` must be an .npz file of arrays. Received: "
                f"path={str(self.path)!r}, which cannot be read ({error})."
            ) from error
        self.splits = [part for part in _PARTS if f"x_{part}" in self._arrays]
        if "train" not in self.splits:
            raise ValueError(
                "Argument `path` must be an .npz file with images `x_train` "
                "and, if there are any, `y_train`, `x_test` and `y_test`. "
                f"Received: path={str(self.path)!r}, which holds "
                f"{', '.join(self._arrays) or 'nothing'}."
            )

    def arrays(self, split, image_size=None):
        """Images of a part, and labels.

        Args:
            split: `"train"` or `"test"`.
            image_size: int or (height, width) to resize to, or `None`.

        Returns:
            (images, labels): uint8 or float array of shape
            `(n, height, width, channels)`, greys with one channel, and int32
            of shape `(n,)` or `None`.

        Raises:
            ValueError: for a part that the file does not hold, or arrays that
                are no images.
        """
        if split not in self.splits:
            raise ValueError(
                f"Argument `split` must be one of {self.splits}. Received: "
                f"split={split!r} of {self.path}."
            )
        images = self._arrays[f"x_{split}"]
        if images.ndim == 3:
            images = images[..., np.newaxis]
        images = check_images(images, name=f"x_{split}")
        labels = self._arrays.get(f"y_{split}")
        if labels is None:
            return resized(images, image_size), None
        labels = np.ravel(labels)
        if labels.dtype.kind not in "iu" or len(labels) != len(images):
            raise ValueError(
                f"Array `y_{split}` of {self.path} must hold one integer an "
                f"image. Received: {labels.dtype} of shape {labels.shape} for "
                f"{len(images)} images."
            )
        return resized(images, image_size), labels.astype(np.int32)

    @property
    def num_classes(self):
        """How many classes there are labels of, 0 where there are none."""
        _, labels = self.arrays("train")
        return 0 if labels is None else int(labels.max()) + 1
