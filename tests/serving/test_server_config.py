"""The README that is written with a server's configuration is true."""

import ast
import json
import re
import shlex
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format

import kerasgen
from kerasgen.serving import description
from kerasgen.serving import write_server_config
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.saved_model import SavedModel


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Folder of the configuration, and the newest version."""
    folder = tmp_path_factory.mktemp("serving")
    model = kerasgen.ConditionalVAE(
        (8, 8, 1), 4, latent_dim=3, network_options={"hidden_units": [8]}
    )
    model.export(folder / "exports" / "small")
    version = model.export(folder / "exports" / "small")
    readme = write_server_config(folder / "it", folder / "exports" / "small")
    assert readme == folder / "it" / "README.md"
    return folder / "it", version


def curl_payloads(folder):
    """(address, payload) of each curl line of the README that sends one."""
    text = (folder / "README.md").read_text().replace("\\\n", " ")
    for line in re.findall(r"^curl .*$", text, re.MULTILINE):
        words = shlex.split(line)
        if "-d" in words:
            data = words[words.index("-d") + 1]
            if data.startswith("@"):
                data = (folder / data[1:]).read_text()
            yield words[1], json.loads(data)


def test_curl_lines_fit_the_signatures(written):
    folder, version = written
    saved = SavedModel(version).signatures
    served = tf.saved_model.load(str(version)).signatures
    asked = set()
    for address, payload in curl_payloads(folder):
        # Without a label, the newest version would answer.
        models = "http://localhost:8501/v1/models"
        assert address == f"{models}/small/labels/stable:predict"
        name = payload.pop("signature_name")
        [(form, given)] = payload.items()
        if form == "instances":  # Rows, as TensorFlow Serving joins them.
            given = {key: [row[key] for row in given] for key in given[0]}
        else:
            assert form == "inputs"
            asked.add(name)
        fields = saved[name].inputs
        assert set(given) == set(fields)
        served[name](
            **{
                key: tf.constant(value, fields[key].dtype)
                for key, value in given.items()
            }
        )
        for key, value in given.items():
            array = np.array(value)
            kind = "f" if fields[key].dtype == "float32" else "i"
            assert array.dtype.kind == kind
            assert array.shape == (1, *fields[key].shape[1:])
    assert asked == set(saved)


def test_python_lines_name_the_client(written):
    folder, _ = written
    text = (folder / "README.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    call = ast.parse(code).body[1].value
    assert ast.unparse(call.func) == "kerasgen.serving.Client"
    words = [ast.literal_eval(word) for word in call.args]
    assert words == ["http://localhost:8501", "small"]
    [label] = call.keywords
    assert (label.arg, label.value.value) == ("label", "stable")
    assert "labels=0" in code


def test_text_files_are_protocol_buffers(written):
    """Read by TensorFlow Serving's own messages, where they are installed."""
    pytest.importorskip("tensorflow_serving")
    from tensorflow_serving.config.model_server_config_pb2 import (
        ModelServerConfig,
    )

    folder, _ = written
    text = (folder / "models.config").read_text()
    config = text_format.Parse(text, ModelServerConfig())
    [model] = config.model_config_list.config
    assert model.name == "small"
    assert model.base_path == "/models/small"
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}
    # With `specific`, labels and versions could not change in one edit.
    assert model.model_version_policy.WhichOneof("policy_choice") == "all"


def test_flags_and_folders_of_both_ways_to_start(written):
    folder, _ = written
    compose = (folder / "docker-compose.yml").read_text()
    readme = (folder / "README.md").read_text()
    for text in (compose, readme):
        flags = re.findall(r"--\w+=(\S+)", text)
        names = {flag.removeprefix("/config/") for flag in flags} - {
            "true",
            "10",
        }
        assert names == {
            "models.config",
            "batching.config",
            "monitoring.config",
        }
        assert all((folder / name).is_file() for name in names)
        [path] = re.findall(r"(\S+):/models/small:ro", text)
        path = path.strip('"').replace("$PWD/", "")
        assert path == "../exports/small"
        assert (folder / path / "2" / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    "name",
    [
        "my exports",
        'it\'s "so"',
        "$HOME and ${HOME}",
        "`date` $(date)",
        "a\\b !!",
        "- #a",
        "z\u00fcrich \U0001f600, {x} [y] & *z",
        "line\nbreak\ttab",
    ],
)
def test_paths_of_any_characters(written, tmp_path, name):
    """As a shell and Docker Compose take them from what was written."""
    _, version = written
    shutil.copytree(version, tmp_path / name / "small" / "1")
    write_server_config(tmp_path / "it", tmp_path / name / "small")
    expected = f"../{name}/small:/models/small:ro"
    readme = (tmp_path / "it" / "README.md").read_text()
    line = readme[readme.index("docker run") :].split("```")[0]
    # In place of Docker, a function that prints what it is given.
    script = "docker() { printf '%s\\0' \"$@\"; }\n" + line
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path / "it",
        capture_output=True,
        check=True,
    )
    words = done.stdout.decode().split("\0")
    volumes = [words[i + 1] for i, word in enumerate(words) if word == "-v"]
    here = tmp_path / "it"
    assert volumes == [f"{here}/{expected}", f"{here}:/config:ro"]
    yaml = pytest.importorskip("yaml")
    compose = yaml.safe_load((here / "docker-compose.yml").read_text())
    [service] = compose["services"].values()
    [models, config] = service["volumes"]
    # Compose puts variables in where a dollar sign is not doubled.
    assert not re.search(r"\$(?!\$)", models.replace("$$", ""))
    assert models.replace("$$", "$") == expected
    assert config == "./:/config:ro"


def test_paths_below_the_configuration(written, tmp_path):
    _, version = written
    shutil.copytree(version, tmp_path / "my $1" / "small" / "1")
    write_server_config(tmp_path, tmp_path / "my $1" / "small")
    compose = (tmp_path / "docker-compose.yml").read_text()
    assert '- "./my $$1/small:/models/small:ro"' in compose


@pytest.mark.parametrize("place", ["path", "folder"])
def test_colons_in_paths(written, tmp_path, place):
    """Docker takes them for the end of a path, in quotes or not."""
    _, version = written
    path, folder = tmp_path / "a:b" / "small", tmp_path / "it"
    if place == "folder":
        path, folder = tmp_path / "small", tmp_path / "a:b" / "it"
    shutil.copytree(version, path / "1")
    with pytest.raises(ValueError, match=f"`{place}` must be a path without"):
        write_server_config(folder, path)
    assert not folder.exists()


def test_stable_stays_until_it_is_moved(written, tmp_path):
    _, version = written
    shutil.copytree(version.parent, tmp_path / "it" / "models")
    for number, chosen, stable in ((3, None, 2), (4, 3, 3), (5, None, 3)):
        shutil.copytree(version, tmp_path / "it" / "models" / str(number))
        write_server_config(
            tmp_path / "it", tmp_path / "it" / "models", stable=chosen
        )
        text = (tmp_path / "it" / "models.config").read_text()
        assert f'"stable" value: {stable} ' in text
        assert f'"canary" value: {number} ' in text
        assert "model_version_policy { all {} }" in text
    compose = (tmp_path / "it" / "docker-compose.yml").read_text()
    assert '"./models:/models/models:ro"' in compose
    with pytest.raises(FileNotFoundError, match="stable=9"):
        write_server_config(tmp_path, version.parent, stable=9)


def test_labels_of_the_only_version(written, tmp_path):
    _, version = written
    shutil.copytree(version, tmp_path / "it" / "4")
    readme = write_server_config(tmp_path / "config", tmp_path / "it")
    text = readme.read_text()
    assert "`stable` and `canary`, the newest, are both version 4, " in text
    config = (tmp_path / "config" / "models.config").read_text()
    assert 'key: "stable" value: 4 ' in config
    assert 'key: "canary" value: 4 ' in config
    # What is set where the README says it is.
    compose = (tmp_path / "config" / "docker-compose.yml").read_text()
    for words in (text, compose):
        assert "TENSORFLOW_SERVING_TAG" in words


def test_the_labels_of_two_versions(written):
    folder, _ = written
    text = (folder / "README.md").read_text()
    words = "`stable` is version 1 and `canary`, the newest, version 2, "
    assert words in text


# === Descriptions ===


def described(folder, model):
    """The lines of the README on fields, a list of (field, words)."""
    model.export(folder / "it")
    text = write_server_config(folder / "config", folder / "it").read_text()
    found = re.findall(r"^- \w+ `(\w+)`: \w+ \([^)]*\), (.*)$", text, re.M)
    return set(found), text


def test_descriptions_of_images_with_classes(written):
    folder, _ = written
    text = (folder / "README.md").read_text()
    for words in (
        "- input `labels`: int32 (n), the class of each image, from 0 to 3\n",
        "- input `images`: float32 (n, 8, 8, 1), images in [0, 1]\n",
        "latents, as `encode` returns and `generate` draws them\n",
        "Images to latents.",
    ):
        assert words in text
    assert "rows of numbers" not in text


def test_descriptions_without_an_encoder_and_classes(tmp_path):
    model = kerasgen.GAN((8, 8, 1), 3, network_options={"hidden_units": [8]})
    found, text = described(tmp_path, model)
    assert ("latents", "latents, as `generate` draws them") in found
    assert ("images", "images in [0, 1]") in found
    assert "`encode`" not in text
    assert "class" not in text


def test_descriptions_of_data_rows(tmp_path):
    model = kerasgen.GAN((5,), 3, network_options={"hidden_units": [8]})
    found, text = described(tmp_path, model)
    scale = "in the scale that the model was trained on"
    assert ("images", f"data rows {scale}") in found
    assert "Latents to data rows; no randomness." in text
    words = {text for _, text in found}
    assert not re.search(r"\bimage", str(words).replace("image i of", ""))


@pytest.mark.parametrize("name", ["my digits", "a/b", "", "z\u00fcrich"])
def test_names_that_are_no_part_of_an_address(written, tmp_path, name):
    _, version = written
    shutil.copytree(version, tmp_path / "my digits" / "1")
    with pytest.raises(ValueError, match="name="):
        write_server_config(tmp_path / "it", tmp_path / "my digits", name)


def test_versions_of_others(written, tmp_path):
    _, version = written
    copy = shutil.copytree(version, tmp_path / "it" / "1")
    (copy / "assets.extra" / "kerasgen.json").unlink()
    with pytest.raises(ValueError, match="not written by kerasgen"):
        write_server_config(tmp_path / "config", tmp_path / "it")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "an object"),
        ("{", "JSON"),
        ("\udcff", "JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"num_classes": "x"}', "`num_classes` must be"),
        ('{"num_classes": true}', "`num_classes` must be"),
        ('{"num_classes": -1}', "`num_classes` must be"),
        ('{"class_names": "abc"}', "`class_names` must be"),
        ('{"class_names": [1]}', "`class_names` must be"),
        ('{"model": {}}', "`model` must be"),
        ('{"signatures": []}', "`signatures` must be"),
    ],
)
def test_descriptions_of_strangers(written, tmp_path, content, words):
    _, version = written
    copy = shutil.copytree(version, tmp_path / "it" / "1")
    file = copy / description.FILE
    file.write_text(content, errors="surrogateescape")
    for use in (
        lambda: description.read(copy),
        lambda: ExportedModel(copy, "it"),
        lambda: write_server_config(tmp_path / "config", tmp_path / "it"),
    ):
        with pytest.raises(ValueError, match=words) as error:
            use()
        assert str(file) in str(error.value)


def test_no_versions(tmp_path):
    with pytest.raises(FileNotFoundError, match="path="):
        write_server_config(tmp_path / "it", tmp_path)
    assert not (tmp_path / "it").exists()
