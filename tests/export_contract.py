"""What the export of every model promises: each signature is its method."""

import numpy as np
import tensorflow as tf

from kerasgen.serving import replay
from kerasgen.serving.saved_model import SavedModel
from tests.contract.base import Contract
from tests.contract.distinct import once_a
from tests.serving import runtimes

_WRONG = 1  # The row whose label is no class.


class ExportContract(Contract):
    """Part of `ModelContract`; its tests read one trained model."""

    def test_signatures_are_methods(self):
        """Before they are exported, which the test below does for some."""
        model = self.trained().model
        calls = self._calls(model)
        signatures = model.signatures()
        assert set(signatures) == set(calls)
        for name, inputs in _requests(calls).items():
            function, specs = signatures[name]
            found = tf.function(function)(
                *(tf.constant(inputs[spec.name]) for spec in specs)
            )
            _check(name, found, calls[name][1])

    @once_a("signature")
    def test_export(self, tmp_path):
        model = self.trained().model
        folder = model.export(tmp_path / "servable")
        assert folder == tmp_path / "servable" / "1"
        calls = self._calls(model)
        requests = _requests(calls)
        wrong = _with_a_wrong_label(requests, model.num_classes)
        answers = replay.answers(folder, [*requests.items(), *wrong.items()])
        found = dict(zip(requests, answers))
        _check_wrong_labels(found, dict(zip(wrong, answers[len(requests) :])))
        saved = SavedModel(folder)
        assert set(saved.signatures) == set(calls)
        for name, (_, outputs) in calls.items():
            # They would fail a whole batch for the fault of one row.
            assert not saved.operations(name) & {"Assert", "CheckNumerics"}
            _check(name, found[name], outputs)
        generate = tf.function(model.endpoints()["generate"].named)
        np.testing.assert_array_equal(
            found["generate"]["latents"],
            generate(*requests["generate"].values())["latents"],
        )
        np.testing.assert_array_equal(
            found["generate"]["images"], calls["generate"][1]["images"]
        )
        for runtime in runtimes.installed():
            np.testing.assert_allclose(
                runtime(folder, requests["serving_default"]),
                calls["serving_default"][1]["images"],
                rtol=0,
                atol=1e-5,
                err_msg=runtime.__name__,
            )

    def _calls(self, model):
        """For each signature: inputs, and what methods make of them."""
        latents = np.random.default_rng(0).normal(size=(5, *model.latent_shape))
        latents = latents.astype("float32")
        seeds = np.stack([np.full(5, 7), np.arange(5)], 1)
        labels, five = self.labels_for(model), self.labels_for(model, 5)
        generated = model.generate(5, seed=7, **five)
        calls = {
            "serving_default": (
                {"latents": latents, **five},
                {"images": model.decode(latents, **five)},
            ),
            "generate": ({"seeds": seeds, **five}, {"images": generated}),
        }
        if model.kind.file_format == "png":
            calls["generate_png"] = (
                {"seeds": seeds, **five},
                {"png_bytes": generated},
            )
        images = {"images": self.images, **labels}
        calls["decode"] = calls["serving_default"]
        if model.can("encode"):
            calls["encode"] = images, {"latents": model.encode(**images)}
        reconstruct = model.endpoints().get("reconstruct")
        if reconstruct is not None and reconstruct.is_served:
            again = model.reconstruct(**images)
            calls["reconstruct"] = images, {"images": again}
        likelihood = model.endpoints().get("log_likelihood")
        if likelihood is not None and likelihood.is_served:
            rows = np.stack(
                [np.full(len(self.images), 7), np.arange(len(self.images))], 1
            )
            found = model.log_likelihood(**images, num_samples=16, seed=7)
            calls["log_likelihood"] = (
                {"seeds": rows, **images},
                {"log_likelihood": found},
            )
        if model.can("assign"):
            calls["assign"] = images, {"clusters": model.predict(self.images)}
        if model.num_classes is not None:
            names = np.full((5, model.num_classes), b"")
            calls["classes"] = five, {"class_names_bytes": names}
        # Of some models labels are the prior's alone.
        signatures = model.signatures()
        return {
            name: (
                {spec.name: inputs[spec.name] for spec in signatures[name][1]},
                outputs,
            )
            for name, (inputs, outputs) in calls.items()
        }


def _requests(calls):
    """The inputs of each signature, in the types that are served."""
    return {
        name: {
            key: array if array.dtype.kind == "f" else array.astype("int32")
            for key, array in inputs.items()
        }
        for name, (inputs, _) in calls.items()
    }


def _check(name, found, expected):
    """An answer is what the methods make of the same."""
    for key, values in expected.items():
        got, tolerance = np.asarray(found[key]), 1e-6
        if key == "class_names_bytes":
            np.testing.assert_array_equal(got, values)
            continue
        if key == "png_bytes":  # 256 levels.
            files = [tf.io.decode_png(file) for file in got]
            got, tolerance = np.stack(files) / 255, 0.501 / 255
        np.testing.assert_allclose(got, values, 1e-6, tolerance, err_msg=name)


def _with_a_wrong_label(requests, num_classes):
    """The requests that have labels, with one that is no class."""
    wrong = {}
    for name, inputs in requests.items():
        if "labels" in inputs and name != "classes":
            labels = inputs["labels"].copy()
            labels[_WRONG] = num_classes
            wrong[name] = inputs | {"labels": labels}
    return wrong


def _check_wrong_labels(right, wrong):
    """A label that is no class spoils its own row only."""
    for name, outputs in wrong.items():
        assert set(outputs) == set(right[name])
        for key, rows in outputs.items():
            place = f"{name} {key}"
            spoiled, others = rows[_WRONG], np.delete(rows, _WRONG, 0)
            if rows.dtype.kind == "f":
                assert np.isnan(spoiled).all(), place
            else:
                assert spoiled == b"", place
            np.testing.assert_array_equal(
                others, np.delete(right[name][key], _WRONG, 0), place
            )
