"""The command line with models of texts."""

import json

import pytest

import kerasgen
from kerasgen.cli import run_data
from kerasgen.cli.settings import Settings
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
    assert "pays " in report["measures"]["bits_per_character"]["about"]
    page = folder / "comparison.html"
    output = call("compare", folder / "run", folder / "run", "--out", page)
    assert "bits per character" in output and page.exists()
    words = ["--metrics", "coverage"]
    output = call("evaluate", folder / "run", *words, fails=True)
    assert "must be left out" in output


def settings_of(dataset, **text):
    return Settings(
        model="gpt",
        dataset=str(dataset),
        image_size=None,
        arguments={},
        learning_rate=None,
        batch_size=4,
        epochs=1,
        seed=0,
        text=text,
    )


def test_a_run_goes_on_by_its_own_tokenizer(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("bcde " * 100)
    model = kerasgen.GPT(
        8,
        kerasgen.data.CharacterTokenizer("abcde "),
        network_options={"width": 8, "num_blocks": 1, "attention_heads": 2},
    )
    data, held_out = run_data.load(settings_of(path, length=16), model)
    assert data.tokenizer == held_out.tokenizer == model.tokenizer
    assert data.length == held_out.length == 8
    path.write_text("bcdez" * 100)
    with pytest.raises(ValueError, match="'z'"):
        run_data.load(settings_of(path), model)


@pytest.fixture
def by_class(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        text = "\n\n".join(f"{name} {n}" for n in range(3))
        (tmp_path / name / "x.txt").write_text(text)
    return tmp_path


def test_class_folders_come_with_labels(by_class, capsys):
    data, held_out = run_data.load(settings_of(by_class))
    tokens, labels = next(iter(data))
    assert tokens.shape[0] == labels.shape[0] == 4
    # One in twenty of three is none.
    assert held_out is None
    assert "too little text for validation" in capsys.readouterr().out
    windows, _ = run_data.load(settings_of(by_class, documents=False, length=6))
    assert next(iter(windows)).shape[1] == 6
    with pytest.raises(ValueError, match="which has none of 6"):
        kerasgen.data.load_text(by_class, "test", labels=True)
    (by_class / "README.txt").write_text("Texts of two classes.")
    with pytest.raises(ValueError, match="has both"):
        run_data.load(settings_of(by_class))


def test_hidden_files_and_a_single_folder_are_no_classes(by_class):
    (by_class / ".hidden").mkdir()
    (by_class / ".hidden" / "x.txt").write_text("no class")
    (by_class / "a" / "._x.txt").write_bytes(b"\xff")
    assert kerasgen.data.load_text(by_class, labels=True).class_names == [
        "a",
        "b",
    ]
    (by_class / "b" / "x.txt").unlink()
    data, _ = run_data.load(settings_of(by_class, length=4))
    assert next(iter(data)).shape[1] == 4
