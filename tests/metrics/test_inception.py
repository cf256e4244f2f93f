"""Inception with weights from files, beside torch-fidelity's."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import metrics
from kerasgen.metrics import inception


@pytest.fixture(scope="module")
def torch_fidelity():
    pytest.importorskip("torch")
    return pytest.importorskip("torch_fidelity")


@pytest.fixture(scope="module")
def state_dict(torch_fidelity):
    """Weights that keep features apart through all layers."""
    import torch

    network = torch_fidelity.FeatureExtractorInceptionV3
    arrays = {}
    generator = torch.Generator().manual_seed(0)

    def load(network, _):
        for name, array in network.state_dict().items():
            arrays[name] = random_array(name, array, generator)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "torch_fidelity.feature_extractor_inceptionv3."
            "load_state_dict_from_url",
            lambda *arguments, **options: None,
        )
        patch.setattr(network, "load_state_dict", load)
        network("random", ["2048"])
    return arrays


def random_array(name, array, generator):
    import torch

    if not array.dtype.is_floating_point:
        return array
    if name.endswith("conv.weight"):
        deviation = (2 / array[0].numel()) ** 0.5
        return deviation * torch.randn(array.shape, generator=generator)
    values = torch.rand(array.shape, generator=generator)
    if name.endswith(("bn.weight", "running_var")):
        return values + 0.5
    return values - 0.5


@pytest.fixture(scope="module")
def path(state_dict, tmp_path_factory):
    import torch

    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    torch.save(state_dict, path)
    return path


def test_equals_torch_fidelity(torch_fidelity, path):
    import torch

    judge = torch_fidelity.FeatureExtractorInceptionV3(
        "inception", ["2048"], feature_extractor_weights_path=path
    )
    network = metrics.inception_network(path)
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (60, 32, 28, 3), dtype=np.uint8)
    images[30:, :, :14] //= 3
    (expected,) = judge(torch.from_numpy(np.moveaxis(images, 3, 1)))
    found = network.predict(images / np.float32(255), verbose=0)
    print(
        found.std(0).mean(),
        found.mean(),
        np.abs(found - expected.numpy()).max(),
        np.abs(expected.numpy()).max(),
    )
    np.testing.assert_allclose(
        found, expected.numpy(), rtol=1e-3, atol=1e-3 * found.std()
    )
    from torch_fidelity import metric_fid

    statistics = [
        metric_fid.fid_features_to_statistics(half)
        for half in (expected[:30], expected[30:])
    ]
    [distance] = metric_fid.fid_statistics_to_metric(
        *statistics, False
    ).values()
    print(distance, metrics.frechet_distance(found[:30], found[30:]))
    assert distance > 1
    assert metrics.frechet_distance(found[:30], found[30:]) == pytest.approx(
        distance, abs=0.1
    )
