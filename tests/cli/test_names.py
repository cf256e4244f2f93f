"""Wrong names are told at once, with the right ones, without TensorFlow."""

import os
import subprocess
import sys

import pytest

import kerasgen
from kerasgen import networks
from kerasgen import tasks
from kerasgen.cli import outline
from kerasgen.cli.settings import settable
from kerasgen.engine.arguments import arguments_of
from kerasgen.models import MODELS
from tests.cli.test_cli import call

# What is called, and what the answer has.
WRONG = [
    (["train", "cgan"], "Did you mean 'conditional_gan'?"),
    (["train", "vae", "--dataset", "mnits"], "Did you mean 'mnist'"),
    (
        ["train", "vae", "--dataset", "no/such"],
        "path='no/such', which is no folder",
    ),
    (["train", "vae", "--set", "latnt_dim=3"], "Did you mean 'latent_dim'?"),
    (["train", "vae", "--set", "network=resent"], "Did you mean 'resnet'?"),
    (["train", "vae", "--seed", "-1"], "--seed"),
    (["train", "vae", "--resume", "--overwrite"], "Choose one"),
    (["models", "VQ-VAE"], "Did you mean 'vqvae'?"),
    (["generate", "nowhere"], "no trained model at nowhere"),
    (["reconstruct", "nowhere"], "no trained model at nowhere"),
    (["embed", "nowhere"], "no trained model at nowhere"),
    (["embed", ".", "--dataset", "digts"], "Did you mean 'digits'"),
    (["cluster", "nowhere"], "no trained model at nowhere"),
    (["anomalies", "nowhere", "--normal", "1"], "no trained model at nowhere"),
    (["inpaint", "nowhere"], "no trained model at nowhere"),
    (["interpolate", "nowhere"], "no trained model at nowhere"),
    (["export", "nowhere", "exports"], "no trained model at nowhere"),
    (["evaluate", "nowhere"], "no trained model at nowhere"),
    (
        ["evaluate", ".", "--metrics", "fid"],
        "one of 'frechet_distance'",
    ),
    (["compare", "nowhere"], "kerasgen evaluate nowhere"),
    (["check-export", "nowhere"], "no SavedModel at nowhere"),
    (["playground", "nowhere"], "no SavedModel at nowhere"),
    (
        ["playground", "http://a/v1/models/b", "--directions", "sefa"],
        "--directions` is for runs",
    ),
    (["playground", "nowhere", "--static", "x"], "no trained model at nowhere"),
    (
        ["playground", "http://a/v1/models/b", "--static", "x"],
        "--static` is for runs",
    ),
    (["playground", ".", "--static", "x", "--open"], "`--model` and `--open`"),
    (
        ["playground", ".", "--onnxruntime-web", "x"],
        "must be given with `--static`",
    ),
]
RIGHT = [["models"], ["models", "wgan_gp"], ["datasets"], ["train", "--help"]]


def test_no_tensorflow_is_loaded_for_it():
    """All in one process, which never loads it."""
    code = (
        "import sys, io, contextlib\n"
        "sys.argv = ['kerasgen']\n"
        "from kerasgen.cli import main\n"
        f"for words, said in {WRONG + [(words, '') for words in RIGHT]!r}:\n"
        "    sys.argv[1:] = words\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stderr(out):\n"
        "        try: main()\n"
        "        except SystemExit as end: status = end.code\n"
        "    assert bool(status) == bool(said), (words, status)\n"
        "    assert said in out.getvalue(), (words, out.getvalue())\n"
        "    loaded = {'tensorflow', 'keras'} & set(sys.modules)\n"
        "    assert not loaded, (words, loaded)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "KERASGEN_TRACEBACK": ""},
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", MODELS)
def test_source_has_the_arguments_of_models(name):
    assert sorted(outline.model_arguments(name)) == sorted(
        arguments_of(MODELS[name])
    )


def test_source_has_the_names():
    assert list(outline.models()) == list(MODELS)
    assert list(outline.measures()) == list(tasks.MEASURES)
    assert list(outline.networks("vae")) == list(networks.NETWORKS)
    assert list(outline.networks("diffusion")) == list(networks.BACKBONES)
    for name in networks.BACKBONES:
        expected = networks.option_names(name, "backbone")
        assert list(outline.network_options("diffusion", name)) == expected
    for name in networks.NETWORKS:
        expected = networks.option_names(name)
        assert list(outline.network_options("vae", name)) == expected
        assert set(expected) <= {
            *settable("vae", name),
            *outline.model_arguments("vae"),
        }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cgan", "conditional_gan"),
        ("CVAE", "conditional_vae"),
        ("wgan-gp", "wgan_gp"),
        ("WGANGP", "wgan_gp"),
        ("vq-vae", "vqvae"),
        ("AAE", "adversarial_autoencoder"),
        ("ae", "autoencoder"),
        ("dae", "denoising_autoencoder"),
        ("sae", "sparse_autoencoder"),
        ("cae", "contractive_autoencoder"),
        ("β-VAE", "beta_vae"),
        ("tcvae", "beta_tcvae"),
        ("VampPrior", "vamp_prior_vae"),
        ("ConditionalGAN", "conditional_gan"),
        ("ac gan", "acgan"),
    ],
)
def test_what_the_field_calls_it(name, meant):
    assert f"Did you mean '{meant}'?" in call("train", name, fails=True)


def test_no_abbreviation_means_nothing():
    """Each is of a model that there is, and none is the name of another."""
    from kerasgen.utils.arguments import _ABBREVIATIONS

    plain = {name.replace("_", "") for name in MODELS}
    assert set(_ABBREVIATIONS.values()) <= plain
    assert not plain & set(_ABBREVIATIONS)


def test_python_is_told_too():
    with pytest.raises(AttributeError, match="Did you mean 'ConditionalGAN'?"):
        kerasgen.CGAN
    with pytest.raises(ValueError, match="Did you mean 'conditional_vae'?"):
        tasks.LatentFeatures("cvae").fit([[0.5, 0.5]])
