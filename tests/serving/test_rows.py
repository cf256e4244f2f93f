"""A fault in one row stays in that row: a server batches rows of many."""

import numpy as np
import pytest
import tensorflow as tf

import kerasgen

NAMES = ["plane", "ship", "grün"]


def of_classes(kind):
    model = getattr(kerasgen, kind)(
        (8, 8, 1), 3, latent_dim=2, network="mlp", seed=0
    )
    # Classes must matter more than rounding.
    for weight in model.trainable_weights:
        weight.assign(3 * weight)
    return model


def rows_for(model, number=4):
    seeds = np.stack([np.full(number, 5), np.arange(number)], 1)
    rng = np.random.default_rng(0)
    return {
        "seeds": seeds.astype("int32"),
        "labels": np.arange(number, dtype="int32") % 3,
        "latents": rng.normal(size=(number, *model.latent_shape)).astype("f"),
        "images": rng.random((number, *model.data_shape)).astype("f"),
    }


@pytest.fixture(scope="module", params=["ConditionalGAN", "ConditionalVAE"])
def model(request):
    return of_classes(request.param)


@pytest.fixture(scope="module")
def served(model, tmp_path_factory):
    folder = model.export(tmp_path_factory.mktemp("it"))
    return tf.saved_model.load(str(folder))


def ask(served, signature, rows):
    function = served.signatures[signature]
    names = function.structured_input_signature[1]
    found = function(**{name: tf.constant(rows[name]) for name in names})
    return {name: array.numpy() for name, array in found.items()}


@pytest.mark.parametrize("wrong", [3, -1, 2**31 - 1, -(2**31)])
def test_a_wrong_label_spoils_its_own_row_only(model, served, wrong):
    rows = rows_for(model)
    bad = rows["labels"].copy()
    bad[1] = wrong
    asked = set(served.signatures) - {"classes"}
    assert len(asked) >= 3
    for signature in asked:
        expected = ask(served, signature, rows)
        found = ask(served, signature, rows | {"labels": bad})
        for name, array in found.items():
            others = [0, 2, 3]
            np.testing.assert_array_equal(array[others], expected[name][others])
            if array.dtype == object:
                assert array[1] == b""
                assert expected[name][1].startswith(b"\x89PNG")
            else:
                assert np.isnan(array[1]).all()
                assert np.isfinite(expected[name]).all()


# In JSON of TensorFlow Serving there are NaN and Infinity, and no ranges.
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e30, -5])
def test_a_wrong_image_spoils_its_own_row_only(wrong):
    model = of_classes("ConditionalVAE")
    rows = rows_for(model)
    bad = rows["images"].copy()
    bad[1] = wrong
    for name, (function, specs) in model.signatures().items():
        columns = [spec.name for spec in specs]
        if "images" not in columns:
            continue
        expected = function(*[rows[column] for column in columns])
        rows_now = rows | {"images": bad}
        found = function(*[rows_now[column] for column in columns])
        for key in found:
            for i in (0, 2, 3):
                np.testing.assert_allclose(
                    found[key][i], expected[key][i], 1e-5, 1e-6, err_msg=name
                )


@pytest.mark.parametrize("wrong", [-1, -(2**31)])
def test_a_wrong_seed_spoils_its_own_row_only(model, served, wrong):
    rows = rows_for(model)
    bad = rows["seeds"].copy()
    bad[1] = wrong
    expected = ask(served, "generate", rows)["images"]
    found = ask(served, "generate", rows | {"seeds": bad})["images"]
    np.testing.assert_array_equal(found[[0, 2, 3]], expected[[0, 2, 3]])


def test_no_graph_has_an_assertion(served):
    for function in served.signatures.values():
        graph = function.graph.as_graph_def()
        nodes = list(graph.node)
        for inner in graph.library.function:
            nodes += inner.node_def
        assert not {node.op for node in nodes} & {"Assert", "CheckNumerics"}


@pytest.mark.parametrize("names", [None, NAMES])
def test_the_export_tells_its_classes(tmp_path, names):
    model = of_classes("ConditionalGAN")
    model.class_names = names
    served = tf.saved_model.load(str(model.export(tmp_path)))
    labels = np.int32([0, 2, 9])
    found = ask(served, "classes", {"labels": labels})["class_names_bytes"]
    expected = [name.encode() for name in names or [""] * 3]
    assert found.tolist() == [expected] * 3


def test_models_without_classes_have_no_such_signature():
    assert "classes" not in kerasgen.GAN((8, 8, 1)).signatures()
