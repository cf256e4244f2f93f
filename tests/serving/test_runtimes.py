"""Saved models give the same images in other runtimes."""

import numpy as np
import pytest

from kerasgen.loading import saved_models
from kerasgen.serving import replay
from kerasgen.serving.versions import latest
from kerasgen.serving.versions import versions
from tests.serving import runtimes


def exported():
    return [name for name, folder in saved_models().items() if versions(folder)]


@pytest.mark.parametrize("name", exported())
@pytest.mark.parametrize("runtime", runtimes.installed())
def test_images_are_those_of_keras(name, runtime):
    version = latest(saved_models()[name])
    inputs, outputs = replay.read(version)["serving_default"]
    assert np.ptp(outputs["images"]) > 0.5
    np.testing.assert_allclose(
        runtime(version, inputs), outputs["images"], rtol=0, atol=1e-5
    )
