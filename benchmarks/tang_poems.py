"""Regular Tang poems: their forms, what they copy, and a trigram model."""

import collections
import math
import re

import numpy as np
from common import say

FORMS = {
    (5, 4): "五言絕句",
    (7, 4): "七言絕句",
    (5, 8): "五言律詩",
    (7, 8): "七言律詩",
}
RUN = 8  # Characters in a row that are taken for a copy.


def write_by_form(text, folder):
    """A folder of poems for each form, the classes of the model."""
    by_form = {name: [] for name in FORMS.values()}
    for poem in text.read_text(encoding="utf-8").split("\n\n"):
        lines = verses(poem)
        form = FORMS.get((len(lines[0]), len(lines))) if lines else None
        if form is not None:
            by_form[form].append(poem.strip("\n"))
    for name, found in by_form.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        path = folder / name / "poems.txt"
        path.write_text("\n\n".join(found) + "\n", encoding="utf-8")


def verses(poem):
    """The verses of a poem, without what is between them."""
    return [verse for verse in re.split("[，。？！\n]", poem) if verse]


def quality_of_poems(model, folder, number=1000):
    """Forms and copies of drawn poems, and what held-out ones cost."""
    import kerasgen

    training = kerasgen.data.read_text(folder, "train")
    held_out = kerasgen.data.read_text(folder, "test")
    drawn = model.generate(number, seed=0)
    asked = [model.class_names[i % model.num_classes] for i in range(number)]
    for poem, form in zip(drawn[:8], asked):
        say(f"{form}\n{poem}\n")
    runs = set()
    for poem in training:
        runs.update(runs_of(poem))

    def copied(poems):
        return np.mean([not runs.isdisjoint(runs_of(poem)) for poem in poems])

    labels = [
        model.class_names.index(FORMS[form_of(poem)]) for poem in held_out
    ]
    shares = np.bincount(
        [model.class_names.index(FORMS[form_of(p)]) for p in training]
    ) / len(training)
    # The trigram model is not told the form, which is part of what it says.
    nats = -model.log_likelihood(held_out, labels=labels).sum()
    nats -= np.log(shares[labels]).sum()
    characters = sum(map(len, held_out))
    trigrams = Trigrams(training)
    found = {
        "bits": float(nats / characters / np.log(2)),
        "trigram_bits": sum(map(trigrams.nats, held_out))
        / characters
        / math.log(2),
        "right_forms": float(
            np.mean([is_of(poem, form) for poem, form in zip(drawn, asked)])
        ),
        "copied": float(copied(drawn)),
        "copied_by_poets": float(copied(held_out)),
    }
    say(found)
    return found


def form_of(poem):
    lines = verses(poem)
    return len(lines[0]), len(lines)


def is_of(poem, form):
    """Whether all verses of a poem are as long as its form has them."""
    lines = verses(poem)
    (width, number) = next(key for key, name in FORMS.items() if name == form)
    return len(lines) == number and all(len(line) == width for line in lines)


def runs_of(poem):
    """Runs of characters, over the ends of verses too."""
    text = "".join(verses(poem))
    return {text[i : i + RUN] for i in range(len(text) - RUN + 1)}


class Trigrams:
    """Interpolated Kneser-Ney smoothing, of characters.

    Equations of section 2.8 of Chen and Goodman (1999), An empirical study of
    smoothing techniques for language modeling, with one discount an order.
    """

    ORDER = 3

    def __init__(self, texts):
        counts = [collections.Counter() for _ in range(self.ORDER)]
        for text in texts:
            symbols = self._symbols(text)
            for end in range(self.ORDER, len(symbols) + 1):
                counts[-1][symbols[end - self.ORDER : end]] += 1
        # Of lower orders: in how many contexts each run is seen.
        for order in range(self.ORDER - 1, 0, -1):
            for run in counts[order]:
                counts[order - 1][run[1:]] += 1
        self.counts = counts
        self.totals, self.kinds, self.discounts = [], [], []
        for table in counts:
            totals, kinds = collections.Counter(), collections.Counter()
            for run, count in table.items():
                totals[run[:-1]] += count
                kinds[run[:-1]] += 1
            once, twice = (
                sum(count == n for count in table.values()) for n in (1, 2)
            )
            self.totals.append(totals)
            self.kinds.append(kinds)
            self.discounts.append(once / (once + 2 * twice))
        # Held-out characters that are in no training text are as likely as one.
        self.size = len(counts[0]) + 1

    def _symbols(self, text):
        return ("\0",) * (self.ORDER - 1) + (*text, "\1")

    def probability(self, run):
        """Of the last of a tuple of characters, after the others."""
        order = len(run) - 1
        lower = self.probability(run[1:]) if order else 1.0 / self.size
        total = self.totals[order][run[:-1]]
        if not total:
            return lower
        discount = self.discounts[order]
        count = max(self.counts[order][run] - discount, 0.0)
        left = discount * self.kinds[order][run[:-1]]
        return (count + left * lower) / total

    def nats(self, text):
        symbols = self._symbols(text)
        return -sum(
            math.log(self.probability(symbols[end - self.ORDER : end]))
            for end in range(self.ORDER, len(symbols) + 1)
        )
