"""pythae's VAE by pythae's trainer, both with defaults where sizes allow."""

import os
import tempfile

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE
from pythae.models import VAEConfig
from pythae.trainers import BaseTrainer
from pythae.trainers import BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

_EPOCHS = 10**6


def train(architecture, images, rounds, options):
    torch.set_num_threads(os.cpu_count())
    # 512 hidden units are pythae's default.
    model = VAE(
        VAEConfig(
            input_dim=(1, 28, 28),
            latent_dim=architecture.latent_dim,
            reconstruction_loss="bce",
        )
    )
    parameters = sum(p.numel() for p in model.parameters())
    images = torch.from_numpy(images.transpose(0, 3, 1, 2)).contiguous()

    class TakeTurns(TrainingCallback):
        def on_epoch_begin(self, training_config, **kwargs):
            rounds.begin()

        def on_epoch_end(self, training_config, **kwargs):
            rounds.end(images=len(images), parameters=parameters)

    with tempfile.TemporaryDirectory() as folder:
        BaseTrainer(
            model,
            train_dataset=BaseDataset(images, torch.zeros(len(images))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=_EPOCHS,
                learning_rate=1e-3,
                per_device_train_batch_size=architecture.batch_size,
                no_cuda=True,
            ),
            callbacks=[TakeTurns()],
        ).train()
