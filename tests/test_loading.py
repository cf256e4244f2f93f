"""Models by name or path, and those that are saved in a checkout."""

import pathlib
import runpy

import numpy as np
import pytest

import kerasgen
from kerasgen import loading
from kerasgen.serving import description
from kerasgen.serving import replay
from kerasgen.serving.check import check_export
from kerasgen.serving.versions import latest
from kerasgen.serving.versions import versions

MAX_TOGETHER = 40e6  # Bytes.


def size_of(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


@pytest.fixture(params=loading.saved_models())
def saved(request):
    return request.param, loading.saved_models()[request.param]


@pytest.mark.parametrize("as_folder", [False, True])
def test_load_by_path(as_folder, tmp_path):
    model = kerasgen.VAE((8, 8, 1), 3, seed=0)
    model.save(tmp_path / "model.keras")
    path = tmp_path if as_folder else tmp_path / "model.keras"
    loaded = kerasgen.load(path)
    np.testing.assert_array_equal(
        loaded.generate(2, seed=1), model.generate(2, seed=1)
    )


def test_unknown_names(tmp_path, monkeypatch):
    (tmp_path / "vae_mnist").mkdir()
    (tmp_path / "vae_mnist" / "model.keras").touch()
    found = {"vae_mnist": tmp_path / "vae_mnist"}
    monkeypatch.setattr(loading, "saved_models", lambda: found)
    with pytest.raises(FileNotFoundError, match=r"saved model \(vae_mnist\)"):
        kerasgen.load("vae_minst")


def test_without_a_checkout_it_is_said_where_models_are(monkeypatch):
    monkeypatch.setattr(loading, "saved_models", dict)
    with pytest.raises(FileNotFoundError) as error:
        kerasgen.load("vae_mnist")
    for words in ("hf://owner/name", "Install a checkout", "saved_models/"):
        assert words in str(error.value)


def exported():
    """Saved models that have an export: those of which tests have one."""
    folders = loading.saved_models()
    return [name for name in folders if versions(folders[name])]


@pytest.mark.parametrize("name", exported())
def test_saved_model_is_the_served_one(name):
    """Its two files give the same images, in different processes."""
    folder = loading.saved_models()[name]
    model = kerasgen.load(name)
    labels = {}
    if model.num_classes is not None:
        labels = {"labels": np.arange(4) % model.num_classes}
    seeds = np.array([[5, i] for i in range(4)], "int32")
    asked = {
        "seeds": seeds,
        **{k: v.astype("int32") for k, v in labels.items()},
    }
    [found] = replay.answers(latest(folder), [("generate", asked)])
    np.testing.assert_allclose(
        found["images"],
        model.generate(4, seed=5, **labels),
        rtol=0,
        atol=1e-6 * description.tolerances(latest(folder)).get("generate", 1),
    )
    assert not model.compiled


def test_saved_model_goes_on_training(saved):
    name, _ = saved
    model = kerasgen.load(name)
    model.compile(run_eagerly=True)
    labels = np.arange(8) % (model.num_classes or 1)
    examples = model.kind.examples(8)
    rows = (examples, labels) if model.trains_on_labels else (examples,)
    before = [np.array(weight) for weight in model.trainable_weights]
    model.fit(*rows, batch_size=8, verbose=0)
    assert any(
        np.any(np.array(weight) != old)
        for weight, old in zip(model.trainable_weights, before)
    )


@pytest.mark.parametrize("name", exported())
def test_saved_model_has_no_fault(name):
    findings = check_export(latest(loading.saved_models()[name]))
    assert not [finding for finding in findings if finding.faults]


def test_saved_model_has_a_card(saved):
    name, folder = saved
    card = (folder / "README.md").read_text().lower()
    for words in (name, "seed 0", "floor", "limits", "licence", "minutes"):
        assert words in card
    [samples] = folder.glob("samples.*")
    assert samples.stat().st_size > 1000


def test_saved_models_are_small_together():
    folders = loading.saved_models().values()
    assert sum(map(size_of, folders)) <= MAX_TOGETHER


def test_all_that_are_promised_are_there():
    script = pathlib.Path(__file__).parents[1] / "saved_models" / "build.py"
    build = runpy.run_path(str(script))
    promised = {*build["MODELS"], *build["BY_BENCHMARKS"]}
    assert set(loading.saved_models()) == promised
