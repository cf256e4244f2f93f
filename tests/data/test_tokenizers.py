"""Tokenizers: the same in Python, in graphs and, where it is, the library."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen.data import tokenizers

TEXT = "to be, or not to be: that is the question. 漢字 à la carte\n" * 20
MERGES = [(98, 99), (257, 100), (98, 98)]  # ab, abc, aa
TOKENIZERS = [
    tokenizers.ByteTokenizer(),
    tokenizers.CharacterTokenizer(TEXT),
    tokenizers.BytePairTokenizer(MERGES),
]
by_class = pytest.mark.parametrize(
    "tokenizer", TOKENIZERS, ids=lambda t: type(t).__name__
)


@by_class
def test_texts_come_back(tokenizer):
    texts = ["to be", "", "漢字 à", "\n"]
    tokens = tokenizer.encode(texts)
    assert [tokenizer.decode(row) for row in tokens] == texts
    ragged = tokenizer.ragged_tokens(tf.constant(texts))
    dense = ragged.to_tensor(tokenizers.END, shape=(None, 30))
    assert tokenizer.decode(dense) == texts
    assert all(row.max(initial=1) < tokenizer.vocabulary_size for row in tokens)


@by_class
def test_the_end_ends_a_text(tokenizer):
    tokens = tokenizer.encode("to be")
    row = np.concatenate([tokens[:2], [tokenizers.END], tokens])
    assert tokenizer.decode(row[None]) == [tokenizer.decode(tokens[:2])]


@by_class
def test_config_round_trip(tokenizer):
    config = keras.saving.serialize_keras_object(tokenizer)
    again = keras.saving.deserialize_keras_object(config)
    assert again == tokenizer
    assert again.symbols == tokenizer.symbols


@by_class
def test_characters_of_tokens_add_up(tokenizer):
    text = "to be, 漢字"
    counts = tokenizer.characters_of_tokens[tokenizer.encode(text)]
    assert counts.sum() == len(text)


def test_characters_that_are_not_whole_are_left_out():
    tokens = TOKENIZERS[0].encode("a漢b")
    assert TOKENIZERS[0].decode(tokens[None, :3]) == ["a"]
    assert TOKENIZERS[0].decode(tokens[:3]) == "a"


def test_unknown_characters_are_refused():
    with pytest.raises(ValueError, match="such as 'X'"):
        TOKENIZERS[1].encode(["be", "Xbe"])
    ragged = TOKENIZERS[1].ragged_tokens(tf.constant(["X"]))
    assert ragged.to_list() == [[-1]]


def test_merges_by_hand():
    found = TOKENIZERS[2].ragged_tokens(
        tf.constant(["abcab", "aaaaa", "", "ba aab"])
    )
    assert found.to_list() == [
        [258, 257],
        [259, 259, 98],
        [],
        [99, 98, 33, 98, 257],
    ]


def test_byte_pairs_are_those_of_the_library():
    library = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.BytePairTokenizer.learn(TEXT, 300)
    assert 257 < tokenizer.vocabulary_size <= 300
    letters = [tokenizers._letter(value) for value in range(256)]
    names = [
        "".join(letters[byte] for byte in symbol)
        for symbol in tokenizer.symbols[1:]
    ]
    pairs = [
        (names[a - 1], names[b - 1]) for a, b in tokenizer.merges
    ]  # fmt: skip
    own = library.Tokenizer(
        library.models.BPE({n: i for i, n in enumerate(names)}, pairs)
    )
    own.pre_tokenizer = library.pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    )
    for text in (TEXT[:200], "not the carte  là", "aaaa"):
        expected = np.array(own.encode(text).ids) + 1
        np.testing.assert_array_equal(tokenizer.encode(text), expected)
    assert len(tokenizer.encode(TEXT)) < len(TEXT.encode()) / 2


@pytest.mark.parametrize("wrong", ["words", "byte_pairs:9", "bytes:300", 3])
def test_wrong_names_are_refused(wrong):
    with pytest.raises(ValueError, match="must be .characters"):
        tokenizers.tokenizer_of(TEXT, wrong)
