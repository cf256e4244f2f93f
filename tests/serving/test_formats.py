"""Exports in formats of other runtimes: they answer as Keras does."""

import base64
import io
import json

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from kerasgen.cli.main import app
from kerasgen.data import CharacterTokenizer
from kerasgen.models import GPT
from kerasgen.serving import check_file
from kerasgen.serving import read_description
from kerasgen.serving import replay
from kerasgen.serving.formats import formats
from kerasgen.serving.formats import rules
from kerasgen.serving.formats.formats import FORMATS
from kerasgen.utils import random
from kerasgen.utils.seeds import seed_rows
from tests.models.small_models import small_model

INSTALLED = [
    name for name, each in FORMATS.items() if not each.missing_packages()
]
LATENTS = ["conditional_vae", "acgan", "flow_matching", "diffusion"]
_SEQUENCE = {"width": 8, "num_blocks": 1, "attention_heads": 2}


@pytest.fixture(scope="module")
def models():
    """Small models by name, with weights that are not those of the start."""
    made = {}

    def model(name):
        if name not in made:
            made[name] = _shaken(_new(name))
        return made[name]

    return model


def _new(name):
    if name == "gpt":
        return GPT(
            5, CharacterTokenizer("abc"), seed=0, network_options=_SEQUENCE
        )
    return small_model(name)


def _shaken(model):
    """The model with other weights: some begin as zeros, and hide faults."""
    generator = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign_add(0.1 * generator.normal(size=weight.shape))
    return model


def written(model, folder, format, **options):
    path = folder / f"model{FORMATS[format].suffix}"
    assert model.export(path, format=format, **options) == path
    return path


def answer(path, signature, **inputs):
    """What the file's own runtime makes of inputs."""
    file = formats.by_path(path).model_file()(path)
    return file.run(signature, inputs)


def faults(path):
    return [fault for found in check_file(path) for fault in found.faults]


# === What files answer ===


@pytest.mark.parametrize("format", INSTALLED)
@pytest.mark.parametrize("name", LATENTS)
def test_latents_are_decoded(name, format, models, tmp_path):
    model = models(name)
    path = written(model, tmp_path, format, signature="serving_default")
    generator = np.random.default_rng(1)
    for number in (1, 3):  # Of another size than the examples.
        latents = generator.normal(size=(number, *model.latent_shape))
        inputs = {"latents": latents.astype("float32")}
        if model.num_classes is not None:
            inputs["labels"] = np.arange(number, dtype="int32")
        found = answer(path, "serving_default", **inputs)
        assert list(found) == ["images"]
        np.testing.assert_allclose(
            found["images"], model.decode(**inputs), rtol=0, atol=1e-5
        )
    about = read_description(path)
    assert about["model"] == type(model).__name__
    assert 0 <= about["signatures"]["serving_default"]["deviation"] < 1e-5


@pytest.mark.parametrize("format", INSTALLED)
def test_labels_that_are_no_classes_spoil_their_own_row(
    format, models, tmp_path
):
    model = models("acgan")
    path = written(model, tmp_path, format, signature="decode")
    latents = np.zeros((3, *model.latent_shape), "float32")
    labels = np.array([0, 7, 2], "int32")
    found = answer(path, "decode", latents=latents, labels=labels)["images"]
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2]]).all()


@pytest.mark.parametrize("format", INSTALLED)
def test_pixels_are_drawn_from_uniforms(format, models, tmp_path):
    model = models("pixelcnn")
    path = written(model, tmp_path, format, signature="generate")
    uniforms = random.uniform_from_seed_rows(
        tf.constant(seed_rows(7, 3)), (8, 8)
    )
    found = answer(path, "generate", uniforms=uniforms.numpy())
    np.testing.assert_array_equal(found["images"], model.generate(3, seed=7))


@pytest.mark.parametrize("format", INSTALLED)
def test_texts_are_drawn_as_tokens(format, models, tmp_path):
    model = models("gpt")
    path = written(model, tmp_path, format, signature="generate")
    uniforms = random.uniform_from_seed_rows(tf.constant(seed_rows(7, 4)), (5,))
    prompts = ["a", "", "cb", "abcab"]
    tokens = np.zeros((4, 5), "int32")
    lengths = np.array([len(prompt) for prompt in prompts], "int32")
    for row, prompt in zip(tokens, model.tokenizer.encode(prompts)):
        row[: len(prompt)] = prompt
    found = answer(
        path,
        "generate",
        uniforms=uniforms.numpy(),
        prompts=tokens,
        prompt_lengths=lengths,
    )
    texts = model.tokenizer.decode(found["tokens"])
    assert texts == model.generate(seed=7, prompts=prompts)
    assert len(set(texts)) == 4


def test_all_signatures_of_texts_are_of_tokens(models, tmp_path):
    model = models("gpt")
    path = written(model, tmp_path, "litert")
    tokens = np.zeros((2, 5), "int32")
    texts = ["ab", "cccca"]
    for row, text in zip(tokens, model.tokenizer.encode(texts)):
        row[: len(text)] = text
    found = answer(path, "log_likelihood", tokens=tokens)
    np.testing.assert_allclose(
        found["log_likelihood"], model.log_likelihood(texts), rtol=1e-5
    )
    np.testing.assert_allclose(
        answer(path, "encode", tokens=tokens)["latents"],
        model.encode(texts),
        rtol=0,
        atol=1e-5,
    )
    shares = answer(path, "next_token", tokens=tokens[:1])["probabilities"]
    np.testing.assert_allclose(shares.sum(), 1, rtol=1e-5)


@pytest.mark.parametrize("format", INSTALLED)
def test_outputs_may_be_called_as_inputs_are(format, models, tmp_path):
    model = models("conditional_vae")
    options = {} if format == "litert" else {"signature": "reconstruct"}
    path = written(model, tmp_path, format, **options)
    images = np.random.default_rng(2).random((4, 8, 8, 1), "float32")
    labels = np.array([0, 1, 2, 0], "int32")
    found = answer(path, "reconstruct", images=images, labels=labels)
    assert list(found) == ["images"]
    expected = model.reconstruct(images, labels=labels)
    np.testing.assert_allclose(found["images"], expected, rtol=0, atol=1e-5)
    assert not faults(path)
    if format == "litert":
        signatures = set(read_description(path)["signatures"])
        endpoints = {"decode", "encode", "reconstruct"}
        assert signatures == {"serving_default", *endpoints}


def test_eight_bits_are_smaller_and_say_how_far_they_are(models, tmp_path):
    model = models("conditional_vae")
    whole = written(model, tmp_path, "litert").stat().st_size
    path = written(model, tmp_path, "litert", quantize=True)
    assert path.stat().st_size < 0.4 * whole
    stated = read_description(path)["signatures"]["decode"]["deviation"]
    assert 1e-5 < stated < 0.1
    latents = np.random.default_rng(3).normal(size=(3, 16)).astype("float32")
    labels = np.arange(3, dtype="int32")
    found = answer(path, "decode", latents=latents, labels=labels)["images"]
    off = np.abs(found - model.decode(latents, labels=labels)).max()
    assert 1e-5 < off < 5 * stated
    assert not faults(path)


# === What is refused ===


@pytest.mark.parametrize(
    "name, options, words",
    [
        ("x.onnx", {"format": "onxx"}, "Did you mean 'onnx'"),
        ("x.bin", {"format": "litert"}, "ends in '.tflite'"),
        ("x.onnx", {"format": "onnx", "quantize": True}, "`quantize` must"),
        ("x.tflite", {"format": "litert", "keep": 2}, "`keep` must"),
        ("x.tflite", {"format": "litert", "signature": "?"}, "`signature`"),
        ("x", {"quantize": True}, "`quantize` must be left out"),
    ],
)
def test_bad_arguments_are_refused(name, options, words, models, tmp_path):
    with pytest.raises(ValueError, match=words):
        models("acgan").export(tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "signature, words",
    [("generate", "draws random numbers"), ("classes", "strings")],
)
def test_what_only_tensorflow_can_do_is_refused(
    signature, words, models, tmp_path
):
    path = tmp_path / "x.tflite"
    with pytest.raises(NotImplementedError, match=words):
        models("acgan").export(path, format="litert", signature=signature)


def test_missing_packages_are_named(models, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "kerasgen.serving.formats.formats.importlib.util.find_spec",
        lambda name: None,
    )
    with pytest.raises(ImportError, match=r"kerasgen-zoo\[runtimes\]"):
        models("acgan").export(tmp_path / "x.onnx", format="onnx")


@pytest.mark.parametrize("format", INSTALLED)
def test_files_that_are_off_do_not_appear(
    format, models, tmp_path, monkeypatch
):
    monkeypatch.setattr(rules, "TOLERANCE", -1.0)
    path = tmp_path / f"x{FORMATS[format].suffix}"
    with pytest.raises(RuntimeError, match="off, more than"):
        models("acgan").export(path, format=format, signature="decode")
    assert not list(tmp_path.iterdir())


# === Checks of files ===


@pytest.mark.parametrize("format", INSTALLED)
def test_answers_that_keras_did_not_give_are_seen(format, models, tmp_path):
    path = written(models("acgan"), tmp_path, format, signature="decode")
    file = formats.by_path(path).model_file()(path)
    packed = base64.b64decode(file.properties()[rules.ANSWERS])
    recorded = replay.unpacked(io.BytesIO(packed), path)
    recorded["decode"][1]["images"][0, 0, 0] += 0.001
    about = json.loads(file.properties()[rules.DESCRIPTION])
    about["signatures"]["decode"]["outputs"]["images"]["bounds"] = [0, 0.1]
    changed = {
        rules.ANSWERS: base64.b64encode(replay.packed(recorded)).decode(),
        rules.DESCRIPTION: json.dumps(about),
    }
    file.annotate(changed)
    found = " ".join(faults(path))
    assert "'decode' is 0.001 off" in found
    assert "gives what its kind is not" in found


@pytest.mark.parametrize("format", INSTALLED)
def test_damaged_files_are_refused(format, models, tmp_path):
    path = tmp_path / f"x{FORMATS[format].suffix}"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="can be read"):
        check_file(path)


def test_files_of_others_are_run_only_with_operations_of_the_format(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    values = [
        onnx.helper.make_tensor_value_info(
            name, onnx.TensorProto.FLOAT, ["n", 2]
        )
        for name in ("rows", "twice")
    ]
    path = tmp_path / "x.onnx"
    for domain, operation, expected in (
        ("", "Abs", []),
        ("stranger", "Read", ["Read is none of ONNX"]),
    ):
        node = onnx.helper.make_node(
            operation, ["rows"], ["twice"], domain=domain
        )
        graph = onnx.helper.make_graph([node], "g", values[:1], values[1:])
        opsets = [onnx.helper.make_opsetid(domain, 18)]
        model = onnx.helper.make_model(
            graph, opset_imports=opsets, ir_version=8
        )
        path.write_bytes(model.SerializeToString())
        found = check_file(path)
        assert [f for each in found for f in each.faults] == expected
        assert any("not described" in each.skipped for each in found) or domain
        with pytest.raises(ValueError, match="kerasgen has not written"):
            read_description(path)


def test_files_that_name_other_files_are_not_run(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    rows, sums = (
        onnx.helper.make_tensor_value_info(
            name, onnx.TensorProto.FLOAT, ["n", 2]
        )
        for name in ("rows", "sums")
    )
    weights = onnx.helper.make_tensor(
        "weights", onnx.TensorProto.FLOAT, [2], bytes(8), raw=True
    )
    onnx.external_data_helper.set_external_data(weights, "../secret.bin")
    node = onnx.helper.make_node("Add", ["rows", "weights"], ["sums"])
    graph = onnx.helper.make_graph([node], "g", [rows], [sums], [weights])
    path = tmp_path / "x.onnx"
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    found = check_file(path)
    assert [f for each in found for f in each.faults] == [
        "data of another file is none of ONNX"
    ]
    assert any("not loaded" in each.skipped for each in found)


# === The command line ===


def test_export_and_check_by_command(models, tmp_path):
    models("acgan").save(tmp_path / "model.keras")
    path = tmp_path / "digits.tflite"

    def run(*words):
        return CliRunner().invoke(app, list(map(str, words)))

    command = "export", tmp_path / "model.keras", path, "--format", "litert"
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert "latents, labels -> images" in result.output
    result = run("check-export", path)
    assert result.exit_code == 0, result.output
    assert "ok    answers are those of Keras" in result.output
    for more in (("--keep", 2), ("--format", "onnx")):
        result = run(*command, *more)
        assert isinstance(result.exception, ValueError)
    result = run(*command[:3], "--quantize")
    assert isinstance(result.exception, ValueError)
