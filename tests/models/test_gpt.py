"""GPT: the contract of models of tokens, its likelihood, texts and draws."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.data.tokenizers import END
from kerasgen.serving import replay
from tests.contract.any_kind import AnyKindContract
from tests.contract.config import ConfigContract
from tests.models.test_probes import LENGTH
from tests.models.test_probes import VOCABULARY
from tests.models.test_probes import TestNextToken as NextToken
from tests.serving.playgrounds import served

NETWORK = {"width": 16, "num_blocks": 2, "attention_heads": 2}


class TestGPTContract(AnyKindContract):
    model_class = kerasgen.GPT
    shapes = {"length": LENGTH, "vocabulary_size": VOCABULARY}
    arguments = {"network_options": NETWORK}
    config_arguments = {
        "network_options": {**NETWORK, "dropout": 0.1},
        "ema_momentum": 0.9,
        "num_classes": 3,
        "temperature": 0.5,
        "top_k": 3,
        "top_p": 0.9,
    }
    metric_names = {"loss", "perplexity"}
    draws_noise = False
    data_for = NextToken.data_for
    test_defaults_are_the_paper_s = ConfigContract.test_defaults_are_the_paper_s


@pytest.fixture(scope="module")
def sums():
    """A model of short sums that was trained a little."""
    keras.utils.set_random_seed(0)
    data = kerasgen.data.load_text("sums", batch_size=64, seed=0)
    model = kerasgen.GPT(
        data.length, data.tokenizer, network_options=NETWORK, seed=0
    )
    model.compile()
    model.history_of_fit = model.fit(data, epochs=1, verbose=0).history
    return model


def texts_of(rows, tokenizer):
    return tokenizer.decode(np.array(rows, "int32"))


def test_probabilities_of_all_texts_add_up_to_one():
    tokenizer = kerasgen.data.CharacterTokenizer("ab")
    model = kerasgen.GPT(3, tokenizer, network_options=NETWORK, seed=0)
    texts = [
        "".join(letters)
        for length in range(4)
        for letters in itertools.product("ab", repeat=length)
    ]
    nats = model.log_likelihood(texts)
    np.testing.assert_allclose(np.exp(nats).sum(), 1.0, atol=1e-5)
    assert nats.std() > 1e-3


def test_loss_by_hand(sums):
    texts = kerasgen.data.read_text("sums", "test")[:20]
    data = np.full((20, sums.length), END, "int32")
    for row, tokens in zip(data, sums.tokenizer.encode(texts)):
        row[: len(tokens)] = tokens
    found = sums.evaluate(data, batch_size=20, verbose=0, return_dict=True)
    nats = -sums.log_likelihood(texts).sum()
    # The end of a text is a token too, unless there is no room for it.
    tokens = sum(min(len(text) + 1, sums.length) for text in texts)
    np.testing.assert_allclose(found["loss"], nats / tokens, rtol=1e-5)
    np.testing.assert_allclose(
        found["perplexity"], np.exp(nats / tokens), rtol=1e-5
    )
    characters = sum(map(len, texts))
    np.testing.assert_allclose(
        found["bits_per_character"], nats / characters / np.log(2), rtol=1e-5
    )


def test_probabilities_of_the_next_token(sums):
    shares = sums.next_token(["3+4", "3+4=", "12+34=46"])
    assert shares.shape == (3, sums.vocabulary_size)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    # By the chain rule.
    after = sums.log_likelihood("3") - np.log(sums.next_token("3")[0, END])
    (three,) = sums.tokenizer.encode("3")
    first = np.log(sums.next_token("")[0, three])
    np.testing.assert_allclose(after, first, rtol=1e-4)


def test_likelihoods_of_tokens_add_up(sums):
    texts = ["3+4=7", "1"]
    found = sums.token_log_likelihoods(texts)
    assert found.shape == (2, sums.length)
    np.testing.assert_allclose(
        found.sum(axis=1), sums.log_likelihood(texts), rtol=1e-5
    )
    (plus,) = sums.tokenizer.encode("+")
    expected = np.log(sums.next_token("3")[0, plus])
    np.testing.assert_allclose(found[0, 1], expected, rtol=1e-4)
    # After the end nothing counts.
    assert np.all(found[1, 1] < 0) and np.all(found[1, 2:] == 0)


def test_draws_follow_the_probabilities(sums):
    shares = sums.next_token("1")[0]
    number = 2000
    texts = sums.generate(number, seed=0, prompts="1", length=2)
    drawn = [text[1:] for text in texts]
    for token, share in enumerate(shares):
        found = drawn.count(sums.tokenizer.symbols[token].decode()) / number
        deviation = np.sqrt(share * (1 - share) / number)
        np.testing.assert_allclose(found, share, atol=4.5 * deviation + 1e-3)


def test_drawing_with_a_cache_is_drawing_without(sums):
    """Token for token, by the whole network each time."""
    found = sums.generate(6, seed=1, prompts=["", "4", "50+"])
    seeds = tf.stack([tf.fill([6], 1), tf.range(6)], axis=1)
    length = sums.length
    bits = kerasgen.utils.random.bits_from_seed_rows(seeds, (length,))
    uniforms = kerasgen.utils.random.uniform_from_bits(bits)
    rows = sums.tokenizer.encode(["", "4", "50+"] * 2)
    tokens = np.full((6, length), END, "int32")
    for row, given in zip(tokens, rows):
        row[: len(given)] = given
    ones = tf.ones([6])
    for place in range(length):
        with sums.averaged_weights():
            logits = sums((tf.constant(tokens)))[:, place]
        drawn = kerasgen.samplers.draw_token(
            logits,
            uniforms[:, place],
            ones,
            tf.fill([6], sums.vocabulary_size),
            ones,
        )
        for row, token, given in zip(tokens, drawn.numpy(), rows):
            is_over = place > len(given) and row[place - 1] == END
            if place >= len(given) and not is_over:
                row[place] = token
    assert found == sums.tokenizer.decode(tokens)


def test_samples_are_functions_of_their_seeds(sums):
    texts = sums.generate(5, seed=3, prompts=["1", "", "12+"])
    assert texts == sums.generate(
        5, seed=3, prompts=["1", "", "12+"], batch_size=2
    )
    # A prompt beside it changes nothing.
    assert texts[0] == sums.generate(1, seed=3, prompts="1")[0]
    assert [text[: len(p)] for text, p in zip(texts, ["1", "", "12+"])] == [
        "1",
        "",
        "12+",
    ]


def test_goes_on_beyond_what_it_sees():
    model = kerasgen.GPT(8, vocabulary_size=5, network_options=NETWORK, seed=0)
    tokens = model.generate(3, seed=0, length=30)
    assert tokens.shape == (3, 30)
    np.testing.assert_array_equal(
        tokens[:, :20], model.generate(3, seed=0, length=20)
    )
    # What a long prompt is followed by.
    again = model.generate(1, seed=0, prompts=tokens[0, :20], length=30)
    np.testing.assert_array_equal(again[0], tokens[0])


def test_other_prompts_in_the_batch_change_nothing():
    """Not even where the network sees the end of a long one only."""
    model = kerasgen.GPT(8, vocabulary_size=5, network_options=NETWORK, seed=0)
    for weights in model.trainable_weights:
        noise = np.random.default_rng(0).normal(size=weights.shape)
        weights.assign(weights + noise / 3)
    generator = np.random.default_rng(1)
    for length in (8, 9, 13, 22):
        prompt = generator.integers(5, size=length)
        for seed in range(3):
            alone = model.generate(prompts=prompt, seed=seed, length=40)
            beside = model.generate(
                prompts=[prompt, prompt[:3]], seed=seed, length=40
            )
            np.testing.assert_array_equal(beside[0], alone[0])


def test_losses_are_of_tokens_however_they_are_batched(sums):
    """Short texts and long ones, in batches of either."""
    texts = ["1+2=3", "4+4=8", "99+99=198", "88+77=165"]
    data = np.full((4, sums.length), END, "int32")
    for row, tokens in zip(data, sums.tokenizer.encode(texts)):
        row[: len(tokens)] = tokens
    whole = sums.evaluate(data, batch_size=4, verbose=0, return_dict=True)
    parts = sums.evaluate(data, batch_size=2, verbose=0, return_dict=True)
    for name, value in whole.items():
        np.testing.assert_allclose(parts[name], value, rtol=1e-5)


def test_encode_sees_all_tokens():
    model = kerasgen.GPT(4, vocabulary_size=5, network_options=NETWORK, seed=0)
    first, second = model.encode(np.array([[0, 1, 2, 3], [0, 1, 2, 4]]))
    assert np.abs(first - second).max() > 1e-3


def test_more_prompts_than_samples_are_refused(sums):
    with pytest.raises(ValueError, match="at least the number of prompts, 3"):
        sums.generate(2, prompts=["1", "2", "3"])


def test_nothing_is_traced_anew(sums):
    sums.generate(2, seed=0)
    (drawing,) = (
        function
        for (name, *_), function in sums._compiled_functions.items()
        if name == "draw"
    )
    count = drawing.experimental_get_tracing_count()
    assert count == 1
    sums.generate(7, seed=0, prompts=["1", "22+3"], length=9, top_k=2)
    sums.generate(1, seed=0, length=40, temperature=0.3, top_p=0.5)
    assert drawing.experimental_get_tracing_count() == count


def test_export_takes_and_returns_texts(sums, tmp_path):
    folder = sums.export(tmp_path / "served")
    seeds = np.array([[5, 0], [5, 1], [5, 2]], "int32")
    prompts = np.array([b"7+", b"", b"X"])
    texts = np.array([b"1+2=3", b"1+2=3+4=5+6=7", b"X"])
    generated, nats = replay.answers(
        folder,
        [
            ("generate", {"seeds": seeds, "prompts": prompts}),
            ("log_likelihood", {"texts": texts}),
        ],
    )
    expected = sums.generate(2, seed=5, prompts=["7+", ""])
    assert [t.decode() for t in generated["texts"]] == [*expected, ""]
    np.testing.assert_allclose(
        nats["log_likelihood"],
        [*sums.log_likelihood("1+2=3"), np.nan, np.nan],
        rtol=1e-5,
    )


def test_a_client_draws_what_the_model_draws(sums, tmp_path):
    folder = sums.export(tmp_path / "served")
    with served(folder) as client:
        found = client.generate(3, seed=5, prompts=["7+", ""])
        assert found.tolist() == sums.generate(3, seed=5, prompts=["7+", ""])
        assert client.generate(1, seed=5)[0] == sums.generate(1, seed=5)[0]
        nats = client.call("log_likelihood", texts="1+2=3")
        np.testing.assert_allclose(
            nats, sums.log_likelihood("1+2=3"), rtol=1e-5
        )
        shares = client.call("next_token", texts=["1+", "2"])
        np.testing.assert_allclose(
            shares, sums.next_token(["1+", "2"]), atol=1e-6
        )


def test_classes_change_what_is_drawn():
    model = kerasgen.GPT(
        4, vocabulary_size=3, num_classes=2, network_options=NETWORK, seed=0
    )
    model.compile(keras.optimizers.Adam(0.01))
    labels = np.arange(64) % 2
    tokens = np.repeat(labels[:, None], 4, axis=1).astype("int32")
    model.fit(tokens, labels, epochs=40, verbose=0)
    drawn = model.generate(10, seed=0, labels=[0, 1])
    assert (drawn == np.arange(10)[:, None] % 2).mean() > 0.9
    right, wrong = (
        model.log_likelihood(tokens, labels=given)
        for given in (labels, 1 - labels)
    )
    assert right.min() > wrong.max()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"prompts": "a"}, "characters that the tokenizer"),
        ({"prompts": "1+2=3" * 9, "length": 20}, "at least 45"),
        ({"prompts": [3]}, "texts, a list of str"),
        ({"prompts": []}, "texts, a list of str"),
        ({"temperature": -1.0}, "temperature"),
        ({"top_k": 0}, "top_k"),
        ({"top_p": 2.0}, "top_p"),
        ({"length": 0}, "length"),
        ({"num_samples": 0}, "num_samples"),
        ({"labels": 1}, "no classes"),
    ],
)
def test_wrong_arguments_are_refused(sums, arguments, words):
    with pytest.raises(ValueError, match=words):
        sums.generate(**arguments)


def test_vocabulary_must_be_known():
    tokenizer = kerasgen.data.ByteTokenizer()
    with pytest.raises(ValueError, match="Received: neither"):
        kerasgen.GPT(8)
    with pytest.raises(ValueError, match="that of the tokenizer, 257"):
        kerasgen.GPT(8, tokenizer, vocabulary_size=3)
    with pytest.raises(ValueError, match="must be a Tokenizer"):
        kerasgen.GPT(8, "bytes")
