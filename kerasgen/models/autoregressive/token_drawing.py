"""Sequences, drawn token by token with what a network keeps of those before."""

import tensorflow as tf

from kerasgen import samplers
from kerasgen.data.tokenizers import END
from kerasgen.utils import random


def draw_sequences(
    network, begin, window, prompts, seeds, settings, has_end=True
):
    """Draws what follows prompts; one loop, whatever their lengths.

    Where a sequence is longer than what the network sees, the network looks
    anew at the last half of that, and goes on.

    Args:
        network: `kerasgen.layers.Transformer`, or what has its
            methods.
        begin: int tensor of shape `(batch,)`. What is before the first token.
        window: int, at least 2. Tokens that the network sees.
        prompts: (int32 tokens of shape `(batch, any)`; int32 tensors of shape
            `(batch,)`: how many of these are given; how long sequences
            become).
        seeds: int tensor of shape `(batch, 2)`; or uniforms in (0, 1) in their
            place, float of shape `(batch, window)`, whose sequences are of
            `window` tokens.
        settings: temperatures, `top_k` and `top_p`, tensors of shape
            `(batch,)`; see `kerasgen.samplers.draw_token`.
        has_end: bool. Whether a sequence is over after token 0.

    Returns:
        int32 tensor of shape `(batch, longest)`; 0 after the end of a sequence.
    """
    if seeds.dtype.is_floating:
        return _draw_without_cache(
            network, begin, prompts, seeds, settings, has_end
        )
    tokens, given, lengths = prompts
    total = tf.maximum(tf.reduce_max(lengths), tf.shape(tokens)[1])
    uniforms = random.uniform_from_seed_rows(seeds, (total,))
    missing = total - tf.shape(tokens)[1]
    tokens = tf.pad(tokens, [[0, 0], [0, missing]], constant_values=END)
    places = tf.range(total)

    def look(tokens, first):
        """What the network keeps of the tokens from `first` on."""
        seen = tf.pad(tokens, [[0, 0], [0, window]])
        seen = seen[:, first : first + window - 1]
        seen = tf.ensure_shape(seen, (None, window - 1))
        return network.cache(tf.concat([begin[:, None], seen], axis=1))

    place = tf.reduce_min(given)
    # Where the loop below would be by now, had it begun at the first token:
    # what the network sees does not depend on other prompts in the batch.
    stride = window - window // 2
    strides = tf.maximum(place - window, -1) // stride + 1
    first = tf.where(place < window, 0, strides * stride)
    is_over = tf.zeros_like(given, tf.bool)
    state = place, first, tokens, is_over, look(tokens, first)

    def goes_on(place, first, tokens, is_over, cache):
        return (place < total) & ~tf.reduce_all(is_over)

    def step(place, first, tokens, is_over, cache):
        is_full = place - first >= window
        first = tf.where(is_full, place - window // 2, first)
        cache = tf.cond(is_full, lambda: look(tokens, first), lambda: cache)
        before = tokens[:, tf.maximum(place - 1, 0)]
        logits, cache = network.next_logits(
            tf.where(place == first, begin, before), cache, place - first
        )
        token = samplers.draw_token(logits, uniforms[:, place], *settings)
        token = tf.where(place < given, tokens[:, place], token)
        token = tf.where(is_over | (place >= lengths), END, token)
        if has_end:
            is_over |= (token == END) & (place >= given)
        is_here = (places == place)[None]
        tokens = tf.where(is_here, token[:, None], tokens)
        return place + 1, first, tokens, is_over, cache

    _, _, tokens, _, _ = tf.while_loop(goes_on, step, state)
    return tokens


def _draw_without_cache(network, begin, prompts, uniforms, settings, has_end):
    """The same in operations that every runtime has.

    A loop whose tensors keep their shapes, in which the network looks at all
    tokens anew for each.

    Args:
        uniforms: float tensor of shape `(batch, window)`, in (0, 1).
        network, begin, prompts, settings, has_end: see `draw_sequences`; the
            lengths in `prompts` are not looked at.
    """
    tokens, given, _ = prompts
    total = uniforms.shape[1]
    missing = total - tf.shape(tokens)[1]
    tokens = tf.pad(tokens, [[0, 0], [0, missing]], constant_values=END)
    # What LiteRT has of `tf.ensure_shape`.
    tokens = tf.reshape(tokens, (-1, total))
    places = tf.range(total)

    def step(place, tokens):
        seen = tf.concat([begin[:, None], tokens[:, :-1]], axis=1)
        logits = network.logits(network.states(seen)[:, place])
        logits = tf.cast(logits, tf.float32)
        token = samplers.draw_token(logits, uniforms[:, place], *settings)
        token = tf.where(place < given, tokens[:, place], token)
        if has_end:
            before = tokens[:, tf.maximum(place - 1, 0)]
            token = tf.where((before == END) & (place > given), END, token)
        is_here = (places == place)[None]
        return place + 1, tf.where(is_here, token[:, None], tokens)

    _, tokens = tf.while_loop(
        lambda place, _: place < total, step, (tf.constant(0), tokens)
    )
    return tokens
