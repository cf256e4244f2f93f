"""Tokenizers: texts <-> numbers, in Python and in served graphs alike.

Token 0 ends a text and stands for nothing. All else is TensorFlow's operations
on strings, so that a tokenizer is the same in an export.
"""

import abc
import json

import keras
import numpy as np
import tensorflow as tf

from kerasgen.utils.arguments import check_positive_integer

END = 0
_UNKNOWN = -1
# Between texts, where tokens of several are merged at once.
_BORDER = -2
_BYTES = [bytes([value]) for value in range(256)]


class Tokenizer(abc.ABC):
    """Texts as sequences of numbers below `vocabulary_size`.

    A subclass says what text each token stands for (`symbols`), and how texts
    become tokens (`ragged_tokens`).

    Attributes:
        symbols: list of bytes, the text of each token; that of token 0, which
            ends a text, is empty.
    """

    symbols = ()

    @property
    def vocabulary_size(self):
        """The number of tokens."""
        return len(self.symbols)

    @property
    def characters_of_tokens(self):
        """How many characters each token begins, int array."""
        # In UTF-8 all bytes of a character but the first are 10xxxxxx.
        return np.array(
            [sum(byte >> 6 != 0b10 for byte in s) for s in self.symbols]
        )

    @property
    def example(self):
        """A short text of tokens, str."""
        text = self.decode(range(self.vocabulary_size))
        return "".join(c for c in text if c.isalnum())[:3] or text[:3]

    @abc.abstractmethod
    def ragged_tokens(self, texts):
        """Texts -> tokens; tensors.

        Args:
            texts: string tensor of shape `(batch,)`, in UTF-8.

        Returns:
            `tf.RaggedTensor` of int32, -1 for what is no token.
        """

    def texts(self, tokens):
        """Tokens -> texts, up to the first token 0; tensors.

        Args:
            tokens: int tensor of shape `(batch, length)`.

        Returns:
            String tensor of shape `(batch,)`, valid UTF-8: of a character that
            is not whole nothing is left.
        """
        is_over = tf.cumsum(tf.cast(tokens == END, tf.int32), axis=1) > 0
        tokens = tf.where(is_over, END, tokens)
        joined = tf.strings.reduce_join(
            tf.gather(tf.constant(self.symbols), tokens), axis=1
        )
        return tf.strings.unicode_transcode(
            joined, "UTF-8", "UTF-8", errors="ignore"
        )

    def encode(self, texts):
        """Texts as tokens.

        Args:
            texts: str, or list of str.

        Returns:
            int32 array of shape `(length,)`, or a list of those.

        Raises:
            ValueError: if a text has characters that are no tokens.
        """
        rows = [texts] if isinstance(texts, str) else list(texts)
        found = self.ragged_tokens(tf.constant(rows, tf.string))
        tokens = found.values.numpy()
        if (tokens == _UNKNOWN).any():
            known = set(self.decode(range(self.vocabulary_size)))
            unknown = sorted(set("".join(rows)) - known)
            raise ValueError(
                "Argument `texts` must be of characters that the tokenizer "
                f"knows. Received: {len(unknown)} others, such as "
                f"{unknown[0]!r}. Leave them out, or use the tokenizer "
                '"bytes", which knows all.'
            )
        if isinstance(texts, str):
            return tokens
        return np.split(tokens, found.row_splits.numpy()[1:-1]) if rows else []

    def decode(self, tokens):
        """Tokens as texts.

        Args:
            tokens: int, or int array of shape `(length,)`, for one text, of
                which token 0 is left out; or `(n, length)` for several, each
                up to its first token 0.

        Returns:
            str, or list of str.
        """
        tokens = np.atleast_1d(np.asarray(tokens, np.int32))
        if tokens.ndim == 1:
            joined = b"".join(self.symbols[token] for token in tokens)
            return joined.decode("utf-8", errors="ignore")
        return [text.decode() for text in self.texts(tokens).numpy()]

    def get_config(self):
        """The arguments, a dict of JSON values."""
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __eq__(self, other):
        return type(self) is type(other) and (
            self.get_config() == other.get_config()
        )

    def __hash__(self):
        return hash((type(self), self.vocabulary_size))


@keras.saving.register_keras_serializable("kerasgen")
class ByteTokenizer(Tokenizer):
    """One token a byte of UTF-8: 257 tokens for any text.

    Example:

    >>> ByteTokenizer().encode("é!").tolist()
    [196, 170, 34]
    """

    symbols = [b"", *_BYTES]

    def ragged_tokens(self, texts):
        found = tf.strings.bytes_split(texts)
        values = tf.io.decode_raw(found.values, tf.uint8)
        values = tf.reshape(tf.cast(values, tf.int32), [-1])
        return found.with_values(values + 1)


@keras.saving.register_keras_serializable("kerasgen")
class CharacterTokenizer(Tokenizer):
    """One token a character, of those of a text.

    Args:
        characters: str. All of them; how often and in which order does not
            matter.

    Example:

    >>> tokenizer = CharacterTokenizer("to be or not to be")
    >>> tokenizer.vocabulary_size
    8
    >>> tokenizer.decode(tokenizer.encode("not be"))
    'not be'
    """

    def __init__(self, characters):
        self.characters = "".join(sorted(set(characters)))
        if not self.characters:
            raise ValueError(
                "Argument `characters` must hold at least one. Received: none."
            )
        self.symbols = [b"", *(c.encode() for c in self.characters)]

    def get_config(self):
        return {"characters": self.characters}

    def ragged_tokens(self, texts):
        found = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        known = tf.constant([ord(c) for c in self.characters], tf.int32)
        places = tf.searchsorted(known, found.values)
        places = tf.minimum(places, len(self.characters) - 1)
        is_known = tf.gather(known, places) == found.values
        return found.with_values(tf.where(is_known, places + 1, _UNKNOWN))


@keras.saving.register_keras_serializable("kerasgen")
class BytePairTokenizer(Tokenizer):
    """Bytes, and what is made of pairs that a text has often.

    Sennrich et al. (2016), https://arxiv.org/abs/1508.07909, algorithm 1, on
    bytes. Pairs do not reach over the beginning of a word.

    Args:
        merges: list of pairs of int: the tokens that are merged, in the order
            in which they are; the first pair makes token 257. See `learn`.
    """

    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.symbols = list(ByteTokenizer.symbols)
        for first, second in self.merges:
            self.symbols.append(self.symbols[first] + self.symbols[second])

    def get_config(self):
        return {"merges": [list(pair) for pair in self.merges]}

    @classmethod
    def learn(cls, text, vocabulary_size=1024):
        """The tokenizer of a text, by the library `tokenizers`.

        Args:
            text: str.
            vocabulary_size: int, at least 257. Tokens, if the text has as many
                pairs that are there twice.

        Raises:
            ImportError: where `tokenizers` is not installed.
        """
        check_positive_integer("vocabulary_size", vocabulary_size)
        if vocabulary_size < 257:
            raise ValueError(
                "Argument `vocabulary_size` must be at least 257, for all "
                f"bytes. Received: vocabulary_size={vocabulary_size}."
            )
        try:
            import tokenizers
        except ImportError as error:
            raise ImportError(
                "Byte-pair codes are learned by the library tokenizers, which "
                'is not installed: pip install "kerasgen-zoo[text]".'
            ) from error
        learner = tokenizers.Tokenizer(tokenizers.models.BPE())
        split = tokenizers.pre_tokenizers.Split(" ", "merged_with_next")
        as_bytes = tokenizers.pre_tokenizers.ByteLevel(
            add_prefix_space=False, use_regex=False
        )
        learner.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
            [split, as_bytes]
        )
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=vocabulary_size - 1,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=as_bytes.alphabet(),
        )
        # Lines are there to be read a part at a time, and kept whole.
        learner.train_from_iterator(text.splitlines(keepends=True), trainer)
        merges = json.loads(learner.to_str())["model"]["merges"]
        tokens = {_letter(value): value + 1 for value in range(256)}
        found = []
        for first, second in merges:
            found.append((tokens[first], tokens[second]))
            tokens[first + second] = 256 + len(found)
        return cls(found)

    def ragged_tokens(self, texts):
        ragged = ByteTokenizer().ragged_tokens(texts)
        if not self.merges:
            return ragged
        borders = tf.fill((tf.shape(texts)[0], 1), _BORDER)
        flat = tf.concat([borders, ragged], axis=1).values
        merges = tf.constant(self.merges, tf.int32)

        def merge(index, flat):
            pair = merges[index]
            is_pair = (flat[:-1] == pair[0]) & (flat[1:] == pair[1])
            merged = tf.cond(
                tf.reduce_any(is_pair),
                lambda: _merged(flat, is_pair, 257 + index),
                lambda: flat,
            )
            return index + 1, merged

        _, flat = tf.while_loop(
            lambda index, _: index < len(self.merges),
            merge,
            (tf.constant(0), flat),
            shape_invariants=(tf.TensorShape(()), tf.TensorShape((None,))),
        )
        rows = tf.cumsum(tf.cast(flat == _BORDER, tf.int32)) - 1
        is_token = flat != _BORDER
        return tf.RaggedTensor.from_value_rowids(
            flat[is_token], rows[is_token], nrows=tf.shape(texts)[0]
        )


def _merged(flat, is_pair, token):
    """Tokens of which pairs, from left to right, have become one token.

    Args:
        flat: int32 tensor of shape `(length,)`.
        is_pair: bool tensor of shape `(length - 1,)`.
        token: int scalar tensor.
    """
    is_pair = tf.concat([[False], is_pair], axis=0)
    places = tf.range(tf.size(is_pair))
    # Of pairs that overlap, as in "aaa", every other one: each place counts
    # from the last where none began.
    stretch = tf.cumsum(tf.cast(~is_pair, tf.int32)) - 1
    start = tf.gather(tf.math.segment_min(places, stretch), stretch)
    begins = (is_pair & ((places - start) % 2 == 1))[1:]
    begins = tf.concat([begins, [False]], axis=0)
    ends = tf.concat([[False], begins[:-1]], axis=0)
    return tf.where(begins, token, flat)[~ends]


def _letter(value):
    """The letter for a byte in files of `tokenizers`, as those of GPT-2."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    if value in printable:
        return chr(value)
    return chr(256 + sum(other not in printable for other in range(value)))


def tokenizer_of(text, tokenizer):
    """The tokenizer that is meant, for a text.

    Args:
        text: str. What it is for.
        tokenizer: `Tokenizer`; or `"characters"`, `"bytes"`, or
            `"byte_pairs"`, with their number as in `"byte_pairs:2000"`.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(tokenizer, Tokenizer):
        return tokenizer
    name, _, size = str(tokenizer).partition(":")
    if name == "byte_pairs" and size in ("", *map(str, range(257, 10**5))):
        return BytePairTokenizer.learn(text, int(size or 1024))
    if not size and name == "characters":
        return CharacterTokenizer(text)
    if not size and name == "bytes":
        return ByteTokenizer()
    raise ValueError(
        'Argument `tokenizer` must be "characters", "bytes", "byte_pairs", '
        '"byte_pairs:2000" for so many, from 257, or a Tokenizer. Received: '
        f"tokenizer={tokenizer!r}."
    )
