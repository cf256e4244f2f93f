"""Pictures of what a model draws while it trains."""

import pathlib

import keras

from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.images import save_image_grid

_MAX_COLUMNS = 20


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples every few epochs.

    All grids are drawn from the same seed, so that they show the same latents
    as the model learns. The callback draws nothing from the noise of training.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.png` and so on.
        every: int. Epochs from one grid to the next.
        num_samples: int. Images in a grid.
        seed: int. Seed of the images.

    Example:

    ```python
    grids = kerasgen.callbacks.SampleGrid("samples", every=5)
    model.fit(data, epochs=20, callbacks=[grids])
    ```
    """

    def __init__(self, folder, every=1, num_samples=64, seed=0):
        super().__init__()
        check_positive_integer("every", every)
        check_positive_integer("num_samples", num_samples)
        self.folder = pathlib.Path(folder)
        self.every = every
        self.num_samples = num_samples
        self.seed = seed

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            path = self.folder / f"epoch_{epoch + 1:04d}.png"
            save_samples(path, self.model, self.num_samples, self.seed)


def save_samples(path, model, num_samples, seed):
    """Writes a grid of samples, a column a class where there are few classes.

    Args:
        path: str or `pathlib.Path` of the picture.
        model: `GenerativeModel`.
        num_samples: int. Images in the grid.
        seed: int. Seed of the images.
    """
    # `generate` goes through the classes in turn.
    number = model.num_classes or 0
    columns = number if 1 < number <= _MAX_COLUMNS else None
    save_image_grid(path, model.generate(num_samples, seed=seed), columns)
