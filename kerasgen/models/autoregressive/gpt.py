"""GPT: a language model, each token from those before it."""

import math

import keras
import tensorflow as tf

from kerasgen import metrics
from kerasgen import networks
from kerasgen.data.kinds import Tokens
from kerasgen.data.tokenizers import END
from kerasgen.data.tokenizers import Tokenizer
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import ObjectArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.autoregressive.first_token import sequence_network
from kerasgen.models.autoregressive.first_token import shifted
from kerasgen.models.autoregressive.sequence_model import SequenceModel
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.zoo import register


@register("gpt")
class GPT(SequenceModel):
    """GPT: draws text, or any tokens, one after the other.

    Use it for texts, for whatever else is a sequence of tokens, and where exact
    likelihoods of it are wanted. A transformer says how likely each token is
    after those before it; training minimizes (equation 1 of Radford et al.
    2018, as a mean over tokens)

    `-1/n sum_i log p(x_i | x_1, ..., x_{i-1})`.

    With a tokenizer, a sequence may end before `length`, by token 0; what
    follows counts for nothing. A class is told by the token before the first.

    `fit` and `evaluate` report `loss`, in nats a token; `perplexity`, its
    exponential; and, with a tokenizer, `bits_per_character`.

    Args:
        length: int, at least 2. Tokens of a sequence, and the most that the
            network sees.
        tokenizer: `kerasgen.data.Tokenizer`, with which the model takes and
            returns texts; `None` for tokens.
        vocabulary_size: int. Tokens are from 0 to one below it. Defaults to
            that of the tokenizer.
        num_classes: int, or `None` for a model without classes. It is then
            fitted to (tokens, labels).
        network: str. `"transformer"`.
        network_options: dict or `None`. Options of
            `kerasgen.layers.Transformer`, such as `{"width": 192,
            "num_blocks": 6, "attention_heads": 6, "dropout": 0.1}`.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the new one of the weights that are used in all but training. It
            grows to that from 0.1 as training goes on.
        temperature: float. See `kerasgen.samplers.draw_token`; as the next two
            it can be given to `generate` too.
        top_k: int, or `None` for all tokens.
        top_p: float in [0, 1].
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load_text("sums", batch_size=64, seed=0)
    >>> model = kerasgen.GPT(data.length, data.tokenizer, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=1, verbose=0)
    >>> texts = model.generate(2, seed=0, prompts="3+4=")
    >>> [text[:4] for text in texts]
    ['3+4=', '3+4=']

    References:
        - Radford et al. (2018), Improving Language Understanding by Generative
          Pre-Training,
          https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf
    """

    weighs_rows = True

    length = Argument(REQUIRED, at_least_two)
    tokenizer = ObjectArgument(Tokenizer)
    vocabulary_size = Argument(None, optional(positive_integer))
    num_classes = Argument(None, optional(at_least_two))
    network = Argument("transformer", one_of(*networks.SEQUENCES))
    network_options = Argument(None)
    ema_momentum = Argument(0.99, optional(below_one))
    temperature = Argument(1.0, at_least(0))
    top_k = Argument(None, optional(positive_integer))
    top_p = Argument(1.0, in_range(0, 1))

    def configure(self):
        super().configure()
        of_tokenizer = getattr(self.tokenizer, "vocabulary_size", None)
        if self.vocabulary_size is None:
            self.vocabulary_size = of_tokenizer
        if self.vocabulary_size is None:
            raise ValueError(
                "Argument `vocabulary_size` must be given where there is no "
                "tokenizer. Received: neither."
            )
        if of_tokenizer not in (None, self.vocabulary_size):
            raise ValueError(
                "Argument `vocabulary_size` must be that of the tokenizer, "
                f"{of_tokenizer}. Received: "
                f"vocabulary_size={self.vocabulary_size}. Leave it out."
            )

    def build_networks(self):
        self.sequence = sequence_network(
            self.network,
            self.vocabulary_size,
            self.num_classes,
            self.dtype_policy,
            self.network_options,
        )

    def make_trackers(self):
        trackers = [
            *super().make_trackers(),
            metrics.ExponentialMean(name="perplexity"),
        ]
        if self.tokenizer is not None:
            trackers.append(keras.metrics.Mean(name="bits_per_character"))
        return trackers

    @property
    def kind(self):
        return Tokens(self.length, self.vocabulary_size)

    # === Losses ===

    def compute_losses(self, batch, training):
        tokens = batch.data
        nats = self.nats(tokens, batch.labels, training)
        counts = tf.cast(self.counts(tokens), tf.float32)
        # Of texts, which end, a sequence has fewer tokens than `length`.
        tokens_a_row = batch.sum_over_replicas(
            tf.reduce_sum(batch.without_padding(counts)) / batch.size
        )
        loss = batch.mean(tf.reduce_sum(nats * counts, axis=1)) / tokens_a_row
        values = {"loss": loss, "perplexity": loss}
        if self.tokenizer is not None:
            weights = dict.fromkeys(values, tokens_a_row)
            characters = tf.gather(
                tf.constant(self.tokenizer.characters_of_tokens, tf.float32),
                tokens,
            )
            of_row = batch.without_padding(characters * counts)
            characters_a_row = batch.sum_over_replicas(
                tf.reduce_sum(of_row) / batch.size
            )
            bits = loss * tokens_a_row / math.log(2.0)
            values["bits_per_character"] = bits / characters_a_row
            weights["bits_per_character"] = characters_a_row
            values["weights"] = weights
        return values

    def nats(self, tokens, labels=None, training=False):
        """`-log p` of each token after those before it, `(batch, length)`."""
        before = self.shifted(tokens, labels)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tokens, logits=self.sequence(before, training=training)
        )

    def shifted(self, tokens, labels=None):
        """What is before each token, of the same shape."""
        return shifted(tokens, self.vocabulary_size, labels)

    def counts(self, tokens):
        """Which tokens count: up to the end of a text, and that too."""
        if self.tokenizer is None:
            return tf.ones_like(tokens, tf.bool)
        ends = tf.cast(tokens == END, tf.int32)
        return tf.cumsum(ends, axis=1, exclusive=True) == 0

    def call(self, inputs, training=False):
        """Tokens and, where there are classes, labels -> logits of each token.

        Those of a token are functions of the tokens before it.
        """
        tokens, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        return self.sequence(self.shifted(tokens, labels), training=training)
