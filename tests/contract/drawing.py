"""What is drawn and encoded, and that it does not depend on how."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen.utils import random
from tests.contract.base import DATA_SHAPE
from tests.contract.base import Contract
from tests.contract.base import assert_finite


class DrawingContract(Contract):
    """Part of `ModelContract`; its tests read one trained model."""

    def test_generate(self):
        model = self.trained().model
        images = model.generate(4, seed=1)
        assert isinstance(images, np.ndarray)
        assert images.dtype == np.float32
        assert images.shape == (4, *DATA_SHAPE)
        assert_finite(images)
        assert images.min() >= 0
        assert images.max() <= 1
        np.testing.assert_array_equal(images, model.generate(4, seed=1))
        labels = None if model.num_classes is None else [0] * 4
        images = model.generate(4, seed=1, labels=labels)
        assert (
            np.abs(images - model.generate(4, seed=2, labels=labels)).max()
            > 1e-4
        )
        assert np.abs(images - images[:1])[1:].max(axis=(1, 2, 3)).min() > 1e-4

    def test_generate_by_class(self):
        model = self.trained().model
        if model.num_classes is None:
            return
        number = model.num_classes
        # A seed fixes all but the class.
        ones = model.generate(4, seed=1, labels=1)
        np.testing.assert_array_equal(
            ones, model.generate(4, seed=1, labels=[1] * 4)
        )
        zeros = model.generate(4, seed=1, labels=0)
        assert np.abs(ones - zeros).max(axis=(1, 2, 3)).min() > 1e-4
        # Without labels, one class after the other.
        np.testing.assert_array_equal(
            model.generate(number + 1, seed=1),
            model.generate(number + 1, seed=1, labels=[*range(number), 0]),
        )
        for wrong in ([0, number], [-1, 0], [0.0, 1.0], [0, 1, 1]):
            with pytest.raises(ValueError, match=f"0 to {number - 1}"):
                model.generate(2, seed=1, labels=wrong)

    def test_generate_does_not_depend_on_batches(self):
        model = self.trained().model
        images = model.generate(5, seed=1)
        split = model.generate(5, seed=1, batch_size=2)
        np.testing.assert_allclose(images, split, rtol=0, atol=1e-6)
        fewer = model.generate(3, seed=1)
        np.testing.assert_allclose(images[:3], fewer, rtol=0, atol=1e-6)

    def test_uniforms_stand_for_seeds(self):
        """So runtimes draw that have no random numbers."""
        model = self.trained().model
        if not model.can("decode"):
            return
        seeds = tf.constant([[1, 0], [1, 1], [2, 0]])
        uniforms = random.uniform_from_seed_rows(seeds, model.prior_shape)
        labels = []
        if model.num_classes is not None and not model.latents_are_of_labels:
            labels = [tf.constant([0, 1, 0])]
        draw = tf.function(model.latents_from_seeds)
        np.testing.assert_allclose(
            draw(uniforms, *labels), draw(seeds, *labels), rtol=0, atol=1e-4
        )

    def test_generate_refuses_bad_arguments(self):
        model = self.trained().model
        with pytest.raises(ValueError, match="num_samples=0"):
            model.generate(0)
        with pytest.raises(ValueError, match="seed=-1"):
            model.generate(1, seed=-1)

    def test_generate_uses_averages(self):
        model = self.trained().model
        if model.get_config().get("ema_momentum") is None:
            return
        averaged = model.generate(4, seed=1)
        model.use_ema = False
        last = model.generate(4, seed=1)
        model.use_ema = True
        assert np.abs(averaged - last).max(axis=(1, 2, 3)).min() > 0
        np.testing.assert_array_equal(averaged, model.generate(4, seed=1))

    def test_encoder_methods(self):
        model = self.trained().model
        if not model.can("encode"):
            for method in (model.encode, model.reconstruct):
                with pytest.raises(NotImplementedError, match="encoder"):
                    method(self.images)
            return
        labels = self.labels_for(model)
        latents = model.encode(self.images, **labels)
        assert latents.shape == (len(self.images), *model.latent_shape)
        again = model.reconstruct(self.images, **labels)
        np.testing.assert_allclose(
            again, model.decode(latents, **labels), rtol=0, atol=1e-6
        )
        assert_finite(again)
        with pytest.raises(ValueError, match="255"):
            model.encode(self.images * 255, **labels)

    def test_evaluate_repeats_itself(self):
        model = self.trained().model
        rows = self.data_for(model)
        first = model.evaluate(*rows, batch_size=20, verbose=0)
        assert first == model.evaluate(*rows, batch_size=20, verbose=0)
        assert_finite(first)
