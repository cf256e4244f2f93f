"""How long each product of a step takes by itself, in one library.

A round calls each product's kernel again and again, with nothing in between,
and answers with the seconds of one call.
"""

import time

from architectures import products

# Seconds that a product is repeated for in a round, and how often at least.
_SECONDS = 0.06
_REPETITIONS = 3


def train(architecture, rounds, kernel_of):
    """Measures instead of training.

    Args:
        architecture: `Architecture`.
        rounds: `Rounds`.
        kernel_of: function from `Product` to a function that computes it as
            often as its argument says, or to `None` where there is none.
    """
    wanted = [(p, kernel_of(p)) for p in products(architecture)]
    wanted = [(product, run) for product, run in wanted if run is not None]
    often = {}
    for product, run in wanted:
        run(1)
        seconds = timed(run, _REPETITIONS)
        often[product] = max(_REPETITIONS, round(_SECONDS / seconds))
    while True:
        rounds.begin()
        found = [(p, timed(run, often[p])) for p, run in wanted]
        rounds.end(products=found)


def timed(run, number):
    """Seconds of one of a number of calls."""
    start = time.perf_counter()
    run(number)
    return (time.perf_counter() - start) / number
