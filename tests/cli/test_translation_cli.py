"""Two domains on the command line: train, resume, translate, evaluate."""

import json
import shlex

import keras
import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen.cli.domains import Domains
from kerasgen.cli.settings import command_of
from kerasgen.cli.settings import gather
from kerasgen.cli.translate import _labels_in
from tests.cli.test_cli import call

SMALL = ["--set", "filters=2", "--set", "num_blocks=1"]


def domains(folder):
    """A folder of small photographs, and a file of grey ones with labels."""
    random = np.random.default_rng(0)
    photos = folder / "photos"
    photos.mkdir()
    for number in range(20):
        pixels = random.integers(0, 256, (20, 18, 3), "u1")
        Image.fromarray(pixels).save(photos / f"photo {number}.png")
    greys = random.integers(0, 256, (40, 16, 16), "u1")
    labels = np.arange(40) % 2
    np.savez(
        folder / "greys.npz",
        x_train=greys[:24],
        y_train=labels[:24],
        x_test=greys[24:],
        y_test=labels[24:],
    )
    return str(photos), str(folder / "greys.npz")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a finished run, its domains, and what was printed."""
    folder = tmp_path_factory.mktemp("translation")
    photos, greys = domains(folder)
    words = ["train", "cyclegan", "--source", photos, "--target", greys]
    words += [*SMALL, "--epochs", 2, "--batch-size", 8]
    words += ["--source-size", 16, "--run-dir", folder / "run"]
    output = call(*words)
    return folder / "run", photos, greys, output


def test_train(run):
    folder, photos, greys, output = run
    assert "Training cyclegan on photos_to_greys, epochs 1 to 2" in output
    model = kerasgen.load(folder)
    assert model.source_shape == (16, 16, 3)
    assert model.target_shape == (16, 16, 1)
    assert len(list((folder / "samples").glob("epoch_*.png"))) == 2
    # Both domains with their cycles, in colour, two rows of 16 for the two
    # photographs and sixteen greys of the test data.
    picture = np.asarray(Image.open(folder / "samples.png"))
    assert picture.ndim == 3
    settings = json.loads((folder / "config.json").read_text())["settings"]
    assert settings["source"] == photos
    assert settings["target"] == greys
    assert settings["source_size"] == 16
    assert settings["dataset"] == "photos_to_greys"
    assert (folder / "export" / "1").is_dir()


def test_resume(run, tmp_path):
    folder, photos, greys, _ = run
    words = ["train", "cyclegan", "--source", photos, "--target", greys]
    words += [*SMALL, "--batch-size", 8, "--source-size", 16]
    words += ["--run-dir", folder, "--resume"]
    assert "has trained its 2 epochs already" in call(*words, "--epochs", 2)
    other = call(*words, "--target-size", 20, fails=True)
    assert "target_size" in other


def test_translate(run, tmp_path):
    folder, photos, _, _ = run
    output = call("translate", folder, "--images", photos, "--out", tmp_path)
    assert "20 translations are in" in output
    model = keras.saving.load_model(folder / "model.keras")
    images, _ = kerasgen.data.load_arrays(photos, "all", image_size=16)
    expected = model.translate(images)
    files = sorted((tmp_path / "images").iterdir())
    assert files[1].name == "photo 1.png"
    found = np.asarray(Image.open(files[1])) / 255
    np.testing.assert_allclose(found, expected[1, ..., 0], atol=0.51 / 255)
    scores = json.loads((tmp_path / "scores.json").read_text())
    cycles = model.translate(expected, to="source")
    assert scores["absolute_error_of_cycles"] == pytest.approx(
        np.abs(cycles - images).mean(), rel=1e-4
    )
    assert "share_of_the_same_class" not in scores
    # Rows of eight: images, translations and cycles.
    picture = Image.open(tmp_path / "translations.png")
    assert picture.height / picture.width == pytest.approx(9 / 8, rel=0.02)


def test_translate_back(run, tmp_path):
    folder, *_ = run
    output = call("translate", folder, "--to", "source", "--out", tmp_path)
    assert "16 translations" in output  # The run's own test images.
    picture = Image.open(tmp_path / "images" / "00015.png")
    assert picture.size == (16, 16)
    assert picture.mode == "RGB"


def test_translate_a_part_of_the_run(run, tmp_path):
    """Of folders too, whose training images were seen already."""
    folder, photos, *_ = run
    assert "2 translations are in" in call(
        "translate", folder, "--out", tmp_path / "test"
    )
    words = ["--images", photos, "--split", "train"]
    assert "18 translations are in" in call(
        "translate", folder, *words, "--out", tmp_path / "train"
    )


OF_DIGITS = ["train", "cyclegan", "--source", "digits", "--target", "digits"]
OF_DIGITS += ["--source-size", 16, "--target-size", 16, *SMALL]
OF_DIGITS += ["--epochs", 1, "--batch-size", 512]


def test_evaluate_either_way(tmp_path, no_export):
    """Without partners, translations are shown with what they come from."""
    folder = tmp_path / "run"
    output = call(*OF_DIGITS, "--run-dir", folder)
    assert "with --keep-classes they keep them" in output
    features = keras.Sequential(
        [keras.Input((16, 16, 1)), keras.layers.AveragePooling2D(8)]
    )
    features.add(keras.layers.Flatten())
    features.save(tmp_path / "features.keras")
    words = ["--metrics", "frechet_distance", "--num-samples", 100]
    words += ["--features", tmp_path / "features.keras", "--seeds", 1]
    call(
        "evaluate", folder, *words, "--to", "source", "--out", tmp_path / "back"
    )
    report = json.loads((tmp_path / "back" / "report.json").read_text())
    assert report["measures"]["frechet_distance"]["floor"] > 0
    page = (tmp_path / "back" / "report.html").read_text()
    assert "to the source" in page
    assert "what becomes of this on the way back" in page
    vae = tmp_path / "vae"
    call("train", "vae", "--epochs", 1, "--run-dir", vae)
    refused = call("evaluate", vae, "--to", "source", fails=True)
    assert "`--to` must be left out" in refused


def test_classes_are_kept(tmp_path, monkeypatch, no_export):
    """A classifier of the source becomes part of the model."""
    classifier = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    asked = []

    def network(*arguments):
        asked.append(arguments)
        return classifier

    monkeypatch.setattr("kerasgen.cli.run_data.classifier_network", network)
    words = [*OF_DIGITS, "--keep-classes", "--run-dir", tmp_path / "run"]
    output = call(*words)
    assert "they keep them" not in output
    assert asked == [("digits", (16, 16))]
    model = kerasgen.load(tmp_path / "run")
    weights = model.source_classifier.get_weights()
    for one, other in zip(weights, classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    history = (tmp_path / "run" / "history.csv").read_text()
    assert "semantic_loss" in history.splitlines()[0]
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    again = command_of(settings["settings"], tmp_path / "run")
    assert "--keep-classes" in again
    assert "has trained its 1 epochs" in call(*words, "--resume")
    photos, _ = domains(tmp_path)
    words[2:4] = ["--source", photos]
    words[words.index("--run-dir") + 1] = tmp_path / "other"
    refused = call(*words, fails=True)
    assert "`--keep-classes` must be left out where the domains" in refused
    words = ["train", "cyclegan", "--source", photos, "--target", photos]
    words += ["--source-size", 16, "--target-size", 16, "--keep-classes"]
    refused = call(*words, "--run-dir", tmp_path / "other", fails=True)
    assert "must go with a source that has classes" in refused


def test_partners_are_told_of(tmp_path, no_export):
    """Folders of partners, for a model that needs none."""
    photos, _ = domains(tmp_path)
    words = ["train", "flow_translation", "--source", photos, "--target"]
    words += [photos, "--source-size", 16, "--target-size", 16, "--paired"]
    words += ["--set", "filters=[8]", "--set", "num_steps=1", "--epochs", 1]
    run = tmp_path / "run"
    call(*words, "--run-dir", run)
    assert kerasgen.load(run).coupling == "given"
    settings = json.loads((run / "config.json").read_text())["settings"]
    assert settings["paired"] is True
    assert "--paired" in shlex.split(command_of(settings, run))
    output = call("evaluate", run, "--metrics", "absolute_error")
    report = json.loads((run / "report.json").read_text())
    # Each photograph is its own partner.
    assert report["measures"]["absolute_error_of_source"]["mean"] == 0
    assert report["measures"]["absolute_error"]["mean"] > 0
    assert "absolute error of source" in output
    call("evaluate", run, "--metrics", "absolute_error", "--to", "source",
         "--out", tmp_path / "back")  # fmt: skip
    report = json.loads((tmp_path / "back" / "report.json").read_text())
    assert "translated to the source" in report["protocol"]


def test_classes_are_counted(run, tmp_path, monkeypatch):
    folder, _, greys, _ = run
    model = kerasgen.load(folder)
    images, labels = kerasgen.data.load_arrays(greys, "test")

    class Classifier:
        """Says 1 of every image but the first."""

        def predict(self, images, **options):
            assert images.shape[1:] == model.target_shape
            return np.eye(2)[np.arange(len(images)).clip(0, 1)]

    monkeypatch.setattr(
        "kerasgen.metrics.classifier_network", lambda *_: Classifier()
    )
    colored = tmp_path / "colored.npz"
    np.savez(colored, x_test=np.repeat(images, 3, -1), y_test=labels,
             x_train=np.repeat(images, 3, -1), y_train=labels)  # fmt: skip
    call("translate", folder, "--images", colored, "--out", tmp_path / "out")
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    expected = np.mean(labels == np.arange(16).clip(0, 1))
    assert scores["share_of_the_same_class"] == pytest.approx(expected)


def test_other_commands_say_what_they_need(run, tmp_path):
    folder, *_ = run
    assert "`kerasgen translate` translates" in call(
        "generate", folder, fails=True
    )
    for command in ("reconstruct", "inpaint"):
        assert "nothing by itself" in call(command, folder, fails=True)
    vae = tmp_path / "vae.keras"
    kerasgen.VAE((8, 8, 1), 2, network="mlp").save(vae)
    assert "translates to the target" in call("translate", vae, fails=True)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["cyclegan"], "`--source` and `--target` must be given"),
        (["cyclegan", "--source", "digits"], "--target=None"),
        (["cyclegan", "--dataset", "digits"], "must be left out for cyclegan"),
        (["vae", "--paired"], "`--paired` must be left out for vae"),
        (
            ["cut", "--source", "digits", "--target", "a", "--keep-classes"],
            "`--keep-classes` must be left out for cut",
        ),
        (
            ["cyclegan", "--target", "a", "--degrade", "grey"]
            + ["--keep-classes"],
            "`--keep-classes` must go with `--source` and `--target`",
        ),
        (["vae", "--source", "digits"], "`--source` must be left out for vae"),
        (
            ["cut", "--source", "digits", "--target", "nowhere.npz"],
            "which is no file",
        ),
    ],
)
def test_refusals(words, error):
    assert error in call("train", *words, fails=True)


def test_the_command_that_goes_on(tmp_path):
    photos, greys = domains(tmp_path)
    both = Domains(photos, greys, [16, 20])
    settings = gather("cut", None, None, 9, 4, 1, ["num_patches=7"], both)
    assert settings.domains == both
    words = shlex.split(command_of(settings.flat(), "runs/it"))
    assert words[:3] == ["kerasgen", "train", "cut"]
    given = dict(zip(words[3:-1:2], words[4:-1:2], strict=True))
    assert given == {
        "--source": photos,
        "--target": greys,
        "--source-size": "16x20",
        "--batch-size": "4",
        "--seed": "1",
        "--set": "num_patches=7",
        "--run-dir": "runs/it",
    }


@pytest.fixture
def worse(tmp_path, no_export):
    """The words that a run on downscaled digits was started by, its folder."""
    words = ["train", "pix2pix", "--target", "digits", "--target-size", 16]
    words += ["--degrade", "downscale", "--degrade-amount", 4]
    words += ["--epochs", 1, "--set", "filters=2", "--batch-size", 512]
    folder = tmp_path / "run"
    output = call(*words, "--run-dir", folder)
    assert "Training pix2pix on digits_downscale" in output
    return words, folder


def test_images_that_are_made_worse(worse):
    words, folder = worse
    settings = json.loads((folder / "config.json").read_text())["settings"]
    assert settings["degrade_amount"] == 4
    settings["epochs"] = 2
    given = shlex.split(command_of(settings, "runs/it"))
    assert given[3:9] == [
        *("--target", "digits"),
        *("--degrade", "downscale", "--degrade-amount", "4.0"),
    ]
    assert "has trained its 1 epochs" in call(
        *words, "--run-dir", folder, "--resume"
    )
    refused = call("train", "cut", "--degrade", "mask", fails=True)
    assert "`--target` must be given with `--degrade`" in refused


class AlwaysZero:
    """A classifier that says one class of all."""

    def predict(self, images, **options):
        return np.eye(10)[np.zeros(len(images), int)]


def test_what_was_made_of_worse_images(worse, tmp_path, monkeypatch):
    """They are measured, and translated, against what they were."""
    _, folder = worse
    features = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.AveragePooling2D(4),
            keras.layers.Flatten(),
        ]
    )
    features.save(tmp_path / "features.keras")
    ratio = "peak_signal_to_noise_ratio"
    metrics = f"{ratio},absolute_error,frechet_distance"
    words = ["--metrics", metrics, "--num-samples", 300]
    words += ["--seeds", 1, "--features", tmp_path / "features.keras"]
    output = call("evaluate", folder, *words)
    assert "peak signal to noise ratio of source" in output
    report = json.loads((folder / "report.json").read_text())
    assert report["num_test"] == 360
    assert report["dataset"] == "digits"
    assert "held against its partner" in report["protocol"]
    # Each once, against the partners of the others.
    assert "180 generated images" in report["protocol"]
    assert "against 180 test images" in report["protocol"]
    assert set(report["measures"]) == {
        *(ratio, f"{ratio}_of_source", "frechet_distance"),
        *("absolute_error", "absolute_error_of_source"),
    }
    assert report["measures"]["frechet_distance"]["floor"] > 0
    # The measures are of images that were made worse as those in training.
    pairs = kerasgen.data.load_pairs(
        target="digits",
        target_size=16,
        degrade="downscale",
        degrade_amount=4,
        split="test",
        batch_size=360,
        shuffle=False,
        seed=0,
    )
    ((source, target),) = pairs.as_numpy_iterator()
    error = report["measures"]["absolute_error_of_source"]["mean"]
    assert error == pytest.approx(np.abs(source - target).mean(), rel=1e-4)
    monkeypatch.setattr(
        "kerasgen.metrics.classifier_network", lambda *_: AlwaysZero()
    )
    output = call("translate", folder, "--out", tmp_path / "out")
    assert "64 translations are in" in output
    # Its labels are those of the digits before they were made worse.
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    labels = kerasgen.data.load_arrays("digits", "test")[1][:64]
    assert scores["share_of_the_same_class"] == np.mean(labels == 0)
    assert scores["images"] == "digits_downscale"
    found = np.asarray(Image.open(tmp_path / "out" / "images" / "00063.png"))
    expected = kerasgen.load(folder).translate(source[63:64])[0, ..., 0]
    np.testing.assert_allclose(found / 255, expected, atol=0.51 / 255)


def test_pairs_of_a_file(tmp_path, no_export):
    """Pix2Pix is validated, as its errors are of images that are known."""
    random = np.random.default_rng(0)
    images = random.random((24, 16, 16, 1), "float32")
    np.savez(
        tmp_path / "pairs.npz",
        source_train=images[:16],
        target_train=1 - images[:16],
        source_test=images[16:],
        target_test=1 - images[16:],
    )
    words = ["train", "pix2pix", "--source", tmp_path / "pairs.npz"]
    words += ["--epochs", 1, "--set", "filters=2", "--batch-size", 8]
    call(*words, "--run-dir", tmp_path / "run")
    history = (tmp_path / "run" / "history.csv").read_text()
    assert "val_l1_loss" in history.splitlines()[0]
    output = call("translate", tmp_path / "run", "--out", tmp_path / "out")
    assert "8 translations are in" in output
    refused = call(
        *("evaluate", tmp_path / "run", "--metrics", "frechet_distance"),
        fails=True,
    )
    assert "no data set that translations" in refused
    output = call("evaluate", tmp_path / "run")
    assert "structural similarity of source" in output
    assert "frechet" not in output
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["num_test"] == 8
    assert "Translations" in (tmp_path / "run" / "report.html").read_text()


def test_models_without_pairs_on_pairs(tmp_path, no_export):
    """What was made worse has partners, whatever the model makes of it."""
    words = ["train", "cut", "--target", "digits", "--target-size", 16]
    words += ["--degrade", "noise", *SMALL, "--epochs", 1, "--batch-size", 512]
    call(*words, "--run-dir", tmp_path / "run")
    measure = "structural_similarity"
    output = call("evaluate", tmp_path / "run", "--metrics", measure)
    assert "structural similarity of source" in output
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert set(report["measures"]) == {measure, f"{measure}_of_source"}


def test_a_part_that_one_domain_does_not_have(run, tmp_path, no_export):
    folder, photos, greys, _ = run
    with np.load(greys) as arrays:
        np.savez(tmp_path / "few.npz", x_train=arrays["x_train"])
    words = ["train", "cyclegan", "--source", photos, "--source-size", 16]
    words += ["--target", tmp_path / "few.npz", *SMALL, "--epochs", 1]
    call(*words, "--run-dir", tmp_path / "run")
    for command in ("evaluate", "translate"):
        words = [command, tmp_path / "run"]
        words += ["--to", "source"] if command == "translate" else []
        refused = call(*words, fails=True)
        assert "`--split` must be one of train" in refused
    # 18 of 20 photographs, said before features are learned.
    words = ["--split", "train", "--num-samples", 40]
    refused = call("evaluate", tmp_path / "run", *words, fails=True)
    assert "one image in ten is held out" in refused
    refused = call(
        "evaluate", folder, "--metrics", "absolute_error", fails=True
    )
    assert "none of pairs" in refused


def test_files_of_one_name(run, tmp_path):
    folder, *_ = run
    image = Image.new("RGB", (16, 16))
    for name in ("a.png", "a.jpg", "b.png"):
        image.save(tmp_path / name)
    out = tmp_path / "out"
    call("translate", folder, "--images", tmp_path, "--out", out)
    assert sorted(path.name for path in (out / "images").iterdir()) == [
        *("a.jpg.png", "a.png.png", "b.png")
    ]


def test_classes_of_other_names_are_not_counted(run, tmp_path):
    folder, _, greys, _ = run
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.new("RGB", (16, 16)).save(tmp_path / "pets" / name / "0.png")
    digits = str(tmp_path / "pets")
    labels = np.array([0, 1])
    assert _labels_in("digits", digits, labels) is None
    for name, number in (("cat", "7"), ("dog", "9")):
        (tmp_path / "pets" / name).rename(tmp_path / "pets" / number)
    assert _labels_in("digits", digits, labels).tolist() == [7, 9]
    assert _labels_in(greys, greys, labels).tolist() == [0, 1]
    assert _labels_in("digits", greys, labels) is None
