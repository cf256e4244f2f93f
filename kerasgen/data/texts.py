"""Texts by name or from files: whole, or as batches of tokens."""

import functools
import operator
import pathlib

import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data import downloads
from kerasgen.data.epochs import EpochCounter
from kerasgen.data.tokenizers import END
from kerasgen.data.tokenizers import tokenizer_of
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.dataset_names import class_folders
from kerasgen.utils.dataset_names import is_text
from kerasgen.utils.dataset_names import text_files
from kerasgen.utils.dataset_names import unknown_text

# Shares of a text, from its beginning.
_SHARES = {"train": (0.0, 0.9), "validation": (0.9, 0.95), "test": (0.95, 1.0)}
# The numbers that are added are below it.
_SUMMANDS = 100


def load_text(
    name,
    split="train",
    tokenizer="characters",
    length=None,
    batch_size=32,
    documents=None,
    shuffle=True,
    seed=None,
    drop_remainder=None,
    labels=False,
):
    """Loads a text for training as batches of tokens.

    Args:
        name: str. `"python_topics"` (the reference texts that Python brings,
            no download), `"sums"` (such as 37+48=85), `"tiny_shakespeare"` of
            tensorflow_datasets, or the path of a UTF-8 file, or of a folder
            whose `.txt` files are read in the order of their names. A folder
            without such files may hold a folder of them for each class.
        split: str. `"train"`, `"validation"` or `"test"`: the first nine
            tenths of the text or of the documents (of each class), the next
            twentieth, the last; joined by `+` for several.
        tokenizer: str or `kerasgen.data.Tokenizer`. `"characters"` of the whole
            text, `"bytes"`, or `"byte_pairs"`, learned from the training
            split; see `kerasgen.data.tokenizer_of`. Pass that of the training
            data for other splits.
        length: int or `None`. Tokens of a sequence. Defaults to 128, and for
            documents to that of the longest of all splits with its end.
        batch_size: int. Sequences in a batch, over all replicas.
        documents: bool. Whether the text falls into documents where there is
            an empty line. Each is then a sequence, which ends with token 0 and
            is filled up with it. Otherwise sequences are windows, which do not
            overlap and begin elsewhere in each epoch. Defaults to `True` for
            `"sums"` and for folders of classes.
        shuffle: bool. A new order each epoch, which depends on (seed, epoch)
            alone, so that a resumed run sees what an uninterrupted one would.
        seed: int or `None` for a fresh one.
        drop_remainder: bool. Whether to leave out the sequences of an epoch
            that fill no batch. Defaults to `shuffle`.
        labels: bool. Whether the class of each document comes with it, of a
            folder of classes, which are numbered in the order of their names.

    Returns:
        `tf.data.Dataset` of int32 tokens of shape `(batch, length)`, or of
        (tokens, labels); its attributes `tokenizer`, `length` and
        `class_names` (a list of str) say how they were made.

    Raises:
        ValueError: for an unknown name or split, a text shorter than `length`,
            documents that are longer, or labels where there are no classes.
        RuntimeError: if the data are not there and cannot be downloaded.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load_text("sums", batch_size=8, seed=0)
    >>> data.tokenizer.decode(next(iter(data)))[0].count("=")
    1
    """
    parts = _parts(split)
    if length is not None:
        check_positive_integer("length", length)
    texts = _by_class(name)
    known = texts.values()
    if tokenizer != "characters":
        known = [_shares_of(text, _parts("train")) for text in known]
    tokenizer = tokenizer_of("".join(known), tokenizer)
    are_documents = _are_documents(name, documents)
    if labels and not (are_documents and has_text_classes(name)):
        raise ValueError(
            "Argument `labels` must be False unless the text is documents in a "
            f"folder of classes. Received: name={str(name)!r}, "
            f"documents={documents}."
        )
    options = batch_size, shuffle, seed, drop_remainder
    if are_documents:
        every = [_documents_of(text) for text in texts.values()]
        if length is None:
            length = 1 + max(map(len, tokenizer.encode(sum(every, []))))
        chosen = [_shares_of(of_class, parts) for of_class in every]
        rows = _document_rows(sum(chosen, []), tokenizer, length)
        if not len(rows):
            raise ValueError(
                f"Argument `split` must be one with documents. Received: "
                f"split={split!r}, which has none of {sum(map(len, every))}: "
                "of 20 documents of a class one is for each of 'validation' "
                "and 'test'."
            )
        numbers = np.repeat(np.arange(len(chosen)), list(map(len, chosen)))
        columns = (rows, np.int32(numbers)) if labels else (rows,)
        dataset = arrays.batches(columns, *options)
    else:
        length = length or 128
        tokens = tokenizer.encode(_shares_of(_joined(texts), parts))
        dataset = _windows(tokens, length, *options)
    dataset.tokenizer, dataset.length = tokenizer, length
    dataset.class_names = list(texts) if has_text_classes(name) else []
    return dataset


def read_text(name, split="train", documents=None):
    """A text as it is.

    Args:
        name, split, documents: see `load_text`.

    Returns:
        str, or list of str for documents.

    Raises:
        ValueError, RuntimeError: see `load_text`.

    Example:

    >>> import kerasgen
    >>> len(kerasgen.data.read_text("sums", "test", documents=True))
    500
    """
    parts = _parts(split)
    texts = _by_class(name)
    if not _are_documents(name, documents):
        return _shares_of(_joined(texts), parts)
    every = map(_documents_of, texts.values())
    return sum((_shares_of(of_class, parts) for of_class in every), [])


def _parts(split):
    """The shares of a text that a split is of."""
    parts = [_SHARES.get(part) for part in str(split).split("+")]
    if None in parts:
        raise ValueError(
            f"Argument `split` must be one of {', '.join(_SHARES)}, or several "
            f"joined by '+'. Received: split={split!r}."
        )
    return parts


def has_text_classes(name):
    """Whether a name is the path of a folder with a folder a class."""
    return name not in _SOURCES and len(class_folders(name)) > 1


def _by_class(name):
    """Texts by the names of their classes, of which there may be one."""
    if name in _SOURCES:
        return {"": _SOURCES[name]()}
    if not is_text(name):
        raise unknown_text(name)
    folders = class_folders(name)
    if folders and text_files(name):
        raise ValueError(
            "Argument `name` must be a folder of .txt files, or of a folder of "
            f"them for each class. Received: {name}, which has both. Move one "
            "kind away."
        )
    if folders:
        return {folder.name: _of_files(folder) for folder in folders}
    return {"": _of_files(name)}


def _joined(texts):
    return "\n\n".join(texts.values())


def _documents_of(text):
    parts = [part.strip("\n") for part in text.split("\n\n")]
    return [part for part in parts if part]


def _shares_of(whole, parts):
    """Shares of a text or of documents, one after the other."""
    number = len(whole)
    found = [whole[round(a * number) : round(b * number)] for a, b in parts]
    return functools.reduce(operator.add, found)


def _are_documents(name, documents):
    if documents is None:
        return name == "sums" or has_text_classes(name)
    return bool(documents)


def _document_rows(texts, tokenizer, length):
    """Tokens of texts, with their ends, int32 of shape `(n, length)`."""
    rows = tokenizer.encode(texts)
    longest = max(map(len, rows), default=0)
    if longest >= length:
        number = sum(len(row) >= length for row in rows)
        raise ValueError(
            f"Argument `length` must be at least {longest + 1}, for the "
            f"longest document and its end. Received: length={length}, for "
            f"which {number} of {len(rows)} documents are too long. Pass "
            "`documents=False` for windows of one long text."
        )
    found = np.full((len(rows), length), END, np.int32)
    for row, tokens in zip(found, rows):
        row[: len(tokens)] = tokens
    return found


def _windows(tokens, length, batch_size, shuffle, seed, drop_remainder):
    """Batches of stretches of a text; see `load_text`."""
    # A shuffled epoch may leave out as many tokens as it begins late.
    number = (len(tokens) - (length - 1 if shuffle else 0)) // length
    if number < 1:
        needed = 2 * length - 1 if shuffle else length
        raise ValueError(
            f"Argument `length` must leave a window of the text: that of "
            f"{length} tokens takes {needed}. Received: a text of "
            f"{len(tokens)}."
        )
    drop_remainder, steps = arrays.steps_of_epoch(
        number, batch_size, shuffle, drop_remainder
    )
    with tf.device("CPU"):
        tokens = tf.constant(tokens)

    def in_order(epoch_seed=None):
        order, first = tf.range(number), tf.constant(0)
        if epoch_seed is not None:
            order = arrays.permutation(number, epoch_seed)
            bits = random.bits((), epoch_seed)
            first = tf.cast(bits % tf.cast(length, tf.uint32), tf.int32)
        starts = tf.data.Dataset.from_tensor_slices(first + length * order)
        return starts.batch(batch_size, drop_remainder=drop_remainder).map(
            lambda begin: tf.gather(tokens, begin[:, None] + tf.range(length))
        )

    seed = random.check_seed(seed)
    dataset = EpochCounter(seed).shuffled(in_order) if shuffle else in_order()
    return arrays.finish(dataset, steps)


# === Sources ===


def _python_topics():
    from pydoc_data.topics import topics

    return "\n\n".join(topics[key].strip("\n") for key in sorted(topics))


def _sums():
    """All sums of two numbers, in an order that is always the same.

    a + b stands beside b + a, so that no part has one without the other.
    """
    numbers = range(_SUMMANDS)
    twos = [((a, b), (b, a)) for a in numbers for b in range(a)]
    twos += [((a, a), (a + 1, a + 1)) for a in numbers[::2]]
    order = np.random.default_rng(0).permutation(len(twos))
    pairs = [pair for place in order for pair in twos[place]]
    return "\n\n".join(f"{a}+{b}={a + b}" for a, b in pairs)


def _tiny_shakespeare():
    builder = downloads.builder_of("tiny_shakespeare")
    if not builder.is_prepared():
        downloads.download(builder)
    # Its own parts are these shares of the text.
    parts = [
        row["text"].decode()
        for split in _SHARES
        for row in builder.as_dataset(split=split).as_numpy_iterator()
    ]
    return "".join(parts)


def _of_files(name):
    path = pathlib.Path(name).expanduser()
    files = text_files(path) if path.is_dir() else [path]
    texts = []
    for file in files:
        try:
            texts.append(file.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Argument `name` must be a text in UTF-8. Received: {file}, "
                f"with a byte that is not, at {error.start}. Save it as UTF-8."
            ) from error
    text = "\n\n".join(text.strip("\n") for text in texts)
    if not text:
        raise ValueError(
            "Argument `name` must be a file, or a folder of .txt files, with "
            f"text in it. Received: {name}, which has none."
        )
    return text


_SOURCES = {
    "python_topics": _python_topics,
    "sums": _sums,
    "tiny_shakespeare": _tiny_shakespeare,
}
