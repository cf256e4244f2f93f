"""Base class of models with latents: data <-> latents."""

from kerasgen import networks
from kerasgen.data.endpoint_kinds import Latents
from kerasgen.data.kinds import as_kind
from kerasgen.data.kinds import shape_of
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice


class LatentVariableModel(GenerativeModel):
    """A model that draws data through latents, with networks of one kind.

    A subclass says how latents become data (`data_from_latents`) and, where
    `has_encoder`, how data become latents (`latents_from_data`).

    Args:
        data_shape: tuple of int. `(height, width, channels)` for images in
            [0, 1], or `(length,)` for rows of any finite numbers; or their
            kind, `kerasgen.data.Images(...)` or `Rows(...)`.
        latent_dim: int. Length of a latent vector.
        network: str. The network that is built where the user gives none.
            Defaults to `paper_network` for images and `"mlp"` for rows.
        network_options: dict or `None`. Options of that network.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    data_shape = Argument(REQUIRED, convert=shape_of)
    latent_dim = Argument(REQUIRED, positive_integer)
    network = Argument(None)
    network_options = Argument(None)

    has_encoder = False
    # Whether latents leave out what a label says, so that encoder and decoder
    # are told it; or else the prior alone is.
    latents_are_of_labels = True
    # The network that vectors of latents go into, a `keras.Model`, if any.
    decoding_network = None
    # The kind of network that the paper has for images.
    paper_network = "mlp"
    # The networks that may be named.
    known_networks = tuple(networks.NETWORKS)
    # Options of built networks that stand in for those the user leaves out.
    network_defaults = {}

    @property
    def kind(self):
        return as_kind(self.data_shape)

    @property
    def latent_shape(self):
        """The shape of one latent, `(latent_dim,)` but for grids of them."""
        return (self.latent_dim,)

    @property
    def prior_shape(self):
        """The shape of the uniform numbers that one latent is drawn from."""
        return self.latent_shape

    def configure(self):
        super().configure()
        if self.network is None:
            self.network = self.kind.network or self.paper_network
        check_choice("network", self.network, self.known_networks)

    # === Networks ===

    def build_network(self, part, options=None, build=None, **shapes):
        """The user's own network, or a new one of `self.network`.

        Args:
            part: str. The part of the network and the argument's name.
            options: dict or `None`. Options that stand in for those which
                `network_options` leaves out, where the kind of network has
                them.
            build: function that takes the place of `kerasgen.networks.build`.
            **shapes: Shapes that the part is built for.
        """
        own = self.given_network(part)
        if own is not None:
            return own
        known = networks.option_names(self.network)
        options = {**self.network_defaults, **(options or {})}
        options = {k: v for k, v in options.items() if k in known}
        if build is None:
            build, shapes = networks.build, {"part": part, **shapes}
        return build(
            self.network,
            dtype=self.dtype_policy,
            options={**options, **(self.network_options or {})},
            **shapes,
        )

    # === Data and latents ===

    def latents_from_seeds(self, seeds):
        """Draws latents from the prior, here a standard normal.

        Args:
            seeds: int tensor of shape `(n, 2)`; row `i` alone decides latent
                `i`. Or what is drawn itself, uniforms in (0, 1): a float tensor
                of shape `(n, *prior_shape)`.

        Returns:
            A float32 tensor of shape `(n, latent_dim)`.
        """
        return random.normal_from_seed_rows(seeds, self.prior_shape)

    # Where the model has classes, each of these takes labels, an int32 tensor
    # of shape `(batch,)`, as its last argument; or else, where labels are the
    # prior's alone, `latents_from_seeds` does.

    def data_from_latents(self, latents):
        """Latents -> data; tensors, no randomness."""
        raise NotImplementedError

    def latents_from_data(self, data):
        """Data -> latents; tensors, no randomness."""
        raise NotImplementedError

    def data_from_data(self, data, *labels):
        """Data -> reconstructions; tensors, no randomness."""
        latents = self.latents_from_data(data, *labels)
        return self.data_from_latents(latents, *labels)

    def data_from_seeds(self, seeds, *labels):
        return self._latents_and_data(seeds, *labels)[self.kind.served_as]

    # === Endpoints ===

    def endpoints(self):
        labels = self._label_inputs() if self.latents_are_of_labels else {}
        latents = {"latents": Latents(self.latent_shape)}
        data = {self.kind.served_as: self.kind}
        table = super().endpoints()
        table["generate"] = Endpoint(
            self._latents_and_data,
            table["generate"].inputs,
            {**data, **latents},
            drawn_shape=self.drawn_shape,
        )
        table["decode"] = Endpoint(
            self.data_from_latents, {**latents, **labels}, data
        )
        if self.has_encoder:
            table["encode"] = Endpoint(
                self.latents_from_data, {**data, **labels}, latents
            )
            table["reconstruct"] = Endpoint(
                self.data_from_data, {**data, **labels}, data
            )
        return table

    def _latents_and_data(self, seeds, *labels):
        of_prior, of_decoder = (), labels
        if not self.latents_are_of_labels:
            of_prior, of_decoder = labels, ()
        latents = self.latents_from_seeds(seeds, *of_prior)
        data = self.data_from_latents(latents, *of_decoder)
        return {"latents": latents, self.kind.served_as: data}

    def decode(self, latents, batch_size=256, labels=None):
        """Turns latents into data.

        Args:
            latents: float array of shape `(n, *latent_shape)`.
            batch_size: int. Latents decoded at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes. They change nothing, and may be left
                out, where latents say all of an image.

        Returns:
            float32 array of shape `(n, *data_shape)`.
        """
        latents = Latents(self.latent_shape).check(latents, "latents")
        return self._call_on_rows("decode", latents, batch_size, labels)

    def encode(self, images, batch_size=256, labels=None):
        """Turns data into latents.

        Args:
            images: float array of shape `(n, *data_shape)`; images in [0, 1].
            batch_size: int. Data encoded at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes. They change nothing, and may be left
                out, where latents say all of an image.

        Returns:
            float32 array of shape `(n, *latent_shape)`.

        Raises:
            NotImplementedError: if the model has no encoder.
        """
        return self._call_on_data("encode", images, batch_size, labels)

    def reconstruct(self, images, batch_size=256, labels=None):
        """Encodes data and decodes them again.

        Args:
            images: float array of shape `(n, *data_shape)`; images in [0, 1].
            batch_size: int. Data passed through at a time.
            labels: class or array of shape `(n,)`, numbers or names, where
                the model has classes. They change nothing, and may be left
                out, where latents say all of an image.

        Returns:
            float32 array of shape `(n, *data_shape)`.

        Raises:
            NotImplementedError: if the model has no encoder.
        """
        return self._call_on_data("reconstruct", images, batch_size, labels)

    def _call_on_data(self, endpoint, images, batch_size, labels=None):
        if not self.can(endpoint):
            return self.call_endpoint(endpoint)  # Says what there is.
        images = self.kind.check(images, "images")
        return self._call_on_rows(endpoint, images, batch_size, labels)

    def _call_on_rows(self, endpoint, rows, batch_size, labels):
        are_inputs = "labels" in self.endpoints()[endpoint].inputs
        if are_inputs or labels is not None:
            labels = self.checked_labels(labels, len(rows))
        columns = (rows, *labels) if are_inputs else (rows,)
        return self.call_endpoint(endpoint, *columns, batch_size=batch_size)
