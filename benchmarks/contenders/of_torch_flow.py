"""The networks of flow matching in PyTorch, trained and followed.

The same U-Net and transformer as `kerasgen.networks`, with as many parameters,
averages of the weights, and PyTorch's own fused attention.
"""

import math

import torch
from torch import nn
from torch.nn import functional
from torch_training import adam
from torch_training import take_step

_GROUPS = 8
_HIGHEST = 100.0
_UNITS = 128
_MOMENTUM = 0.999


class FlowMatching(nn.Module):
    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        network = {"unet": UNet, "dit": DiT}[architecture.kind]
        self.network = network(architecture.width)
        self.to(memory_format=torch.channels_last)

    def loss(self, images):
        x_1 = 2.0 * (255.0 * images + torch.rand_like(images)) / 256.0 - 1.0
        x_0 = torch.randn_like(x_1)
        t = torch.rand(len(images), 1, 1, 1)
        velocity = self.network((1.0 - t) * x_0 + t * x_1, t.flatten())
        return (velocity.float() - (x_1 - x_0)).square().mean()

    def step(self, compiled, precision):
        if self.architecture.drawing_steps:
            return self._drawing(compiled, precision)
        weights = list(self.parameters())
        averages = [weight.detach().clone() for weight in weights]
        optimizer = adam(self, 1e-3, 0.9, 0.999)
        loss_of = compiled(self.loss)

        def step(images):
            take_step(loss_of, images, optimizer, precision)
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1.0 - _MOMENTUM)

        return step

    def _drawing(self, compiled, precision):
        """Euler's method, once for each batch of images."""
        network = compiled(self.network)
        number = self.architecture.drawing_steps

        def step(images):
            x = torch.randn_like(images)
            with torch.no_grad(), precision:
                for index in range(number):
                    t = torch.full((len(x),), index / number)
                    x = x + network(x, t).float() / number
            return (0.5 * x + 0.5).clip(0.0, 1.0)

        return step


class Condition(nn.Module):
    def __init__(self):
        super().__init__()
        ratio = math.log(_HIGHEST / 0.5) / (_UNITS // 4 - 1)
        frequencies = 0.5 * torch.exp(ratio * torch.arange(_UNITS // 4))
        self.register_buffer("frequencies", frequencies)
        self.layers = nn.Sequential(
            nn.Linear(_UNITS // 2, _UNITS),
            nn.SiLU(),
            nn.Linear(_UNITS, _UNITS),
            nn.SiLU(),
        )

    def forward(self, t):
        angles = t[:, None] * self.frequencies
        return self.layers(torch.cat([angles.sin(), angles.cos()], 1))


class Normalized(nn.GroupNorm):
    def __init__(self, channels):
        super().__init__(math.gcd(_GROUPS, channels), channels)


class Block(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.norm_1, self.norm_2 = Normalized(channels), Normalized(width)
        self.conv_1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)
        self.film = nn.Linear(_UNITS, 2 * width)
        self.shortcut = nn.Identity()
        if channels != width:
            self.shortcut = nn.Conv2d(channels, width, 1, bias=False)

    def forward(self, x, condition):
        y = self.conv_1(functional.silu(self.norm_1(x)))
        scale, shift = self.film(condition)[..., None, None].chunk(2, 1)
        y = self.norm_2(y) * (1.0 + scale) + shift
        return self.shortcut(x) + self.conv_2(functional.silu(y))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.inner = nn.Linear(width, 3 * width)
        self.outer = nn.Linear(width, width)

    def forward(self, x):
        queries, keys, values = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.inner(x).chunk(3, -1)
        )
        seen = functional.scaled_dot_product_attention(queries, keys, values)
        return self.outer(seen.transpose(1, 2).flatten(2))


class UNet(nn.Module):
    """14 x 14 and 7 x 7 places, of two and four times `width` / 2 channels."""

    def __init__(self, width):
        super().__init__()
        wide = 2 * width
        self.condition = Condition()
        self.first = nn.Conv2d(4, width, 3, padding=1)
        self.block_1 = Block(width, width)
        self.smaller = nn.Conv2d(width, wide, 3, stride=2, padding=1)
        self.block_2 = Block(wide, wide)
        self.block_3 = Block(wide, wide)
        self.norm = Normalized(wide)
        self.attention = Attention(wide, 2)
        self.block_4 = Block(2 * wide, wide)
        self.block_5 = Block(wide + width, width)
        self.last_norm = Normalized(width)
        self.last = nn.Conv2d(width, 4, 3, padding=1)

    def forward(self, x, t):
        condition = self.condition(t)
        x = functional.pixel_unshuffle(x, 2)
        kept = self.block_1(self.first(x), condition)
        small = self.block_2(self.smaller(kept), condition)
        x = self.block_3(small, condition)
        places = self.norm(x).flatten(2).transpose(1, 2)
        seen = self.attention(places).transpose(1, 2).unflatten(2, (7, 7))
        x = self.block_4(torch.cat([x + seen, small], 1), condition)
        x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        x = self.block_5(torch.cat([x, kept], 1), condition)
        x = self.last(functional.silu(self.last_norm(x)))
        return functional.pixel_shuffle(x, 2)


class TransformerBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attention = Attention(width, 4)
        self.layers = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
        )
        self.film = nn.Linear(_UNITS, 6 * width)
        self.norm = nn.LayerNorm(width, 1e-6, elementwise_affine=False)

    def forward(self, x, condition):
        parts = self.film(condition)[:, None].chunk(6, -1)
        y = self.norm(x) * (1.0 + parts[0]) + parts[1]
        x = x + parts[2] * self.attention(y)
        y = self.norm(x) * (1.0 + parts[3]) + parts[4]
        return x + parts[5] * self.layers(y)


class DiT(nn.Module):
    """49 places of 4 x 4 pixels."""

    def __init__(self, width):
        super().__init__()
        self.condition = Condition()
        self.first = nn.Linear(16, width)
        self.places = nn.Parameter(0.02 * torch.randn(49, width))
        self.blocks = nn.ModuleList(TransformerBlock(width) for _ in range(4))
        self.norm = nn.LayerNorm(width, 1e-6, elementwise_affine=False)
        self.film = nn.Linear(_UNITS, 2 * width)
        self.last = nn.Linear(width, 16)

    def forward(self, x, t):
        condition = self.condition(t)
        x = functional.pixel_unshuffle(x, 4).flatten(2).transpose(1, 2)
        x = self.first(x) + self.places
        for block in self.blocks:
            x = block(x, condition)
        scale, shift = self.film(condition)[:, None].chunk(2, -1)
        x = self.last(self.norm(x) * (1.0 + scale) + shift)
        x = x.transpose(1, 2).unflatten(2, (7, 7))
        return functional.pixel_shuffle(x, 4)
