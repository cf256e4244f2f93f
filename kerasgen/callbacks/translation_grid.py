"""What a model between two domains makes of images while it trains."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np

from kerasgen.callbacks.sample_grid import SampleGrid
from kerasgen.utils.domains import other_domain
from kerasgen.utils.images import in_rows
from kerasgen.utils.images import save_image_grid

_COLUMNS = 16


class TranslationGrid(SampleGrid):
    """Writes translations every few epochs, below what they are made from.

    A picture has rows of images of the source, each above its translations
    and, where the model has a way back, above what becomes of these on it, and
    then the same of the target. Below translations of a model of pairs are the
    images that they should be.

    Args:
        folder: str or `pathlib.Path`. Gets `epoch_0005.png` and so on.
        source, target: arrays of images of either domain, as many of one as of
            the other; of pairs, partners.
        every, log_dir, animation: see `SampleGrid`.

    Raises:
        ValueError: when training starts, for a model that translates nothing.

    Example:

    ```python
    grids = kerasgen.callbacks.TranslationGrid("samples", source, target)
    model.fit(data, epochs=20, callbacks=[grids])
    ```
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        source: np.ndarray,
        target: np.ndarray,
        every: int = 1,
        log_dir: str | os.PathLike[str] | None = None,
        animation: bool = False,
    ) -> None:
        super().__init__(
            folder, every, len(source), log_dir=log_dir, animation=animation
        )
        self.source, self.target = source, target

    @property
    def suffix(self) -> str:
        return ".png"

    def check_model(self) -> None:
        if not self.model.can("to_target"):
            raise ValueError(
                "`TranslationGrid` must be given to a model between two "
                f"domains. Received: {type(self.model).__name__}."
            )

    def save(self, path: pathlib.Path) -> None:
        save_translations(path, self.model, self.source, self.target)


def save_translations(
    path: str | os.PathLike[str],
    model: Any,
    source: np.ndarray,
    target: np.ndarray,
) -> None:
    """Writes a picture of translations, as `TranslationGrid` says.

    Args:
        path: str or `pathlib.Path`, ending in `.png`.
        model: `GenerativeModel` that translates.
        source, target: arrays of as many images of either domain.
    """
    groups = [translations(model, source, "target")]
    if model.is_paired:
        groups[0].append(target)
    elif model.can("to_source"):
        groups.append(translations(model, target, "source"))
    columns = min(_COLUMNS, len(source))
    pictures = [in_rows(group, columns) for group in groups]
    save_image_grid(path, np.concatenate(pictures), columns)


def translations(model: Any, images: np.ndarray, to: str) -> list[np.ndarray]:
    """Images, their translations and, of models with a way back, cycles.

    Args:
        model: `GenerativeModel` that translates.
        images: array of images of the other domain.
        to: `"target"` or `"source"`.

    Returns:
        list of two or three arrays of images.
    """
    translated = model.translate(images, to=to)
    if not model.can("to_source"):
        return [images, translated]
    back = model.translate(translated, to=other_domain(to))
    return [images, translated, back]
