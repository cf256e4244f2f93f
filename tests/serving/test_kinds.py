"""What is asked and answered follows from kinds, which exports tell."""

import json
import pathlib

import numpy as np
import pytest

from kerasgen.data.endpoint_kinds import Files
from kerasgen.data.endpoint_kinds import Labels
from kerasgen.data.endpoint_kinds import Latents
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.data.kinds import Images
from kerasgen.data.kinds import Rows
from kerasgen.data.kinds import Tokens
from kerasgen.serving import Client
from kerasgen.serving import description
from kerasgen.serving import kinds
from kerasgen.serving import signature_specs
from kerasgen.serving import write_server_config
from kerasgen.serving.check import check_export
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.saved_model import SavedModel
from tests.serving import made_up
from tests.serving.playgrounds import served
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature
from tests.serving.scripted_server import tensor

SAVED_MODELS = pathlib.Path(__file__).parents[2] / "saved_models"
EARLIER_EXPORTS = pathlib.Path(__file__).parent / "earlier_exports"
ALL = [
    Files(),
    Images(2, 2, 1),
    Labels(3),
    Latents((4,)),
    Rows(5),
    Seeds(),
    Tokens(6, 50),
    Values((), "int32", (0, 1)),
]


def told(kind, **more):
    """A tensor whose kind a server tells."""
    found = tensor(_DTYPES[kind.dtype], -1, *kind.shape)
    found["tensor_shape"]["dim"][0]["name"] = kinds.axis_name(
        {**kind.describe(), **more}
    )
    return found


_DTYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "string": "DT_STRING"}


# === Kinds in names of axes ===


@pytest.mark.parametrize("kind", ALL)
def test_a_kind_goes_through_the_name_of_an_axis(kind):
    described = kind.describe()
    json.dumps(described, allow_nan=False)
    signatures = signature_specs.from_metadata(
        {"any": signature({"it": told(kind)}, {})}
    )
    assert signatures["any"]["inputs"]["it"] == {
        **described,
        "shape": (None, *kind.shape),
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        "batch",
        "kerasgen:",
        "kerasgen:[1]",
        "kerasgen:{}",
        'kerasgen:{"kind": 1}',
        'kerasgen:{"kind": "rows", "bounds": [1, 0]}',
        'kerasgen:{"kind": "rows", "bounds": [0, NaN]}',
        'kerasgen:{"kind": "rows", "bounds": [0, Infinity]}',
        'kerasgen:{"kind": "rows", "bounds": ["0", "1"]}',
        'kerasgen:{"kind": "labels", "num_classes": 0}',
        'kerasgen:{"kind": "labels", "num_classes": true}',
        "kerasgen:" + "[" * 900,
        'kerasgen:{"kind": "' + "a" * 1000 + '"}',
    ],
)
def test_axes_of_strangers_say_nothing(name):
    assert kinds.named(name) is None


def test_an_axis_changes_no_shape_and_no_type():
    name = 'kerasgen:{"kind": "rows", "shape": "x", "dtype": "y", "z": 1}'
    assert kinds.named(name) == {"kind": "rows", "bounds": None}


# === Exports that do not say them ===


def saved_signatures(name):
    saved = SavedModel(SAVED_MODELS / name / "1")
    assert "kerasgen:" not in str(saved.signature_defs())
    return signature_specs.from_metadata(saved.signature_defs())


def test_kinds_of_an_earlier_export():
    signatures = saved_signatures("vae_mnist")
    found = {
        (side, name): (field["kind"], field["bounds"])
        for both in signatures.values()
        for side, fields in both.items()
        for name, field in fields.items()
    }
    assert found == {
        ("inputs", "images"): ("images", [0, 1]),
        ("inputs", "latents"): ("latents", None),
        ("inputs", "seeds"): ("seeds", [0, 2**31 - 1]),
        ("outputs", "images"): ("images", [0, 1]),
        ("outputs", "latents"): ("latents", None),
        ("outputs", "log_likelihood"): ("values", None),
        ("outputs", "png_bytes"): ("files", None),
    }
    for name, result in {"generate": "images", "encode": "latents"}.items():
        assert kinds.result(signatures[name]["outputs"]) == result


def test_clusters_of_an_earlier_export():
    outputs = saved_signatures("dec_mnist")["assign"]["outputs"]
    assert outputs["clusters"]["bounds"] == [0, 9]
    assert outputs["probabilities"]["bounds"] == [0, 1]
    assert kinds.result(outputs) == "clusters"


def test_an_earlier_export_is_served():
    with served(EARLIER_EXPORTS / "conditional_gan_mnist") as client:
        found = client.generate(2, seed=0, labels=[3, 4])
        assert found.shape == (2, 28, 28, 1)
        latents = client.predict(
            "generate", seeds=[[0, 0], [0, 1]], labels=[3, 4]
        )["latents"]
        again = client.decode(latents, labels=[3, 4])
        np.testing.assert_allclose(again, found, atol=1e-5)
        # Its file says how many classes it has, its signatures do not.
        with pytest.raises(ValueError, match="from 0 to 9"):
            client.generate(1, seed=0, labels=10)


# === An export of tokens, and of two domains ===


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    return made_up.export(tmp_path_factory.mktemp("made_up") / "it")


@pytest.fixture(scope="module")
def asked(version):
    with served(version) as client:
        yield client


def test_tokens_are_drawn(asked):
    found = asked.generate(3, seed=5)
    assert found.dtype == np.int32
    assert found.tolist() == [[5, 6, 0], [6, 0, 1], [0, 1, 2]]
    again = asked.call("generate", num_samples=3, seed=5)
    np.testing.assert_array_equal(again, found)


def test_a_result_is_told_not_guessed(asked):
    found = asked.call("next", tokens=[[0, 1, 6]])
    assert found.tolist() == [[1, 2, 0]]
    outputs = asked.predict("next", tokens=[[0, 1, 5]])
    assert outputs["means"].tolist() == [2]


def test_one_domain_to_another(asked):
    source = np.linspace(0, 1, 32, dtype="f").reshape(2, 4, 4, 1)
    found = asked.call("to_target", source=source)
    np.testing.assert_array_equal(found, made_up.to_target(source))
    np.testing.assert_array_equal(asked.translate(source), found)
    target = np.random.default_rng(0).random((2, 8, 6, 3), "f4")
    np.testing.assert_allclose(
        asked.translate(target, to="source"),
        made_up.to_source(target),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.call("next", tokens=[[0, 1, 7]]), "from 0 to 6"),
        (lambda c: c.call("next", tokens=[[0, 1, -1]]), "from 0 to 6"),
        (lambda c: c.call("next", tokens=[[0, 1, 0.5]]), "must be int32"),
        (lambda c: c.call("next", tokens=[[0, 1]]), r"shape \(n, 3\)"),
        (lambda c: c.call("next", images=[[0, 1]]), "`tokens`. Received"),
        (lambda c: c.call("next", tokens=[[0, 1, 2]], seed=0), "seed=0"),
        (lambda c: c.call("next", tokens=[[0] * 3], labels=1), "labels=1"),
        (lambda c: c.call("generate", seed=0), "num_samples=None"),
        (lambda c: c.call("generate", num_samples=0), "num_samples=0"),
        (
            lambda c: c.call("to_target", source=np.full((1, 4, 4, 1), 2.0)),
            r"`source` must be in \[0, 1\]",
        ),
        (lambda c: c.call("to_nowhere", source=[[0]]), "no signature"),
    ],
)
def test_what_no_kind_takes_is_not_sent(asked, call, words):
    with pytest.raises(ValueError, match=words):
        call(asked)


def test_the_server_checks_kinds_too(version):
    model = ExportedModel(version, "it")
    body = {"signature_name": "next", "inputs": {"tokens": [[0, 1, 7]]}}
    with pytest.raises(ValueError, match="from 0 to 6"):
        model.predict(json.dumps(body).encode())


def test_its_file_has_the_kinds(version):
    found = description.read(version)["signatures"]
    field = found["next"]["inputs"]["tokens"]
    assert field == {
        "kind": "tokens",
        "shape": [None, 3],
        "dtype": "int32",
        "bounds": [0, 6],
        "vocabulary_size": 7,
        "description": "sequences of tokens, integers from 0 to 6",
    }
    assert found["next"]["description"] == "`tokens` to `means` and `tokens`."
    assert found["generate"]["description"] == (
        "Seed rows to sequences of tokens."
    )


def test_its_readme_has_requests_for_it(version, tmp_path):
    readme = write_server_config(tmp_path, version.parent).read_text()
    assert "tokens = client.generate(16, seed=0)" in readme
    assert '"signature_name": "next", "inputs": {"tokens": [[' in readme
    assert "- output `target`: float32 (n, 4, 4, 3), images in [0, 1]" in readme
    assert "jq" not in readme  # No answer is a file.


def test_answers_that_are_not_of_their_kind_are_a_fault(tmp_path):
    """Tokens of an export are held against the vocabulary that it tells."""
    with pytest.raises(RuntimeError, match="from 0 to 1"):
        made_up.export(tmp_path, vocabulary_size=2)
    assert not list(tmp_path.iterdir())


def test_other_signatures_of_the_same_export_mean_the_same(tmp_path):
    """A task adds signatures to those of a model, and tells no kinds."""
    folder = tmp_path / "it"
    table = made_up.endpoints()
    about = {"signatures": made_up.described(table, "generate")}
    del about["signatures"]["next"]
    folder = made_up.serving.export(
        made_up.signatures_of(table, "to_target"),
        made_up.examples_of(table),
        about,
        folder,
    )
    defs = SavedModel(folder).signature_defs()
    found = signature_specs.from_metadata(defs)["next"]
    assert found["inputs"]["tokens"]["vocabulary_size"] == 7
    assert found["outputs"]["means"]["kind"] == "values"
    assert not any(f.faults for f in check_export(folder))


# === Answers of servers ===


@pytest.fixture
def of_tokens(script):
    tokens, labels = Tokens(2, 5), Labels(3)
    script.replies.clear()
    inputs = {"seeds": told(Seeds()), "labels": told(labels)}
    found = metadata_of(
        generate=signature(inputs, {"tokens": told(tokens, is_result=True)}),
        log_likelihood=signature(
            {"tokens": told(tokens), "seeds": told(Seeds())},
            {"nats": told(Values(), is_result=True)},
        ),
    )
    script.reply(f"{MODEL}/metadata", found)
    return Client(script.url, "digits")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([[0, 5]], "from 0 to 4"),
        ([[-1, -1]], "from 0 to 4"),
        ([[0.5, 0]], "float"),
        ([[0]], r"\(1, 1\)"),
    ],
)
def test_tokens_that_are_none(of_tokens, script, answer, words):
    script.reply(PREDICT, {"outputs": answer})
    with pytest.raises(RuntimeError, match=words):
        of_tokens.generate(1, seed=0)


def test_classes_come_in_turn(of_tokens, script):
    script.reply(PREDICT, {"outputs": [[0, 1]] * 4})
    of_tokens.generate(4, seed=0)
    of_tokens.call("generate", seeds=[[0, i] for i in range(4)], labels=2)
    sent = [json.loads(body)["inputs"]["labels"] for body in script.bodies()]
    assert sent == [[0, 1, 2, 0], [2, 2, 2, 2]]
    assert of_tokens.num_classes == 3


def test_methods_take_data_of_any_kind(of_tokens, script):
    script.reply(PREDICT, {"outputs": [-1.5, -2.5]})
    found = of_tokens.log_likelihood([[0, 1], [2, 3]], seed=7)
    assert found.tolist() == [-1.5, -2.5]
    assert [json.loads(body)["inputs"] for body in script.bodies()] == [
        {"tokens": [[0, 1], [2, 3]], "seeds": [[7, 0], [7, 1]]}
    ]
