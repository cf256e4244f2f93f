"""Flow matching by torchcfm, on the U-Net of `of_torch_flow`, for some minutes.

    python flow_of_torchcfm.py --images mnist.npy --minutes 30 --out drawn.npy

Batches of 128, Adam with a rate of 0.001, averages of weights that warm up; the
images are drawn with 8 steps of Heun's method, 15 evaluations each.
"""

import argparse
import copy
import os
import pathlib
import time

import numpy as np
import torch
from of_torch_flow import UNet
from torchcfm.conditional_flow_matching import ConditionalFlowMatcher

BATCH_SIZE = 128
STEPS = 8
MOMENTUM = 0.999


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--images", type=pathlib.Path, required=True)
    add("--minutes", type=float, required=True)
    add("--number", type=int, default=10_000)
    add("--seed", type=int, default=0)
    add("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(os.cpu_count())
    images = torch.from_numpy(np.load(options.images).transpose(0, 3, 1, 2))
    averaged = trained(2.0 * images.contiguous() - 1.0, options.minutes)
    np.save(options.out, drawn(averaged, options.number))


def trained(images, minutes):
    """The network with averaged weights, after as many minutes."""
    network = UNet(32).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(network)
    weights, averages = list(network.parameters()), list(averaged.parameters())
    optimizer = torch.optim.Adam(weights, 1e-3, fused=True)
    matcher = ConditionalFlowMatcher(sigma=0.0)
    begin, number = time.monotonic(), 0
    while True:
        order = torch.randperm(len(images))
        for rows in order.split(BATCH_SIZE):
            x_1 = images[rows]
            t, x_t, velocity = matcher.sample_location_and_conditional_flow(
                torch.randn_like(x_1), x_1
            )
            loss = (network(x_t, t) - velocity).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            number += 1
            momentum = min(MOMENTUM, (1 + number) / (10 + number))
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1.0 - momentum)
            if time.monotonic() - begin > 60 * minutes:
                return averaged


@torch.no_grad()
def drawn(network, number):
    """Images of shape `(number, 28, 28, 1)` in [0, 1]."""
    found = []
    for size in torch.arange(number).split(256):
        x = torch.randn(len(size), 1, 28, 28)
        for index in range(STEPS):
            t = torch.full((len(x),), index / STEPS)
            first = network(x, t)
            after = x + first / STEPS
            if index < STEPS - 1:
                second = network(after, t + 1.0 / STEPS)
                after = x + 0.5 * (first + second) / STEPS
            x = after
        found.append((0.5 * x + 0.5).clip(0.0, 1.0))
    return torch.cat(found).permute(0, 2, 3, 1).numpy()


if __name__ == "__main__":
    main()
