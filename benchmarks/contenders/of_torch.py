"""The same models in PyTorch, with what makes it fast on CPUs.

Threads as many as cores, channels last, one kernel for all of Adam, no gradient
of weights that do not learn, and no loading: batches are cut out of a tensor.
"""

import contextlib
import os

import torch
from of_torch_flow import FlowMatching
from of_torch_gpt import GPT
from of_torch_translation import CycleGAN
from torch import nn
from torch.nn import functional
from torch_training import adam
from torch_training import take_step


def train(architecture, images, rounds, options):
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    if architecture.is_text:
        images = torch.from_numpy(images).long()
    else:
        images = torch.from_numpy(images.transpose(0, 3, 1, 2)).contiguous()
    kinds = {
        "vae": VAE,
        "dcgan": DCGAN,
        "wgan_gp": WGANGP,
        "gpt": GPT,
        "cyclegan": CycleGAN,
    }
    model = kinds.get(architecture.kind, FlowMatching)(architecture)
    parameters = sum(p.numel() for p in model.parameters())
    step = model.step(
        torch.compile if options.compiled else lambda function: function,
        torch.autocast("cpu", torch.bfloat16)
        if options.bfloat16
        else contextlib.nullcontext(),
    )
    size = architecture.batch_size
    while True:
        rounds.begin()
        order = torch.randperm(len(images))
        for start in range(0, len(images), size):
            step(images[order[start : start + size]])
        rounds.end(images=len(images), parameters=parameters)


class VAE(nn.Module):
    def __init__(self, architecture):
        super().__init__()
        units, latents = architecture.width, architecture.latent_dim
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, units),
            nn.ReLU(),
            nn.Linear(units, 2 * latents),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latents, units), nn.ReLU(), nn.Linear(units, 28 * 28)
        )

    def loss(self, images):
        mean, log_variance = self.encoder(images).float().chunk(2, 1)
        epsilon = torch.randn_like(mean)
        logits = self.decoder(mean + torch.exp(0.5 * log_variance) * epsilon)
        reconstruction_loss = functional.binary_cross_entropy_with_logits(
            logits.float(), images.flatten(1), reduction="none"
        ).sum(1)
        kl = mean.square() + log_variance.exp() - log_variance - 1
        return (reconstruction_loss + 0.5 * kl.sum(1)).mean()

    def step(self, compiled, precision):
        optimizer = adam(self, 1e-3, 0.9, 0.999)
        loss_of = compiled(self.loss)

        def step(images):
            take_step(loss_of, images, optimizer, precision)

        return step


class Generator(nn.Module):
    def __init__(self, architecture):
        super().__init__()
        narrow, middle, wide = architecture.filters
        self.wide = wide
        self.first = nn.Linear(architecture.latent_dim, 16 * wide, bias=False)
        # TensorFlow's "same" doubles a side too, with the odd row elsewhere.
        options = {"stride": 2, "padding": 2, "output_padding": 1}
        self.rest = nn.Sequential(
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.ConvTranspose2d(wide, middle, 5, bias=False, **options),
            nn.BatchNorm2d(middle),
            nn.ReLU(),
            nn.ConvTranspose2d(middle, narrow, 5, bias=False, **options),
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            nn.ConvTranspose2d(narrow, 1, 5, **options),
            nn.Sigmoid(),
        )

    def forward(self, latents):
        x = self.first(latents).view(-1, self.wide, 4, 4)
        x = self.rest(x.contiguous(memory_format=torch.channels_last))
        return x[:, :, 2:-2, 2:-2]


def discriminator(architecture, is_normalized):
    modules, channels = [], 1
    for index, filters in enumerate(architecture.filters):
        has_norm = is_normalized and index > 0
        modules.append(
            nn.Conv2d(channels, filters, 5, 2, padding=2, bias=not has_norm)
        )
        modules += [nn.BatchNorm2d(filters)] if has_norm else []
        modules.append(nn.LeakyReLU(0.2))
        channels = filters
    return nn.Sequential(*modules, nn.Flatten(), nn.Linear(16 * channels, 1))


class DCGAN(nn.Module):
    has_norm = True
    adam = (2e-4, 0.5, 0.999)

    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        self.generator = Generator(architecture)
        self.discriminator = discriminator(architecture, self.has_norm)
        self.to(memory_format=torch.channels_last)

    def draw(self, images):
        latents = torch.randn(len(images), self.architecture.latent_dim)
        return self.generator(latents)

    def d_loss(self, images):
        with torch.no_grad():
            fake = self.draw(images)
        real_logits = self.discriminator(images).float()
        fake_logits = self.discriminator(fake).float()
        return (
            functional.softplus(-real_logits).mean()
            + functional.softplus(fake_logits).mean()
        )

    def g_loss(self, images):
        logits = self.discriminator(self.draw(images)).float()
        return functional.softplus(-logits).mean()

    def step(self, compiled, precision):
        d_optimizer = adam(self.discriminator, *self.adam)
        g_optimizer = adam(self.generator, *self.adam)
        d_loss_of, g_loss_of = compiled(self.d_loss), compiled(self.g_loss)

        def step(images):
            for _ in range(self.architecture.critic_steps):
                take_step(d_loss_of, images, d_optimizer, precision)
            self.discriminator.requires_grad_(False)
            take_step(g_loss_of, images, g_optimizer, precision)
            self.discriminator.requires_grad_(True)

        return step


class WGANGP(DCGAN):
    has_norm = False
    adam = (1e-4, 0.0, 0.9)

    def d_loss(self, images):
        with torch.no_grad():
            fake = self.draw(images)
        critic = self.discriminator
        difference = critic(fake).float().mean() - critic(images).float().mean()
        where = torch.rand(len(images), 1, 1, 1)
        between = (images + where * (fake - images)).requires_grad_()
        (gradient,) = torch.autograd.grad(
            critic(between).float().sum(), between, create_graph=True
        )
        norm = (gradient.square().sum((1, 2, 3)) + 1e-12).sqrt()
        return difference + 10.0 * (norm - 1.0).square().mean()

    def g_loss(self, images):
        return -self.discriminator(self.draw(images)).float().mean()
