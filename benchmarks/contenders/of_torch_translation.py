"""CycleGAN in PyTorch: the networks, losses and buffers of `kerasgen.CycleGAN`.

The source are the images, the target their negatives in another order.
"""

import torch
from architectures import TRANSLATOR_BLOCKS
from torch import nn
from torch.nn import functional
from torch_training import adam
from torch_training import take_step

_CYCLE_WEIGHT = 10.0
_BUFFER_SIZE = 50
_HALVINGS = 2


def normalized(module, channels, activation):
    norm = nn.InstanceNorm2d(channels, affine=True)
    return [module, norm, *([activation] if activation else [])]


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()

        def convolution():
            return nn.Conv2d(channels, channels, 3, padding=1, bias=False)

        self.inner = nn.Sequential(
            *normalized(convolution(), channels, nn.ReLU()),
            *normalized(convolution(), channels, None),
        )

    def forward(self, x):
        return x + self.inner(x)


def translator(filters):
    first = nn.Conv2d(1, filters, 7, padding=3, bias=False)
    modules = normalized(first, filters, nn.ReLU())
    for _ in range(_HALVINGS):
        halving = nn.Conv2d(filters, 2 * filters, 3, 2, padding=1, bias=False)
        filters *= 2
        modules += normalized(halving, filters, nn.ReLU())
    modules += [Block(filters) for _ in range(TRANSLATOR_BLOCKS)]
    for _ in range(_HALVINGS):
        doubling = nn.ConvTranspose2d(
            filters, filters // 2, 3, 2, padding=1, output_padding=1, bias=False
        )
        filters //= 2
        modules += normalized(doubling, filters, nn.ReLU())
    return nn.Sequential(
        *modules, nn.Conv2d(filters, 1, 7, padding=3), nn.Tanh()
    )


def patch_discriminator(filters):
    """Judges patches of 16 pixels, as images of 28 have."""
    return nn.Sequential(
        nn.Conv2d(1, filters, 4, 2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ZeroPad2d((1, 2, 1, 2)),
        *normalized(
            nn.Conv2d(filters, 2 * filters, 4, bias=False),
            2 * filters,
            nn.LeakyReLU(0.2),
        ),
        nn.ZeroPad2d((1, 2, 1, 2)),
        nn.Conv2d(2 * filters, 1, 4),
    )


class PastFakes:
    """A buffer of past fakes, as the paper's own code has it."""

    def __init__(self):
        self.images = []

    def exchanged(self, fakes):
        shown = []
        for fake in fakes:
            if len(self.images) < _BUFFER_SIZE:
                self.images.append(fake)
                shown.append(fake)
            elif torch.rand(()) < 0.5:
                place = int(torch.randint(_BUFFER_SIZE, ()))
                shown.append(self.images[place])
                self.images[place] = fake
            else:
                shown.append(fake)
        return torch.stack(shown)


class CycleGAN(nn.Module):
    def __init__(self, architecture):
        super().__init__()
        filters = architecture.width
        self.generators = nn.ModuleList(translator(filters) for _ in range(2))
        self.discriminators = nn.ModuleList(
            patch_discriminator(filters) for _ in range(2)
        )
        self.to(memory_format=torch.channels_last)

    def step(self, compiled, precision):
        g_optimizer = adam(self.generators, 2e-4, 0.5, 0.999)
        d_optimizer = adam(self.discriminators, 2e-4, 0.5, 0.999)
        buffers = PastFakes(), PastFakes()
        g_loss_of, d_loss_of = compiled(self.g_loss), compiled(self.d_loss)

        def step(images):
            x = 2.0 * images - 1.0
            made = []

            def loss_of(pair):
                loss, *fakes = g_loss_of(*pair)
                made.extend(fake.detach().float() for fake in fakes)
                return loss

            pair = x, -x.flip(0)
            self.discriminators.requires_grad_(False)
            take_step(loss_of, pair, g_optimizer, precision)
            self.discriminators.requires_grad_(True)
            shown = [b.exchanged(fakes) for b, fakes in zip(buffers, made)]
            take_step(
                lambda rows: d_loss_of(*rows),
                (*pair, *shown),
                d_optimizer,
                precision,
            )

        return step

    def g_loss(self, x, y):
        """The loss, and the fakes of source and target."""
        to_target, to_source = self.generators
        d_x, d_y = self.discriminators
        of_y, of_x = to_source(y), to_target(x)
        loss = (d_y(of_x).float() - 1.0).square().mean()
        loss = loss + (d_x(of_y).float() - 1.0).square().mean()
        cycle = functional.l1_loss(to_source(of_x).float(), x)
        cycle = cycle + functional.l1_loss(to_target(of_y).float(), y)
        return loss + _CYCLE_WEIGHT * cycle, of_y, of_x

    def d_loss(self, x, y, of_y, of_x):
        losses = [
            (discriminator(real).float() - 1.0).square().mean()
            + discriminator(fake).float().square().mean()
            for discriminator, real, fake in zip(
                self.discriminators, (x, y), (of_y, of_x)
            )
        ]
        return sum(losses) / 2.0
