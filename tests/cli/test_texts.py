"""The command line with models of texts."""

import json

import pytest

import kerasgen
from tests.cli.test_cli import call

SMALL = (
    "width=16", "num_blocks=1", "attention_heads=2",
    "tokenizer=characters", "length=24",
)  # fmt: skip


def small():
    return [word for setting in SMALL for word in ("--set", setting)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    text = folder / "nonsense.txt"
    text.write_text("the cat sat on the mat, à la carte.\n" * 60)
    words = ["--dataset", text, "--epochs", 2, "--run-dir", folder / "run"]
    output = call("train", "gpt", *words, *small())
    return folder, output


def test_train_leaves_everything_in_the_folder(run):
    folder, output = run
    for name in ("model.keras", "samples.txt", "losses.png", "export/1"):
        assert (folder / "run" / name).exists()
        assert name in output
    assert "64 new texts" in output
    assert len(list((folder / "run" / "samples").glob("epoch_*.txt"))) == 2
    model = kerasgen.load(folder / "run")
    assert model.length == 24
    assert isinstance(model.tokenizer, kerasgen.data.CharacterTokenizer)
    header = (folder / "run" / "history.csv").read_text().splitlines()[0]
    assert "val_bits_per_character" in header


def test_a_run_goes_on(run):
    folder, _ = run
    words = ["--dataset", folder / "nonsense.txt", "--resume", "--epochs", 3]
    output = call("train", "gpt", *words, "--run-dir", folder / "run", *small())
    assert "epochs 3 to 3" in output


def test_generate_goes_on_from_prompts(run, tmp_path):
    folder, _ = run
    words = ["--prompt", "the ", "--prompt", "on", "--num-samples", 3]
    output = call("generate", folder / "run", *words, "--length", 30)
    texts = output.removesuffix("\n").split(f"\n{40 * '-'}\n")
    model = kerasgen.load(folder / "run")
    assert texts == model.generate(3, 0, prompts=["the ", "on"], length=30)
    out = tmp_path / "texts.txt"
    call("generate", folder / "run", *words, "--length", 30, "--out", out)
    assert out.read_text() == output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "gpt", "--dataset", "mnist"], "tiny_shakespeare"),
        (["train", "gpt", "--image-size", "8"], "trained on texts"),
        (["train", "gpt", "--set", "documnts=1"], "Did you mean 'documents'"),
        (["train", "vae", "--set", "documents=1"], "must name one of"),
    ],
)
def test_what_does_not_fit_is_refused(words, said):
    assert said in call(*words, fails=True)


def test_what_is_of_texts_alone_is_refused(tmp_path):
    model = kerasgen.VAE((8, 8, 1), 2, network="mlp")
    model.save(tmp_path / "model.keras")
    words = ["generate", tmp_path / "model.keras", "--prompt", "a"]
    assert "--prompts` must be left out" in call(*words, fails=True)


def test_evaluate_writes_a_report(run):
    folder, _ = run
    words = ["--num-samples", 20, "--seeds", 2, "--split", "validation+test"]
    output = call("evaluate", folder / "run", *words)
    report = json.loads((folder / "run" / "report.json").read_text())
    assert set(report["measures"]) == {
        "bits_per_character", "distinct_4_grams", "copied_8_grams",
    }  # fmt: skip
    assert len(report["measures"]["copied_8_grams"]["values"]) == 2
    # The text says the same again and again.
    assert report["measures"]["copied_8_grams"]["floor"] == 1.0
    assert "bits per character" in output
    page = (folder / "run" / "report.html").read_text()
    assert "<h2>Samples</h2><pre>" in page
    words = ["--metrics", "coverage"]
    output = call("evaluate", folder / "run", *words, fails=True)
    assert "must be left out" in output
