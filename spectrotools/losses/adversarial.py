"""Losses of generative adversarial networks, from what discriminators give.

They do not compare two sounds, and so are no :class:`Loss`. An :class:`AdversarialLoss` has two
halves, of one number for each item of the batch: :meth:`~AdversarialLoss.discriminator`, which
the discriminators lower, and :meth:`~AdversarialLoss.generator`, which the generator lowers.
"""

import dataclasses
from typing import Any, Literal

import tensorflow as tf

from .._validate import one_of
from .._value import Value
from .outputs import flat_outputs, paired_outputs, per_item

__all__ = ["AdversarialLoss", "HingeGAN", "LeastSquaresGAN", "MinimaxGAN", "WassersteinGAN"]

MinimaxGenerator = Literal["non_saturating", "saturating"]
HingeGenerator = Literal["linear", "hinge"]


class AdversarialLoss(Value):
    """A frozen, keyword-only dataclass of what discriminator and generator play for.

    Outputs are logits ``[batch, ...]``, high for what is taken for real: those of one
    discriminator, or a list of those of several, each of a shape of its own (one a period, a
    scale, a band). Each counts as its mean over all but the batch, and discriminators are added
    up, as HiFi-GAN does; where they are to be averaged, divide by their number. Half precision
    is computed in float32, and what comes of it is float32.

    A subclass gives the three functions of logits :meth:`real_cost`, :meth:`fake_cost` and
    :meth:`generator_cost`.

    Example:
        >>> import dataclasses
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> @dataclasses.dataclass(frozen=True, kw_only=True)
        ... class Linear(st.losses.AdversarialLoss):
        ...     def real_cost(self, logits):
        ...         return -logits
        ...     def fake_cost(self, logits):
        ...         return logits
        ...     def generator_cost(self, logits):
        ...         return -logits
        >>> scores = [tf.ones([2, 50, 3]), tf.ones([2, 7])]
        >>> Linear().generator(scores).numpy().tolist()
        [-2.0, -2.0]
    """

    def discriminator(self, real: Any, fake: Any) -> tf.Tensor:
        """Give what the discriminators are to lower, ``[batch]``.

        Args:
            real: logits for recorded sounds, ``[batch, ...]`` or a list of such.
            fake: logits for made ones, of the same shapes.

        Raises:
            ValueError: if the logits are not floating point, or do not fit each other.
        """
        return tf.add_n(
            [
                per_item(self.real_cost(true)) + per_item(self.fake_cost(made))
                for true, made in paired_outputs(real, fake)
            ]
        )

    def generator(self, fake: Any) -> tf.Tensor:
        """Give what the generator is to lower, ``[batch]``.

        Args:
            fake: logits for made sounds, ``[batch, ...]`` or a list of such.

        Raises:
            ValueError: if the logits are not floating point.
        """
        return tf.add_n(
            [per_item(self.generator_cost(made)) for made in flat_outputs("fake", fake)]
        )

    def real_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the discriminator's cost of each logit of what is real."""
        raise NotImplementedError

    def fake_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the discriminator's cost of each logit of what is made."""
        raise NotImplementedError

    def generator_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the generator's cost of each logit of what it made."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True, kw_only=True)
class MinimaxGAN(AdversarialLoss):
    r"""Let the discriminator tell real from made by cross-entropy.

    With logits :math:`r` of what is real and :math:`f` of what is made, the discriminator's is
    :math:`\ln(1 + e^{-r}) + \ln(1 + e^{f})`, and the generator's :math:`\ln(1 + e^{-f})`, or
    where it is to saturate :math:`-\ln(1 + e^{f})`. Where nothing can be told apart, all logits
    are 0 and the discriminator's loss is :math:`2 \ln 2`.

    Args:
        generator_form: ``"non_saturating"``, or ``"saturating"``, the minimax game itself, whose
            gradient vanishes where the discriminator is sure.

    Raises:
        ValueError: if an argument is none of its options.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> loss = st.losses.MinimaxGAN()
        >>> f"{float(loss.discriminator(tf.constant([2.0]), tf.constant([-2.0]))[0]):.4f}"
        '0.2539'
        >>> f"{float(loss.generator(tf.constant([-2.0]))[0]):.4f}"
        '2.1269'

    References:
        Goodfellow et al., "Generative adversarial nets", 2014, eq. 1, and section 3 (the form
        that does not saturate).
    """

    generator_form: MinimaxGenerator = "non_saturating"

    def __post_init__(self) -> None:
        one_of("generator_form", self.generator_form, MinimaxGenerator)

    def real_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the cross-entropy of being taken for made."""
        return tf.math.softplus(-logits)

    def fake_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the cross-entropy of being taken for real."""
        return tf.math.softplus(logits)

    def generator_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the cross-entropy of being found out, or less that of not being."""
        saturating = self.generator_form == "saturating"
        return -tf.math.softplus(logits) if saturating else tf.math.softplus(-logits)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeastSquaresGAN(AdversarialLoss):
    r"""Let the discriminator give 1 for what is real and 0 for what is made, in least squares.

    The discriminator's is :math:`(r - 1)^2 + f^2`, the generator's :math:`(f - 1)^2`: that of
    HiFi-GAN and Parallel WaveGAN.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> loss = st.losses.LeastSquaresGAN()
        >>> loss.discriminator(tf.constant([0.5]), tf.constant([0.25])).numpy().tolist()
        [0.3125]
        >>> loss.generator(tf.constant([0.25])).numpy().tolist()
        [0.5625]

    References:
        Mao et al., "Least squares generative adversarial networks", 2017, eq. 9, without the
        halves; Kong et al., "HiFi-GAN", 2020, eqs. 1 and 2.
    """

    def real_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the squared distance from 1."""
        return tf.math.squared_difference(logits, 1.0)

    def fake_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the squared distance from 0."""
        return tf.square(logits)

    def generator_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the squared distance from 1."""
        return tf.math.squared_difference(logits, 1.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class HingeGAN(AdversarialLoss):
    r"""Let the discriminator keep real and made apart by a margin, and no further.

    The discriminator's is :math:`\max(0, 1 - r) + \max(0, 1 + f)`. The generator's is
    :math:`-f`, or :math:`\max(0, 1 - f)` with ``"hinge"``, as in EnCodec and Vocos, which lets go
    of what passes for real by the margin.

    Args:
        generator_form: ``"linear"`` or ``"hinge"``.

    Raises:
        ValueError: if an argument is none of its options.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> loss = st.losses.HingeGAN()
        >>> loss.discriminator(tf.constant([0.5]), tf.constant([-3.0])).numpy().tolist()
        [0.5]
        >>> loss.generator(tf.constant([-3.0])).numpy().tolist()
        [3.0]

    References:
        Lim and Ye, "Geometric GAN", 2017; Zhang et al., "Self-attention generative adversarial
        networks", 2019, eq. 4; Défossez et al., "High fidelity neural audio compression", 2022,
        section 3.4.
    """

    generator_form: HingeGenerator = "linear"

    def __post_init__(self) -> None:
        one_of("generator_form", self.generator_form, HingeGenerator)

    def real_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give how much is lacking to 1."""
        return tf.nn.relu(1.0 - logits)

    def fake_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give how much is lacking to -1."""
        return tf.nn.relu(1.0 + logits)

    def generator_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the negative logit, or how much is lacking to 1."""
        return tf.nn.relu(1.0 - logits) if self.generator_form == "hinge" else -logits


@dataclasses.dataclass(frozen=True, kw_only=True)
class WassersteinGAN(AdversarialLoss):
    r"""Let a critic measure how far apart real and made are, as Kantorovich and Rubinstein do.

    The critic's is :math:`f - r`, the generator's :math:`-f`. That is a distance only for a
    critic whose slope is nowhere above 1: add to the critic's loss 10 times the
    :func:`gradient_penalty`.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> loss = st.losses.WassersteinGAN()
        >>> loss.discriminator(tf.constant([0.5]), tf.constant([-3.0])).numpy().tolist()
        [-3.5]
        >>> loss.generator(tf.constant([-3.0])).numpy().tolist()
        [3.0]

    References:
        Arjovsky et al., "Wasserstein GAN", 2017, eq. 2.
    """

    def real_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the negative score."""
        return -logits

    def fake_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the score."""
        return logits

    def generator_cost(self, logits: tf.Tensor) -> tf.Tensor:
        """Give the negative score."""
        return -logits
