"""Products of matrices by numpy's BLAS."""

import kernels
import numpy as np


def train(architecture, images, rounds, options):
    kernels.train(architecture, rounds, kernel_of)


def kernel_of(product):
    if product.layer != "dense":
        return None
    generator = np.random.default_rng(0)

    def drawn(*shape):
        return generator.normal(size=shape).astype(np.float32)

    x = drawn(product.batch, product.channels)
    w = drawn(product.channels, product.filters)
    y = drawn(product.batch, product.filters)
    first, second = {
        "outputs": (x, w),
        "weights": (x.T, y),
        "inputs": (y, w.T),
    }[product.result]

    def run(number):
        for _ in range(number):
            np.matmul(first, second)

    return run
