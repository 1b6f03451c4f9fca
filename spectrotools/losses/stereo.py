"""A loss of stereo sound by its middle and its sides."""

import dataclasses
from typing import Any

import tensorflow as tf

from .._validate import check, number
from .loss import Loss
from .signals import checked_pair

__all__ = ["SumDifference"]


@dataclasses.dataclass(frozen=True)
class SumDifference(Loss):
    r"""Any loss, of the sum and of the difference of two channels.

    .. math:: w_+\,\ell(t_l + t_r,\ a_l + a_r) + w_-\,\ell(t_l - t_r,\ a_l - a_r)

    What left and right have in common, and what tells them apart, count each for itself: so a
    swap of the channels, of which the sum knows nothing, costs something, and a model is not
    rewarded for what cancels in the middle.

    Args:
        loss: the :class:`Loss` of each.
        sum_weight: weight of the sum's, at least 0.
        difference_weight: weight of the difference's, at least 0.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> loss = st.losses.SumDifference(st.losses.L1())
        >>> left_only, right_only = [[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]]
        >>> {name: float(value) for name, value in loss.terms(left_only, right_only).items()}
        {'sum_l1': 0.0, 'difference_l1': 1.0}

    References:
        Steinmetz, Pons, Pascual, Serrà, "Automatic multitrack mixing with a differentiable mixing
        console of neural audio effects", ICASSP 2021, eq. 3 to 5.
    """

    loss: Loss
    _: dataclasses.KW_ONLY
    sum_weight: float = 0.5
    difference_weight: float = 0.5

    def __post_init__(self) -> None:
        check(isinstance(self.loss, Loss), "loss must be a Loss", self.loss)
        for name in ("sum_weight", "difference_weight"):
            object.__setattr__(self, name, number(name, getattr(self, name), 0.0))
        total = self.sum_weight + self.difference_weight
        check(total > 0, "sum_weight or difference_weight must be above 0", total)

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the loss's terms twice, as ``sum_...`` and ``difference_...``.

        Args:
            target: ``[..., 2, time]``.
            audio: ``[..., 2, time]``.

        Returns:
            Name of each term to ``[...]``.
        """
        return {
            f"{which}_{name}": weight * value
            for which, weight, pair in self._parts(target, audio)
            for name, value in self.loss.terms(*pair).items()
        }

    def __call__(self, target: Any, audio: Any) -> tf.Tensor:
        """Give the loss of each signal: the sum of its :meth:`terms`, ``[...]``."""
        parts = self._parts(target, audio)
        return tf.add_n([weight * self.loss(*pair) for _, weight, pair in parts])

    def _parts(self, target: Any, audio: Any) -> list[tuple[str, float, list[tf.Tensor]]]:
        """Name, weight, target and sound of the sum, and of the difference, that have a weight."""
        sounds = checked_pair(target, audio)
        for name, sound in zip(("target", "audio"), sounds, strict=True):
            rank = sound.shape.rank
            two = rank is None or (rank >= 2 and sound.shape[-2] in (2, None))
            check(two, f"{name} must be [..., 2, time]", sound.shape)
        sums = [sound[..., 0, :] + sound[..., 1, :] for sound in sounds]
        differences = [sound[..., 0, :] - sound[..., 1, :] for sound in sounds]
        parts = [
            ("sum", self.sum_weight, sums),
            ("difference", self.difference_weight, differences),
        ]
        return [part for part in parts if part[1]]
