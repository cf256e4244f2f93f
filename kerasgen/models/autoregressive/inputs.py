"""Texts and prompts as tokens: checked in Python, and as tensors."""

import numpy as np
import tensorflow as tf

from kerasgen.data.endpoint_kinds import Texts
from kerasgen.data.tokenizers import END
from kerasgen.data.validation import check_integers
from kerasgen.utils.arguments import check_positive_integer


def checked_texts(tokenizer, texts, length=None):
    """Texts as an array of bytes.

    Args:
        tokenizer: `kerasgen.data.Tokenizer`.
        texts: str or list of str.
        length: int or `None`. The most tokens of a text.

    Raises:
        ValueError: for what is no text, has characters that are no tokens, or
            is too long.
    """
    rows = Texts().check([texts] if isinstance(texts, str) else texts, "texts")
    sizes = list(map(len, tokenizer.encode([row.decode() for row in rows])))
    if length is not None and max(sizes) > length:
        raise ValueError(
            f"Argument `texts` must be of at most {length} tokens each, which "
            f"the model sees. Received: one of {max(sizes)}. Cut it in parts."
        )
    return rows


def prompts_in_turn(model, prompts, num_samples):
    """Prompts for samples, one after the other.

    Args:
        model: `SequenceModel`.
        prompts: str, or int array of shape `(length,)`, or a list of those, or
            `None` for none.
        num_samples: int, or `None` for one a prompt.

    Returns:
        (int32 tokens of shape `(num_samples, longest)`, int32 lengths of shape
        `(num_samples,)`).

    Raises:
        ValueError: for prompts that are none.
    """
    if prompts is None:
        rows = [np.zeros(0, np.int32)]
    elif model.tokenizer is not None:
        texts = [prompts] if isinstance(prompts, str) else prompts
        texts = Texts().check(texts, "prompts")
        rows = model.tokenizer.encode([text.decode() for text in texts])
    else:
        first = next(iter(prompts), None)
        rows = [prompts] if first is None or np.ndim(first) == 0 else prompts
        rows = [_checked_tokens(row, model.vocabulary_size) for row in rows]
    number = len(rows) if num_samples is None else num_samples
    check_positive_integer("num_samples", number)
    if number < len(rows):
        raise ValueError(
            "Argument `num_samples` must be at least the number of prompts, "
            f"{len(rows)}. Received: num_samples={number}."
        )
    lengths = np.array([len(rows[i % len(rows)]) for i in range(number)])
    tokens = np.full((number, lengths.max()), END, np.int32)
    for i in range(number):
        tokens[i, : lengths[i]] = rows[i % len(rows)]
    return tokens, lengths.astype(np.int32)


def _checked_tokens(row, vocabulary_size):
    row = np.asarray(row)
    if not row.size:
        return row.astype(np.int32)
    found = check_integers(row[None], row.shape, vocabulary_size, "prompts")
    return found[0]


def check_prompts(lengths, length):
    """Raises for prompts of more than `length` tokens."""
    if lengths.max() > length:
        raise ValueError(
            f"Argument `length` must be at least {lengths.max()}, the tokens "
            f"of the longest prompt. Received: length={length}."
        )


def dense(ragged, length=None):
    """Ragged tokens as int32 of shape `(batch, length)`, 0 where there is none.

    Args:
        ragged: `tf.RaggedTensor`, with -1 for what is no token.
        length: int, or `None` for that of the longest.
    """
    tokens = ragged.to_tensor(END, shape=(None, length))
    return tf.maximum(tokens, END)


def are_known(ragged):
    """Which rows of ragged tokens are of tokens alone, bool."""
    return tf.reduce_all(ragged >= 0, axis=1)
