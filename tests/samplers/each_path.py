"""All paths, for tests of what holds on each."""

import pytest

from kerasgen import samplers

ALL = [samplers.LinearPath(), *samplers.PATHS.values()]
of_each_path = pytest.mark.parametrize(
    "path", ALL, ids=lambda path: type(path).__name__
)
