"""What a recipe is."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Settings that work for a model on a data set.

    Args:
        arguments: dict. Arguments of the model beyond `data_shape` and `seed`.
        batch_size: int.
        epochs: int.
        learning_rate: float, or `None` for the model's default.
        learning_rate_schedule: str. `"constant"`, or `"cosine"`: from epoch to
            epoch the rate falls from `learning_rate` towards 0.
        result: str. What it was measured to give, and how; empty for the
            settings that stand in where no recipe was measured.
        text: dict. Of a model of texts, what `kerasgen.data.load_text` is told
            of `tokenizer`, `length` and `documents`.
    """

    arguments: dict
    batch_size: int
    epochs: int
    learning_rate: float | None = None
    learning_rate_schedule: str = "constant"
    result: str = ""
    text: dict = dataclasses.field(default_factory=dict)
