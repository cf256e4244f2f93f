"""The contract and the class losses of ACGAN."""

import numpy as np
from scipy.special import log_softmax

import kerasgen
from tests.model_contract import ModelContract


class TestACGANContract(ModelContract):
    model_class = kerasgen.ACGAN
    arguments = {"num_classes": 4, "network_options": {"filters": 4}}
    config_arguments = {"latent_dim": 3, "class_loss_weight": 0.5}
    # Batch normalization sees the row of zeros of a replica without images.
    replica_images = 51
    metric_names = {"d_loss", "g_loss", "d_class_loss", "g_class_loss"}


def test_class_losses_by_hand(digits, digit_labels):
    model = kerasgen.ACGAN(
        (8, 8, 1),
        num_classes=10,
        class_loss_weight=0.5,
        network="mlp",
        network_options={"dropout": 0.0},
        seed=0,
    )
    model.compile()
    batch = model.next_batch((digits, digit_labels), training=False)
    fakes = [model.fake(batch, training=False).data for _ in range(2)]

    def cross_entropy(images):
        outputs = np.array(model.discriminator(images), np.float64)
        return -log_softmax(outputs[:, 1:], axis=1)[
            np.arange(64), digit_labels
        ].mean()

    found = model.evaluate(
        digits, digit_labels, batch_size=64, verbose=0, return_dict=True
    )
    d_class_loss = 0.5 * (cross_entropy(digits) + cross_entropy(fakes[0]))
    np.testing.assert_allclose(found["d_class_loss"], d_class_loss, rtol=1e-5)
    np.testing.assert_allclose(
        found["g_class_loss"], 0.5 * cross_entropy(fakes[1]), rtol=1e-5
    )
