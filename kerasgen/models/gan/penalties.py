"""Penalties on the gradient of a discriminator."""

from kerasgen import losses
from kerasgen.models.gan.discriminator import DiscriminatorInput


class GradientPenalties:
    """A GAN whose discriminator's gradient may be penalized; a mixin.

    By its arguments `gradient_penalty`, `gradient_penalty_sides`, `r1`, `r2`.
    """

    @property
    def has_penalty(self):
        """Whether the discriminator has a penalty on its gradient."""
        return any((self.gradient_penalty, self.r1, self.r2))

    def penalty(self, real, fake, logits, epsilon):
        """What the discriminator minimizes besides; one value a row.

        Args:
            real, fake: `DiscriminatorInput`.
            logits: function of (data, condition).
            epsilon: uniform noise, a number a row, that broadcasts to data.
        """
        between = self.penalty_between(real, fake, logits, epsilon)
        return between + self.penalty_at(real, fake, logits)

    def penalty_between(self, real, fake, logits, epsilon):
        """`lambda (||grad D|| - 1)^2` at points between real and fake data."""
        if not self.gradient_penalty:
            return 0.0
        return self.gradient_penalty * losses.gradient_penalty(
            lambda data: logits(data, real.condition),
            real.data,
            fake.data,
            epsilon,
            self.gradient_penalty_sides,
        )

    def penalty_at(self, real, fake, logits):
        """`gamma / 2 ||grad D||^2` at real data (R1) and at fake ones (R2)."""
        penalty = 0.0
        for gamma, (data, condition) in ((self.r1, real), (self.r2, fake)):
            if gamma:
                penalty += (
                    0.5
                    * gamma
                    * losses.squared_gradient_norm(
                        lambda data, y=condition: logits(data, y), data
                    )
                )
        return penalty

    def mean_penalty(self, batch, real, fake, training):
        epsilon = None
        if self.gradient_penalty:
            epsilon = batch.uniform(self.kind.broadcast_shape)
            epsilon = epsilon[:: self.packing]

        def logits(data, condition):
            return self.discriminate(
                DiscriminatorInput(data, condition), training
            ).logits

        return self.mean(self.penalty(real, fake, logits, epsilon), batch)
