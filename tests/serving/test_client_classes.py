"""Classes and labels of versions, of which the client knows before it asks."""

import base64
import json

import numpy as np
import pytest

from kerasgen.serving import Client
from tests.serving.scripted_server import IMAGES
from tests.serving.scripted_server import LABELS
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import SEEDS
from tests.serving.scripted_server import STATUS
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature
from tests.serving.scripted_server import tensor

PICTURE = PICTURES[0].tolist()


def coded(content):
    return {"b64": base64.b64encode(content).decode()}


@pytest.fixture
def of_classes(script):
    """A client of a model whose three classes have names."""
    names = {"class_names_bytes": tensor("DT_STRING", -1, 3)}
    script.replies.clear()
    found = metadata_of(
        generate=signature(SEEDS | LABELS, IMAGES),
        classes=signature(LABELS, names),
        reconstruct=signature(IMAGES | LABELS, IMAGES),
    )
    script.reply(f"{MODEL}/metadata", found)
    names = [coded(name.encode()) for name in ("plane", "ship", "grün")]
    script.reply(PREDICT, {"outputs": [names]})
    return Client(script.url, "digits")


def test_the_number_of_classes_needs_no_request(of_classes, script, client):
    assert of_classes.num_classes == 3
    assert not script.bodies()


def test_a_server_that_claims_many_classes(script):
    names = {"class_names_bytes": tensor("DT_STRING", -1, 10**12)}
    script.replies.clear()
    found = metadata_of(
        generate=signature(SEEDS | LABELS, IMAGES),
        classes=signature(LABELS, names),
    )
    script.reply(f"{MODEL}/metadata", found)
    script.reply(PREDICT, {"outputs": [PICTURE, PICTURE]})
    assert Client(script.url, "digits").generate(2).shape == (2, 2, 2, 1)
    assert json.loads(script.bodies()[0])["inputs"]["labels"] == [0, 1]


def test_models_without_classes(client):
    assert client.num_classes is None
    assert client.class_names is None


def test_the_names_are_asked_for_once(of_classes, script):
    assert of_classes.class_names == ["plane", "ship", "grün"]
    assert of_classes.class_names == ["plane", "ship", "grün"]
    assert len(script.bodies()) == 1


def test_classes_without_names(of_classes, script):
    script.replies[PREDICT].clear()
    script.reply(PREDICT, {"outputs": [[coded(b"")] * 3]})
    assert of_classes.class_names is None
    assert of_classes.class_names is None
    assert len(script.bodies()) == 1
    with pytest.raises(ValueError, match="no names.*'ship'"):
        of_classes.generate(labels="ship")


@pytest.mark.parametrize("labels", [3, -1, [0, 7], [[0], [1]], 0.5, "boat"])
def test_wrong_labels_are_not_sent(of_classes, script, labels):
    with pytest.raises(ValueError, match="`labels`"):
        of_classes.generate(2, labels=labels)
    with pytest.raises(ValueError, match="`labels`"):
        of_classes.reconstruct(np.repeat(PICTURES, 2, 0), labels)
    with pytest.raises(ValueError, match="`labels`"):
        of_classes.predict("generate", seeds=[[0, 0]] * 2, labels=labels)
    assert all("classes" in body.decode() for body in script.bodies())


@pytest.mark.parametrize(
    ("labels", "sent"),
    [
        ("ship", [1, 1, 1, 1]),
        (["grün", "plane", "ship", "ship"], [2, 0, 1, 1]),
        (np.array(["ship"] * 4), [1, 1, 1, 1]),
        (None, [0, 1, 2, 0]),
    ],
)
def test_labels_by_name_and_by_default(of_classes, script, labels, sent):
    of_classes.class_names  # noqa: B018 - read before images are answered.
    script.replies[PREDICT].clear()
    script.reply(PREDICT, {"outputs": [PICTURE] * 4})
    of_classes.generate(4, seed=0, labels=labels)
    body = json.loads(script.bodies()[-1])
    assert body["inputs"]["labels"] == sent


def test_rows_of_wrong_labels_are_told(of_classes, script):
    """As of a version with fewer classes, published since."""
    script.replies[PREDICT].clear()
    rows = np.repeat(PICTURES, 3, 0)
    rows[1:] = np.nan
    script.reply(PREDICT, {"outputs": rows.tolist()})
    words = "not finite in row 1, 2. .* labels that are no classes"
    with pytest.raises(RuntimeError, match=words):
        of_classes.generate(3, labels=[0, 2, 2])


# === Labels of versions ===

NO_LABEL = "Unrecognized servable version label: canary"


def test_a_label_that_there_is_not(script):
    """TensorFlow Serving says 400 of it, and 404 of versions."""
    path = f"{MODEL}/labels/canary"
    script.reply(f"{path}/metadata", {"error": NO_LABEL}, 400)
    script.reply(MODEL, STATUS)
    client = Client(script.url, "digits", label="canary")
    with pytest.raises(LookupError) as caught:
        client.generate()
    assert "no label 'canary' of model 'digits'" in str(caught.value)
    assert "2 (AVAILABLE), 1 (END)" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_label_that_is_taken_away(script):
    path = f"{MODEL}/labels/canary"
    script.reply(f"{path}/metadata", METADATA)
    script.reply(f"{path}:predict", {"error": NO_LABEL}, 400)
    script.reply(MODEL, STATUS)
    client = Client(script.url, "digits", label="canary")
    with pytest.raises(LookupError, match="no label 'canary'"):
        client.generate()


def test_other_refusals_are_none(script):
    path = f"{MODEL}/labels/canary"
    script.reply(f"{path}/metadata", METADATA)
    script.reply(f"{path}:predict", {"error": "Input is wrong"}, 400)
    client = Client(script.url, "digits", label="canary")
    with pytest.raises(ValueError, match="Input is wrong") as caught:
        client.generate()
    assert not isinstance(caught.value, LookupError)


def test_a_label_that_there_is_not_over_grpc(grpc_script):
    import grpc

    client = Client(grpc_script.url, "digits", label="canary")
    client.signatures()
    grpc_script.fail(grpc.StatusCode.INVALID_ARGUMENT, NO_LABEL)
    with pytest.raises(LookupError, match="no label 'canary'.*AVAILABLE"):
        client.generate()
