"""How good a language model is, beside what real texts reach."""

import collections

import keras
import numpy as np

from kerasgen import data
from kerasgen import metrics
from kerasgen.tasks.digests import digest
from kerasgen.utils.arguments import check_positive_integer

_MEASURES = {
    "bits_per_character": (
        "lower",
        "how many bits each character of held-out texts costs; one who knows "
        "only how frequent each is in the training text pays {guessing:.2f}",
    ),
    "distinct_4_grams": (
        "higher",
        "runs of four characters that are different, of all of them; near the "
        "floor is best: below it texts repeat, far above they are noise",
    ),
    "copied_8_grams": (
        "lower",
        "runs of eight characters that stand in the training text; near the "
        "floor is best: far above a model recites, far below it is noise",
    ),
}
TEXT_MEASURES = tuple(_MEASURES)
# How long the runs are of which a measure is.
_CHARACTERS = {"distinct_4_grams": 4, "copied_8_grams": 8}


def evaluate_texts(
    model,
    name,
    documents=None,
    split="test",
    num_samples=256,
    num_seeds=3,
    seed=0,
    progress=None,
):
    """Takes the metrics of a model of texts, and what real texts reach.

    The floor is the metric of held-out texts in the place of samples: as many,
    of the same length and of the same classes.

    Args:
        model: `GPT` with a tokenizer.
        name: str. The text that it was trained on, see
            `kerasgen.data.load_text`.
        documents: bool or `None`. See there; as in training.
        split: str. The held-out part.
        num_samples: int. Texts that are drawn, for each seed; not more than
            there are held-out ones.
        num_seeds: int. Seeds from `seed` on that are drawn from.
        seed: int.
        progress: function or `None`. It is called with the steps done, the
            number of steps, and the name of the next.

    Returns:
        dict with `num_samples`, `num_test` (held-out sequences), `test_texts`
        (a digest), `seeds`, `protocol` and `measures`, as
        `kerasgen.tasks.evaluate` has them.

    Raises:
        ValueError: for texts that are too short, or do not fit the model.
    """
    check_positive_integer("num_samples", num_samples)
    check_positive_integer("num_seeds", num_seeds)
    progress = progress or (lambda *arguments: None)
    rows, labels = _held_out(model, name, split, documents)
    held_out = model.tokenizer.decode(rows)
    num_samples = min(num_samples, len(rows))
    # Documents come class by class.
    chosen = np.linspace(0, len(rows) - 1, num_samples).astype(int)
    real = [held_out[place] for place in chosen]
    of_class = {"labels": each[chosen] for each in labels}
    source = data.read_text(name, "train", documents)
    source = [source] if isinstance(source, str) else source
    judges = _judges(real, source)
    seeds = list(range(seed, seed + num_seeds))
    progress(0, num_seeds + 1, "bits per character")
    values = {"bits_per_character": [_bits_per_character(model, rows, labels)]}
    for number in seeds:
        progress(1 + number - seed, num_seeds + 1, f"texts, seed {number}")
        texts = model.generate(num_samples, number, **of_class)
        longest = max(map(len, texts))
        for measure, judge in judges.items():
            # Of runs that no sample has, none is different or copied.
            is_long = longest >= _CHARACTERS[measure]
            value = judge(texts) if is_long else 0.0
            values.setdefault(measure, []).append(value)
    floors = {measure: judge(real) for measure, judge in judges.items()}
    guessing = bits_by_frequency("".join(held_out), "".join(source))
    progress(num_seeds + 1, num_seeds + 1, "done")
    return {
        "num_samples": num_samples,
        "num_test": len(rows),
        "test_texts": digest("\0".join(real).encode()),
        "seeds": seeds,
        "protocol": (
            f"{num_samples} generated texts for each of the seeds "
            f"{', '.join(map(str, seeds))}; {len(rows)} held-out sequences of "
            f"up to {model.length} tokens ({split}). Floor: the same of "
            f"{len(real)} held-out texts in the place of generated ones."
        ),
        "measures": {
            measure: {
                "values": values[measure],
                "mean": float(np.mean(values[measure])),
                "deviation": float(np.std(values[measure])),
                "floor": floors.get(measure),
                "better": better,
                "about": about.format(guessing=guessing),
            }
            for measure, (better, about) in _MEASURES.items()
            if measure in values
        },
    }


def _judges(real, source):
    """Functions of texts, by measure: those that texts are long enough for."""
    judges = {
        "distinct_4_grams": metrics.distinct_ngrams,
        "copied_8_grams": lambda texts: metrics.copied_ngrams(texts, source),
    }
    longest = max(map(len, real))
    return {
        measure: judge
        for measure, judge in judges.items()
        if longest >= _CHARACTERS[measure]
    }


def _bits_per_character(model, rows, labels):
    """Of tokens, those that end texts included, by characters."""

    def function(*columns):
        return model.log_likelihood_of(*columns)["log_likelihood"]

    nats = -model.call_in_batches("nats_of_tokens", function, 64, rows, *labels)
    counts = np.asarray(model.counts(rows))
    characters = model.tokenizer.characters_of_tokens[rows][counts].sum()
    return float(nats.sum() / characters / np.log(2))


def bits_by_frequency(text, source):
    """A character, by how frequent each is in `source`, each once more."""
    counts = collections.Counter(text)
    frequencies = collections.Counter(source)
    frequencies.update({*source, *text})
    total = sum(frequencies.values())
    bits = sum(
        count * np.log2(total / frequencies[character])
        for character, count in counts.items()
    )
    return float(bits / len(text))


def _held_out(model, name, split, documents):
    """Tokens of held-out sequences; their labels, a list of at most one."""
    held_out = data.load_text(
        name,
        split,
        model.tokenizer,
        model.length,
        documents=documents,
        shuffle=False,
        labels=model.num_classes is not None,
    )
    rows, classes = [], []
    for batch in held_out:
        tokens, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
        rows.append(tokens)
        classes += [] if labels is None else [labels]
    labels = [np.concatenate(classes)] if classes else []
    return np.concatenate(rows), labels
