"""Optimizers of several networks are told apart by their names."""

import functools
import inspect


def names_optimizers(compile):
    """Decorates a `compile` that takes an optimizer for each network.

    One optimizer without a name, as other Keras models take it, is refused: it
    would be that of the first network alone.
    """
    names = [
        name
        for name in inspect.signature(compile).parameters
        if name.endswith("_optimizer")
    ]

    @functools.wraps(compile)
    def checked(self, *optimizers, **options):
        is_alone = len(optimizers) == 1 and not set(names) & set(options)
        if is_alone or "optimizer" in options:
            received = options.get("optimizer", *optimizers[:1])
            listed = ", ".join(f"`{name}`" for name in names)
            example = ", ".join(f"{name}=..." for name in names)
            raise ValueError(
                f"{type(self).__name__}.compile() must know whose each "
                f"optimizer is, by {listed}. Received: optimizer={received!r}. "
                f"Write `model.compile({example})`, or `model.compile()` for "
                "those of the paper."
            )
        return compile(self, *optimizers, **options)

    return checked
