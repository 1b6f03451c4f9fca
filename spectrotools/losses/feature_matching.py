"""Feature matching: how far made sounds are from real ones to a discriminator's layers."""

import dataclasses
from typing import Any, Literal

import tensorflow as tf

from .._validate import number, one_of
from .._value import Value
from .outputs import paired_outputs, per_item

__all__ = ["FeatureMatching"]

Reduction = Literal["sum", "mean"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureMatching(Value):
    r"""Compare what the layers of discriminators make of real and of made sounds.

    Of every feature map the mean absolute difference is taken, for each item of the batch, and
    maps are added up or averaged. ``relative`` divides each by the mean absolute value of the
    real map, so that no layer outweighs the others by its scale:

    .. math:: \frac{\langle |R - F| \rangle}{\langle |R| \rangle + \epsilon}

    ==========  ==============================================================
    model       setting
    ==========  ==============================================================
    HiFi-GAN    the default, weighted by 2
    EnCodec     ``relative=True, reduction="mean"``, of batches of one item:
                theirs takes the mean of ``|R|`` over the batch
    ==========  ==============================================================

    No gradient is kept from the real maps: in the generator's step they are constants.

    Args:
        relative: whether each map's difference is in parts of the real map's size.
        reduction: ``"sum"`` or ``"mean"`` over the maps.
        floor: :math:`\epsilon`, in the unit of the features, above 0: what a real map of zeros
            is taken for. Only with ``relative``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> real = [[tf.ones([2, 100, 8]), tf.ones([2, 50, 16])], [tf.ones([2, 9, 3])]]
        >>> fake = [[0.5 * feature for feature in features] for features in real]
        >>> st.losses.FeatureMatching()(real, fake).numpy().tolist()
        [1.5, 1.5]

    References:
        Kumar et al., "MelGAN", 2019, eq. 4; Kong et al., "HiFi-GAN", 2020, eq. 4; Défossez et
        al., "High fidelity neural audio compression", 2022, section 3.4 (relative).
    """

    relative: bool = False
    reduction: Reduction = "sum"
    floor: float = 1e-7

    def __post_init__(self) -> None:
        one_of("reduction", self.reduction, Reduction)
        object.__setattr__(self, "floor", number("floor", self.floor, 1e-30))

    def __call__(self, real: Any, fake: Any) -> tf.Tensor:
        """Give the distance of each item of the batch.

        Args:
            real: feature maps ``[batch, ...]`` of recorded sounds, in lists of any depth: one a
                discriminator, one a layer.
            fake: those of made sounds, of the same shapes.

        Returns:
            ``[batch]``.

        Raises:
            ValueError: if the maps are not floating point, or do not fit each other.
        """
        distances = [self._distance(*pair) for pair in paired_outputs(real, fake)]
        count = len(distances) if self.reduction == "mean" else 1
        return tf.add_n(distances) / count

    def _distance(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        real = tf.stop_gradient(real)
        distance = per_item(tf.abs(real - fake))
        return distance / (per_item(tf.abs(real)) + self.floor) if self.relative else distance
