"""Products and convolutions by PyTorch, channels last."""

import os

import kernels
import torch
from architectures import KERNEL


def train(architecture, images, rounds, options):
    torch.set_num_threads(os.cpu_count())
    dtype = torch.bfloat16 if options.bfloat16 else torch.float32
    with torch.no_grad():
        kernels.train(architecture, rounds, lambda p: kernel_of(p, dtype))


def kernel_of(product, dtype):
    make = _dense if product.layer == "dense" else _convolution
    compute = make(product, dtype)

    def run(number):
        for _ in range(number):
            compute()

    return run


def _dense(product, dtype):
    x = torch.randn(product.batch, product.channels, dtype=dtype)
    w = torch.randn(product.channels, product.filters, dtype=dtype)
    y = torch.randn(product.batch, product.filters, dtype=dtype)
    first, second = {
        "outputs": (x, w),
        "weights": (x.T, y),
        "inputs": (y, w.T),
    }[product.result]
    return lambda: torch.mm(first, second)


def _convolution(product, dtype):
    def drawn(*shape):
        values = torch.randn(*shape, dtype=dtype)
        return values.contiguous(memory_format=torch.channels_last)

    x = drawn(product.batch, product.channels, product.side, product.side)
    w = drawn(product.filters, product.channels, KERNEL, KERNEL)
    y = drawn(product.batch, product.filters, *[product.small_side] * 2)
    common = [2, 2], [2, 2], [1, 1], False, [0, 0], 1
    if product.result == "outputs":
        return lambda: torch.ops.aten.convolution(x, w, None, *common)
    wanted = [product.result == name for name in ("inputs", "weights")]
    return lambda: torch.ops.aten.convolution_backward(
        y, x, w, None, *common, [*wanted, False]
    )
