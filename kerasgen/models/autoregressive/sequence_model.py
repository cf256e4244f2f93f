"""What models of sequences can be asked, in texts or in tokens."""

import numpy as np
import tensorflow as tf

from kerasgen.data.endpoint_kinds import Latents
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Strings
from kerasgen.data.endpoint_kinds import Texts
from kerasgen.data.endpoint_kinds import Uniforms
from kerasgen.data.endpoint_kinds import Values
from kerasgen.data.kinds import Tokens
from kerasgen.data.tokenizers import END
from kerasgen.engine.arguments import arguments_of
from kerasgen.models.autoregressive import inputs
from kerasgen.models.autoregressive.first_token import first_tokens
from kerasgen.models.autoregressive.token_drawing import draw_sequences
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.endpoints import only_where
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.utils import random
from kerasgen.utils.seeds import seed_rows

# The types of the settings of a draw, in their order.
_SETTINGS = tf.int32, tf.float32, tf.int32, tf.float32


class SequenceModel(GenerativeModel):
    """A model of sequences of tokens, each after those before it.

    With a `tokenizer` it takes and returns texts, in its exports too. A
    subclass has a network, `sequence`, that is a
    `kerasgen.layers.Transformer` or has its methods; the settings
    of its draws (`temperature`, `top_k`, `top_p`); and says what each token
    costs (`nats`), which tokens count (`counts`) and what is before each
    (`shifted`).
    """

    # === Methods ===

    def generate(
        self,
        num_samples=None,
        seed=None,
        batch_size=64,
        labels=None,
        prompts=None,
        length=None,
        temperature=None,
        top_k=None,
        top_p=None,
    ):
        """Draws sequences, which begin as they are told to.

        Beyond what the network sees, it goes on from the last half of that.
        Nothing is traced anew for other numbers.

        Args:
            num_samples: int. Defaults to one a prompt.
            seed: int or `None` for a fresh one. Sample `i` is a function of
                (`seed`, `i`), its prompt and its label alone.
            batch_size: int. Samples drawn at a time.
            labels: see `kerasgen.models.GenerativeModel.generate`.
            prompts: str or list of str, taken in turn; without a tokenizer
                int array of shape `(length,)`, or a list of those. How samples
                begin.
            length: int. Tokens of a sample, with its prompt. Defaults to the
                model's.
            temperature, top_k, top_p: those of the model by default.

        Returns:
            list of str, prompts included; without a tokenizer an int32 array
            of shape `(num_samples, length)`.

        Raises:
            ValueError: for prompts that are longer than `length`, or have what
                is no token.

        Example:

        ```python
        model.generate(prompts=["ROMEO:", "JULIET:"], length=500, top_k=20)
        ```
        """
        given = {
            "length": length,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
        }
        declared = arguments_of(type(self))
        settings = {
            name: getattr(self, name)
            if value is None
            else declared[name].kept(value)
            for name, value in given.items()
        }
        tokens, lengths = inputs.prompts_in_turn(self, prompts, num_samples)
        inputs.check_prompts(lengths, settings["length"])
        number = len(tokens)
        labels = self.labels_in_turn(labels, number)
        settings["top_k"] = settings["top_k"] or self.vocabulary_size
        drawn = self.call_in_batches(
            "draw",
            self.draw,
            batch_size,
            seed_rows(random.check_seed(seed), number),
            tokens,
            lengths,
            *(
                np.full(number, value, dtype.as_numpy_dtype)
                for value, dtype in zip(settings.values(), _SETTINGS)
            ),
            *labels,
            input_signature=[
                tf.TensorSpec((None, 2), tf.int32),
                tf.TensorSpec((None, None), tf.int32),
                tf.TensorSpec((None,), tf.int32),
                *(tf.TensorSpec((None,), dtype) for dtype in _SETTINGS),
                *(tf.TensorSpec((None,), tf.int32) for _ in labels),
            ],
        )
        if self.tokenizer is None:
            return drawn
        return self.tokenizer.decode(drawn)

    def log_likelihood(self, texts, batch_size=64, labels=None):
        """`log p` of sequences, exactly.

        Args:
            texts: str or list of str of at most `length` tokens; without a
                tokenizer int array of shape `(n, length)`. A text that is
                shorter than `length` ends where it ends.
            batch_size: int. Sequences at a time.
            labels: class or array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of shape `(n,)`, in nats. The end of a text that is
            shorter than `length` is part of it: a model of windows of one long
            text, which has no ends, gives that next to no probability, and
            `token_log_likelihoods` tells it from the rest.
        """
        return self._of_sequences("log_likelihood", texts, batch_size, labels)

    def token_log_likelihoods(self, texts, batch_size=64, labels=None):
        """`log p` of each token after those before it.

        Args:
            texts, batch_size, labels: see `log_likelihood`.

        Returns:
            float32 array of shape `(n, length)`, in nats: 0 after the end of a
            text. The sum of a row is what `log_likelihood` returns.
        """
        return self._of_sequences(
            "log_likelihood",
            texts,
            batch_size,
            labels,
            output="token_log_likelihoods",
        )

    def encode(self, texts, batch_size=64, labels=None):
        """Sequences as vectors: the mean of the last states of their tokens.

        Args:
            texts, batch_size, labels: see `log_likelihood`.

        Returns:
            float32 array of shape `(n, width)`.
        """
        return self._of_sequences("encode", texts, batch_size, labels)

    def next_token(self, texts, batch_size=64, labels=None):
        """How likely each token is to come next.

        Args:
            texts: str or list of str, of which the last `length - 1` tokens
                count.
            batch_size, labels: see `log_likelihood`.

        Returns:
            float32 array of shape `(n, vocabulary_size)`.
        """
        return self._of_sequences("next_token", texts, batch_size, labels)

    def _of_sequences(self, endpoint, texts, batch_size, labels, output=None):
        if endpoint not in self.endpoints():
            return self.call_endpoint(endpoint)  # Says what there is.
        if self.tokenizer is None:
            rows = self.kind.check(texts, "tokens")
        else:
            limit = None if endpoint == "next_token" else self.length
            rows = inputs.checked_texts(self.tokenizer, texts, limit)
        labels = self.checked_labels(labels, len(rows))
        return self.call_endpoint(
            endpoint, rows, *labels, batch_size=batch_size, output=output
        )

    # === Endpoints ===

    def endpoints(self):
        labels = self._label_inputs()
        table = super().endpoints()
        vectors = {"latents": Latents((self.sequence.width,))}
        nats = {
            "log_likelihood": Values(),
            "token_log_likelihoods": Values((self.length,)),
        }
        if self.tokenizer is None:
            tokens = {self.kind.served_as: self.kind, **labels}
            table["log_likelihood"] = Endpoint(
                self.log_likelihood_of, tokens, nats
            )
            table["encode"] = Endpoint(self.vectors_of, tokens, vectors)
            return table
        text = Texts(example=self.tokenizer.example)
        texts = {text.served_as: text, **labels}
        shares = Values((self.vocabulary_size,), bounds=(0, 1))
        # So that who asks a server need not know the tokenizer.
        nats["token_bytes"] = Strings((self.length,))
        any_token = {"token_bytes": Strings((self.vocabulary_size,))}
        return {
            **table,
            "generate": Endpoint(
                self.texts_from_prompts,
                {"seeds": Seeds(), "prompts": text, **labels},
                {text.served_as: text},
            ),
            "log_likelihood": Endpoint(
                self._of_texts(self.log_likelihood_of), texts, nats
            ),
            "encode": Endpoint(self._of_texts(self.vectors_of), texts, vectors),
            "next_token": Endpoint(
                self.probabilities_after,
                texts,
                {"probabilities": shares, **any_token},
            ),
        }

    def _of_texts(self, function):
        """A function of tokens as one of texts, NaN where these have none."""

        def of_texts(texts, *labels):
            ragged = self.tokenizer.ragged_tokens(texts)
            is_right = inputs.are_known(ragged)
            is_right &= ragged.row_lengths() <= self.length
            found = function(inputs.dense(ragged, self.length), *labels)
            if not isinstance(found, dict):
                return only_where(is_right, found)
            return {n: only_where(is_right, v) for n, v in found.items()}

        return of_texts

    @property
    def drawn_shape(self):
        return (self.length,)

    def portable_endpoints(self):
        """Of tokens in place of texts: other runtimes have no strings."""
        if self.tokenizer is None:
            return super().portable_endpoints()
        labels = self._label_inputs()
        sequence = Tokens(self.length, self.vocabulary_size)
        tokens = {"tokens": sequence, **labels}
        begun = {
            "uniforms": Uniforms(self.drawn_shape),
            "prompts": sequence,
            "prompt_lengths": Values((), "int32", (0, self.length)),
        }
        nats = {
            "log_likelihood": Values(),
            "token_log_likelihoods": Values((self.length,)),
        }
        vectors = {"latents": Latents((self.sequence.width,))}
        shares = Values((self.vocabulary_size,), bounds=(0, 1))
        return {
            "generate": Endpoint(
                self._with_own_settings,
                {**begun, **labels},
                {"tokens": sequence},
            ),
            "log_likelihood": Endpoint(self._plain_nats_of, tokens, nats),
            "encode": Endpoint(self.vectors_of, tokens, vectors),
            "next_token": Endpoint(
                self._shares_after, tokens, {"probabilities": shares}
            ),
        }

    # === Tensors ===

    def data_from_seeds(self, seeds, *labels):
        number = tf.shape(seeds)[0]
        no_tokens = tf.zeros((number, 0), tf.int32)
        return self._with_own_settings(
            seeds, no_tokens, tf.zeros([number], tf.int32), *labels
        )

    def texts_from_prompts(self, seeds, prompts, *labels):
        """Texts that begin as prompts do; tensors of strings.

        A prompt with what is no token gives an empty text.
        """
        ragged = self.tokenizer.ragged_tokens(prompts)
        tokens = self._with_own_settings(
            seeds,
            inputs.dense(ragged),
            tf.cast(ragged.row_lengths(), tf.int32),
            *labels,
        )
        return only_where(
            inputs.are_known(ragged), self.tokenizer.texts(tokens)
        )

    def _with_own_settings(self, seeds, prompts, lengths, *labels):
        def of_all(value):
            return tf.fill([tf.shape(seeds)[0]], value)

        return self.draw(
            seeds,
            prompts,
            lengths,
            tf.maximum(self.length, lengths),
            of_all(float(self.temperature)),
            of_all(self.top_k or self.vocabulary_size),
            of_all(float(self.top_p)),
            *labels,
        )

    def draw(
        self,
        seeds,
        prompts,
        given,
        lengths,
        temperature,
        top_k,
        top_p,
        *labels,
    ):
        """Draws tokens; tensors, a row a sample.

        Args:
            seeds: int tensor of shape `(n, 2)`; row `i` alone decides sample
                `i`.
            prompts: int32 tensor of shape `(n, any)`.
            given: int32 tensor of shape `(n,)`. How many tokens of a prompt
                there are.
            lengths: int32 tensor of shape `(n,)`. Tokens of a sample.
            temperature, top_k, top_p: tensors of shape `(n,)`, see
                `kerasgen.samplers.draw_token`.
            *labels: int32 tensor of shape `(n,)`, where there are classes.

        Returns:
            int32 tensor of shape `(n, max(lengths))`.
        """
        with self.averaged_weights():
            return draw_sequences(
                self.sequence,
                first_tokens(tf.shape(seeds)[0], self.vocabulary_size, *labels),
                self.length,
                (prompts, given, lengths),
                seeds,
                (temperature, top_k, top_p),
                has_end=self.tokenizer is not None,
            )

    def log_likelihood_of(self, tokens, *labels):
        """`log p` of sequences and of their tokens, in nats; tensors.

        Returns:
            dict of `log_likelihood` of shape `(batch,)`,
            `token_log_likelihoods` of shape `(batch, length)` and, with a
            tokenizer, what the tokens stand for, `token_bytes`.
        """
        found = self._nats_of(tokens, *labels)
        if self.tokenizer is not None:
            symbols = tf.constant(self.tokenizer.symbols)
            # Of what is no token the row is spoilt later.
            found["token_bytes"] = tf.gather(symbols, tf.maximum(tokens, END))
        return found

    def _nats_of(self, tokens, *labels):
        """`log_likelihood_of` without what tokens stand for."""
        with self.averaged_weights():
            return self._of_counted(tokens, -self.nats(tokens, *labels))

    def _plain_nats_of(self, tokens, *labels):
        """`_nats_of` in operations that every runtime has."""
        with self.averaged_weights():
            logits = self.sequence(self.shifted(tokens, *labels))
        of_all = tf.nn.log_softmax(logits)
        are_these = tf.one_hot(tokens, self.vocabulary_size)
        return self._of_counted(tokens, tf.reduce_sum(of_all * are_these, -1))

    def _of_counted(self, tokens, of_tokens):
        of_tokens = tf.where(self.counts(tokens), of_tokens, 0.0)
        return {
            "log_likelihood": tf.reduce_sum(of_tokens, axis=1),
            "token_log_likelihoods": of_tokens,
        }

    def vectors_of(self, tokens, *labels):
        """Means of the last states of tokens, `(batch, width)`; tensors."""
        first = first_tokens(tf.shape(tokens)[0], self.vocabulary_size, *labels)
        seen = tf.concat([first[:, None], tokens], axis=1)
        with self.averaged_weights():
            states = self.sequence.states(seen)[:, 1:]
        counts = tf.cast(self.counts(tokens), tf.float32)
        total = tf.reduce_sum(states * counts[:, :, None], axis=1)
        return total / tf.reduce_sum(counts, axis=1, keepdims=True)

    def _shares_after(self, tokens, *labels):
        """Probabilities of the token after those before the end; tensors."""
        # Sums, as LiteRT has no products of what came before.
        ends = tf.cumsum(tf.cast(tokens == END, tf.int32), axis=1)
        lengths = tf.reduce_sum(tf.cast(ends == 0, tf.int32), axis=1)
        # Before the last token there is room for all that the network sees.
        lengths = tf.minimum(lengths, self.length - 1)
        with self.averaged_weights():
            states = self.sequence.states(self.shifted(tokens, *labels))
            states = tf.gather(states, lengths, batch_dims=1)
            return tf.nn.softmax(self.sequence.logits(states))

    def probabilities_after(self, texts, *labels):
        """Probabilities of the token after texts, and all tokens; tensors."""
        ragged = self.tokenizer.ragged_tokens(texts)
        is_right = inputs.are_known(ragged)
        ragged = ragged[:, 1 - self.length :]
        tokens = inputs.dense(ragged, self.length)
        found = self._shares_after(tokens, *labels)
        symbols = tf.constant(self.tokenizer.symbols)
        return {
            "probabilities": only_where(is_right, found),
            "token_bytes": tf.broadcast_to(symbols, tf.shape(found)),
        }
