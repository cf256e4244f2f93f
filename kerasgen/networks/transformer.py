"""A transformer for sequences of tokens, by its options."""

from kerasgen.layers import Transformer


def sequence(
    num_inputs: int,
    num_outputs: int,
    width: int = 128,
    num_blocks: int = 4,
    attention_heads: int = 4,
    key_value_heads: int | None = None,
    feed_forward: str = "swiglu",
    dropout: float = 0.0,
) -> Transformer:
    """Tokens -> logits of the next token at each place.

    Args:
        num_inputs, num_outputs: int. Tokens that may come in, and those, the
            first of them, that may come next.
        width, num_blocks, attention_heads, key_value_heads, feed_forward,
            dropout: see `kerasgen.layers.Transformer`.

    Returns:
        `kerasgen.layers.Transformer` from int `(batch, length)` to
        `(batch, length, num_outputs)`.
    """
    return Transformer(
        num_inputs,
        num_outputs,
        width,
        num_blocks,
        attention_heads,
        key_value_heads,
        feed_forward,
        dropout,
    )
