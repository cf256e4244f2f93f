"""A warning where another package named kerasgen is installed."""

import importlib.metadata
import warnings

# What the package index knows as `kerasgen` is of another author. Earlier
# versions of this package had that name too, and this command.
_COMMAND = "kerasgen.cli:main"


def warn_of_other_kerasgen() -> None:
    """Warns if the distribution `kerasgen` of another author is installed.

    It has a folder `kerasgen` as this one has, `kerasgen-zoo`: installed later
    it overwrites files of this one, and uninstalled it removes them.
    """
    for other in importlib.metadata.distributions(name="kerasgen"):
        if _COMMAND not in {point.value for point in other.entry_points}:
            warnings.warn(
                f"The package `kerasgen` {other.version} of another author is "
                "installed beside `kerasgen-zoo`, and each takes the other's "
                "place as `import kerasgen`. Keep one: `pip uninstall "
                "kerasgen`, then `pip install --force-reinstall --no-deps "
                "kerasgen-zoo`.",
                stacklevel=3,
            )
            return
