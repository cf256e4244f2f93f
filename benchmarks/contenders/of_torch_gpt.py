"""Language models in PyTorch: kerasgen's network, and nanoGPT's as published.

As a program it trains nanoGPT's small configuration for some minutes, and
writes what held-out text costs:

    python of_torch_gpt.py --text FILE --minutes 3 --out FILE

The configuration is that of nanoGPT's README for a CPU: 4 layers, 4 heads,
128 numbers a token, no dropout, 12 sequences of 64 characters, AdamW at 0.001
after 100 steps of warm-up, falling to 0.0001 along a cosine, weight decay 0.1,
gradients clipped to 1. The cosine ends with the minutes.
"""

import argparse
import json
import math
import os
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional
from torch_training import adam
from torch_training import take_step

_VOCABULARY = 65
_MOMENTUM = 0.99
_BASE = 10_000.0


# === kerasgen's network ===


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.inner = nn.Linear(width, 3 * width, bias=False)
        self.outer = nn.Linear(width, width, bias=False)

    def forward(self, x, turns):
        queries, keys, values = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.inner(x).chunk(3, -1)
        )
        seen = functional.scaled_dot_product_attention(
            turned(queries, turns), turned(keys, turns), values, is_causal=True
        )
        return self.outer(seen.transpose(1, 2).flatten(2))


def turned(rows, turns):
    cosines, sines = turns
    first, last = rows.chunk(2, -1)
    return torch.cat(
        [first * cosines - last * sines, last * cosines + first * sines], -1
    )


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        inner = -(-8 * width // 3 // 8) * 8
        self.norm_1, self.norm_2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, heads)
        self.gate = nn.Linear(width, inner, bias=False)
        self.dense_1 = nn.Linear(width, inner, bias=False)
        self.dense_2 = nn.Linear(inner, width, bias=False)

    def forward(self, x, turns):
        x = x + self.attention(self.norm_1(x), turns)
        y = self.norm_2(x)
        return x + self.dense_2(functional.silu(self.gate(y)) * self.dense_1(y))


class GPT(nn.Module):
    """The network, the loss and the averages of `kerasgen.GPT`."""

    def __init__(self, architecture):
        super().__init__()
        width, heads = architecture.width, 4
        self.table = nn.Embedding(_VOCABULARY + 1, width)
        nn.init.normal_(self.table.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(4))
        self.norm = nn.RMSNorm(width)
        self.size = width // heads

    def loss(self, tokens):
        first = torch.full_like(tokens[:, :1], _VOCABULARY)
        x = self.table(torch.cat([first, tokens[:, :-1]], 1))
        frequencies = _BASE ** -(torch.arange(0, self.size, 2) / self.size)
        angles = torch.arange(tokens.shape[1])[:, None] * frequencies
        turns = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        for block in self.blocks:
            x = block(x, turns)
        logits = self.norm(x) @ self.table.weight[:_VOCABULARY].T
        return functional.cross_entropy(
            logits.float().flatten(0, 1), tokens.flatten()
        )

    def step(self, compiled, precision):
        weights = list(self.parameters())
        averages = [weight.detach().clone() for weight in weights]
        optimizer = adam(self, 1e-3, 0.9, 0.999)
        loss_of = compiled(self.loss)

        def step(tokens):
            take_step(loss_of, tokens, optimizer, precision)
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1.0 - _MOMENTUM)

        return step


# === nanoGPT's small configuration ===

LAYERS, HEADS, WIDTH, LENGTH, BATCH = 4, 4, 128, 64, 12
RATE, LOWEST, WARM_UP, DECAY = 1e-3, 1e-4, 100, 0.1


class NanoBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1 = nn.LayerNorm(WIDTH, bias=False)
        self.norm_2 = nn.LayerNorm(WIDTH, bias=False)
        self.inner = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.outer = nn.Linear(WIDTH, WIDTH, bias=False)
        self.dense_1 = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.dense_2 = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        queries, keys, values = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in self.inner(self.norm_1(x)).chunk(3, -1)
        )
        seen = functional.scaled_dot_product_attention(
            queries, keys, values, is_causal=True
        )
        x = x + self.outer(seen.transpose(1, 2).flatten(2))
        y = functional.gelu(self.dense_1(self.norm_2(x)))
        return x + self.dense_2(y)


class NanoGPT(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.table = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(NanoBlock() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                # Those that end on the shortcut start smaller.
                ends = name.endswith(("outer.weight", "dense_2.weight"))
                scale = 0.02 / math.sqrt(2 * LAYERS) if ends else 0.02
                nn.init.normal_(weight, std=scale)

    def loss(self, tokens):
        before, after = tokens[:, :-1], tokens[:, 1:]
        x = self.table(before) + self.places.weight[: before.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = self.norm(x) @ self.table.weight.T
        return functional.cross_entropy(logits.flatten(0, 1), after.flatten())


def train(model, tokens, minutes):
    """Returns how many steps the minutes had."""
    groups = [
        {
            "params": [
                p for p in model.parameters() if (p.ndim == 2) == decays
            ],
            "weight_decay": DECAY * decays,
        }
        for decays in (True, False)
    ]
    optimizer = torch.optim.AdamW(groups, RATE, (0.9, 0.99), fused=True)
    start, steps = time.monotonic(), 0
    while (share := (time.monotonic() - start) / (60 * minutes)) < 1:
        cosine = 0.5 * (1 + math.cos(math.pi * share))
        rate = LOWEST + (RATE - LOWEST) * cosine
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (steps + 1) / WARM_UP)
        begins = torch.randint(len(tokens) - LENGTH, (BATCH, 1))
        loss = model.loss(tokens[begins + torch.arange(LENGTH + 1)])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        steps += 1
    return steps


def held_out_nats(model, tokens):
    """Nats a character, in windows that do not overlap."""
    number = (len(tokens) - 1) // LENGTH
    begins = LENGTH * torch.arange(number)[:, None]
    windows = tokens[begins + torch.arange(LENGTH + 1)]
    with torch.no_grad():
        losses = [
            len(rows) * model.loss(rows).item() for rows in windows.split(256)
        ]
    return sum(losses) / number


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--text", type=pathlib.Path, required=True)
    add("--minutes", type=float, default=3)
    add("--seed", type=int, default=0)
    add("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(os.cpu_count())
    text = options.text.read_text(encoding="utf-8")
    letters = {letter: i for i, letter in enumerate(sorted(set(text)))}
    tokens = torch.tensor([letters[letter] for letter in text])
    border = round(0.9 * len(tokens))
    model = NanoGPT(len(letters))
    steps = train(model, tokens[:border], options.minutes)
    found = {
        "steps": steps,
        "tokens": steps * BATCH * LENGTH,
        "parameters": sum(p.numel() for p in model.parameters()),
        "nats": held_out_nats(model, tokens[border:]),
    }
    options.out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
