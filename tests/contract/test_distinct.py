"""Models that train otherwise are not taken for one."""

import itertools

import pytest

import kerasgen
from kerasgen.models import MODELS
from tests.contract import distinct


def loss_of(model):
    return (
        model.compute_losses,
        getattr(model, "discriminator_loss", None),
        getattr(model, "generator_loss", None),
    )


def test_another_loss_is_another_step():
    for one, other in itertools.combinations(MODELS.values(), 2):
        same = distinct.functions_of(one, "train_step") == (
            distinct.functions_of(other, "train_step")
        )
        assert not same or loss_of(one) == loss_of(other), (one, other)


def test_what_super_calls_counts():
    names = {
        getattr(function, "__qualname__", None)
        for function in distinct.functions_of(
            kerasgen.SparseAutoencoder, "train_step"
        )
    }
    assert "BaseModel.take_step" in names
    assert "SparseAutoencoder.compute_losses" in names
    assert "GlobalBatch.sum_over_replicas" in names


@pytest.mark.parametrize("kind", ["train_step", "use_of_engine", "signature"])
def test_a_model_that_changes_nothing_is_the_same(kind):
    class Same(kerasgen.VAE):
        pass

    assert distinct.functions_of(Same, kind) == distinct.functions_of(
        kerasgen.VAE, kind
    )


def test_an_override_of_the_engine_is_another_use():
    class Other(kerasgen.VAE):
        def compile_from_config(self, config):
            super().compile_from_config(config)

    first, second = (
        distinct.functions_of(model, "use_of_engine")
        for model in (Other, kerasgen.VAE)
    )
    assert first != second
