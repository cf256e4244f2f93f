"""What models can be asked: one table, which methods and exports follow."""

import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.models import MODELS
from kerasgen.models.endpoints import examples_of
from kerasgen.models.translation.translation_model import TranslationModel
from tests.models.small_models import is_of_images
from tests.models.small_models import small_model

SHAPE = (8, 8, 1)


@pytest.mark.parametrize("name", MODELS)
def test_outputs_are_of_the_declared_kinds(name):
    model = small_model(name)
    table = model.endpoints()
    examples = examples_of(table, 3)
    needed = {"generate"}
    if is_of_images(name):
        needed.add("generate_png")
    if model.latent_shape is not None:
        needed.add("decode")
    elif isinstance(model, TranslationModel):
        needed = {"to_target"}
    assert needed <= set(table)
    for endpoint_name, endpoint in table.items():
        rows = [tf.constant(examples[key]) for key in endpoint.inputs]
        found = endpoint.named(*rows)
        assert set(found) == set(endpoint.outputs), endpoint_name
        for key, kind in endpoint.outputs.items():
            spec = kind.spec(key)
            assert spec.is_compatible_with(found[key]), (endpoint_name, key)
    served = {n for n, endpoint in table.items() if endpoint.is_served}
    assert set(model.signatures()) == {"serving_default", *served}


def test_abilities_are_told():
    gan, vae = small_model("gan"), small_model("vae")
    assert gan.can("discriminate") and not vae.can("discriminate")
    assert vae.can("encode") and vae.can("posterior") and not gan.can("encode")
    assert small_model("bigan").can("encode")
    assert small_model("vqvae").can("codes")
    assert not small_model("dec").can("assign")
    with pytest.raises(NotImplementedError, match="'encode'.*generate.*VAE"):
        gan.encode(np.zeros((1, *SHAPE), "f4"))


@pytest.mark.parametrize("name", ["vae", "autoencoder", "gan", "vqvae"])
def test_averages_are_used_by_all_but_training(name, digits):
    """Of any model whose optimizer keeps them, not of GANs alone."""
    model = small_model(name)
    adam = kerasgen.VAE.default_optimizer()
    optimizer = type(adam)(2e-3, use_ema=True, ema_momentum=0.9)
    argument = "generator_optimizer" if name == "gan" else "optimizer"
    model.compile(**{argument: optimizer})
    model.fit(digits, epochs=2, batch_size=16, verbose=0)
    averaged = model.generate(4, seed=0)
    evaluated = model.evaluate(digits, verbose=0)
    model.use_ema = False
    assert np.abs(averaged - model.generate(4, seed=0)).max() > 1e-4
    assert evaluated != model.evaluate(digits, verbose=0)
    pairs = zip(
        optimizer._trainable_variables,
        optimizer._model_variables_moving_average,
        strict=True,
    )
    for variable, mean in pairs:
        variable.assign(mean)
    np.testing.assert_allclose(model.generate(4, seed=0), averaged, atol=1e-6)


@pytest.mark.parametrize("name", ["vae", "vamp_prior_vae", "bigan", "vqvae"])
def test_endpoints_agree_on_the_averages(name, digits):
    """None of them is of the weights of the last step."""
    model = small_model(name)
    adam = type(kerasgen.VAE.default_optimizer())
    optimizer = adam(2e-3, use_ema=True, ema_momentum=0.9)
    argument = "generator_optimizer" if name == "bigan" else "optimizer"
    model.compile(**{argument: optimizer})
    model.fit(digits, epochs=2, batch_size=16, verbose=0)
    table = model.endpoints()
    examples = examples_of(table, 3)
    answers = {}
    for use_averages in (True, False):
        if not use_averages:
            # What the averages are, as weights of their own.
            for variable, mean in zip(
                optimizer._trainable_variables,
                optimizer._model_variables_moving_average,
                strict=True,
            ):
                variable.assign(mean)
            model.use_ema = False
        answers[use_averages] = {
            key: model.call_endpoint(
                key, *(examples[n] for n in endpoint.inputs)
            )
            for key, endpoint in table.items()
            if key != "generate_png"
        }
    for key, values in answers[True].items():
        np.testing.assert_allclose(
            values, answers[False][key], rtol=1e-4, atol=1e-5, err_msg=key
        )


def test_weights_of_another_compile_are_not_taken_for_these(digits):
    model = small_model("gan")
    for momentum in (0.0, 0.9):
        adam = type(model.default_optimizer())
        model.compile(
            generator_optimizer=adam(1e-2, use_ema=True, ema_momentum=momentum)
        )
        model.fit(digits[:32], epochs=1, batch_size=16, verbose=0)
        drawn = model.generate(3, seed=0)
        with model.averaged_weights():
            expected = model.data_from_seeds(
                tf.constant([[0, 0], [0, 1], [0, 2]])
            )
        np.testing.assert_allclose(drawn, expected, atol=1e-6)


def test_exports_have_the_averages(digits, tmp_path):
    model = small_model("vae")
    model.compile(
        type(model.default_optimizer())(0.05, use_ema=True, ema_momentum=0.5)
    )
    model.fit(digits, epochs=2, batch_size=16, verbose=0)
    expected = model.generate(3, seed=0)
    for compute_dtype in ("float32", "bfloat16"):
        folder = model.export(
            tmp_path / compute_dtype, compute_dtype=compute_dtype
        )
        served = tf.saved_model.load(str(folder)).signatures["generate"]
        seeds = tf.constant([[0, 0], [0, 1], [0, 2]])
        tolerance = 1e-6 if compute_dtype == "float32" else 0.05
        np.testing.assert_allclose(
            served(seeds=seeds)["images"], expected, atol=tolerance
        )
