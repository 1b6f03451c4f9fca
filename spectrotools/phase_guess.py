"""A first guess of the phase of STFT magnitudes: all at once, or as the frames arrive."""

import dataclasses
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from ._validate import check, one_of
from .ops.frame_integration import integrate_frame_by_frame, rising_phasors
from .ops.numerics import (
    compiled,
    complex_dtype,
    flatten_leading,
    real_tensor,
    sizes,
    working_dtype,
)
from .ops.phase import polar
from .ops.phase_gradient import phase_steps
from .ops.phase_units import int_to_phase, turns_to_int
from .ops.spanning_forest import integrate_along_forest
from .transforms.base import Transform
from .transforms.frames import Frames
from .transforms.stft import STFT

__all__ = [
    "GuessState",
    "Integration",
    "StreamingPGHI",
    "checked_magnitudes",
    "guessed_phasors",
    "pghi",
    "unit_phasors",
]

Integration = Literal["frames", "forest"]


def pghi(
    magnitudes: Any,
    transform: Frames,
    *,
    integration: Integration = "frames",
    known_phase: Any = None,
) -> tf.Tensor:
    """Guess the phase of STFT magnitudes in one pass, by integrating its gradient.

    No iteration and no random numbers: what to start :func:`griffin_lim` from.

    Args:
        magnitudes: ``[..., frames, n_fft // 2 + 1]``, not negative and finite.
        transform: the ``STFT`` that they are of.
        integration: ``"frames"`` goes from frame to frame, by least squares over the bins, is
            differentiable and streams (:class:`StreamingPGHI`); ``"forest"`` goes along the
            loudest paths, which is as good as heap integration and leads iterations further, but
            costs as much as some forty of them, or ten under XLA; no gradient flows through it.
        known_phase: ``[..., known, n_fft // 2 + 1]``, radians: the phase of the first frames,
            from which the others go on, with ``integration="frames"``; None knows none.

    Returns:
        radians in [-pi, pi], of the shape of ``magnitudes``; float32 for half precision.

    Raises:
        ValueError: if ``magnitudes`` are negative, not finite, not floating point or have no
            frame, ``transform`` is not an STFT, ``integration`` is not known, or ``known_phase``
            does not fit.

    Gradient:
        That of the recursion, in reverse mode; none through ``"forest"``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=512, hop_length=128)
        >>> chirp = np.sin(0.02 * np.arange(16000) ** 1.2)
        >>> magnitudes = abs(stft(chirp))
        >>> guess = stft.inverse(st.polar(magnitudes, st.pghi(magnitudes, stft)))
        >>> again = abs(stft(guess))
        >>> bool(np.linalg.norm(again - magnitudes) < 0.1 * np.linalg.norm(magnitudes))
        True

    References:
        Průša, Balazs and Søndergaard, "A noniterative method for reconstruction of phase from
        STFT magnitude", IEEE/ACM TASLP 25(5), 2017: the gradient, and heap integration.
    """
    check(isinstance(transform, Frames), "transform must be an STFT", transform)
    magnitudes = checked_magnitudes(magnitudes, transform)
    one_of("integration", integration, Integration)
    known = None if known_phase is None else _checked_phase(known_phase, magnitudes, integration)
    phasors = guessed_phasors(magnitudes, known, transform=transform, integration=integration)
    return tf.math.angle(phasors)


class GuessState(NamedTuple):
    """What a guess remembers between blocks: nothing at first, then the last two frames."""

    magnitudes: tf.Tensor  # [..., 0 to 2, bins]; the phase of the last one is still to be guessed
    phasors: tf.Tensor  # [..., 0 or 1, bins], complex, of the frame before it


@dataclasses.dataclass(frozen=True)
class StreamingPGHI(Transform):
    """The guess of :func:`pghi` for frames that arrive in blocks.

    Each frame waits for the one after it: its phase depends on how loud that is. However frames
    are cut into blocks, those of all steps and of the flush after them are ``pghi`` of the whole.

    Args:
        transform: the ``STFT`` that the magnitudes are of.

    Raises:
        ValueError: if ``transform`` is not an STFT.

    Gradient:
        That of the recursion, in reverse mode.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=512, hop_length=128)
        >>> magnitudes = abs(stft(np.sin(0.02 * np.arange(16000.0) ** 1.2)))
        >>> stream = st.StreamingPGHI(stft)
        >>> state = stream.initial_state(dtype=magnitudes.dtype)
        >>> early, state = stream.step(magnitudes[:50], state)
        >>> later, state = stream.step(magnitudes[50:], state)
        >>> last = stream.flush(state)
        >>> tuple(early.shape), tuple(later.shape), tuple(last.shape)
        ((49, 257), (76, 257), (1, 257))
    """

    transform: STFT

    def __post_init__(self) -> None:
        check(isinstance(self.transform, Frames), "transform must be an STFT", self.transform)

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> GuessState:
        """The state before the first frame, for :meth:`step`."""
        dtype = working_dtype(tf.as_dtype(dtype))
        nothing = [0, self.transform.n_fft // 2 + 1]
        shape = tf.concat([tf.cast(batch_shape, tf.int32), nothing], axis=0)
        return GuessState(tf.zeros(shape, dtype), tf.zeros(shape, complex_dtype(dtype)))

    def step(self, magnitudes: Any, state: GuessState) -> tuple[tf.Tensor, GuessState]:
        """Guess the phase, radians, of the frames before the last one; and the state after it.

        ``magnitudes`` are ``[..., frames, n_fft // 2 + 1]``, any number of frames.
        """
        magnitudes = _not_negative(real_tensor("magnitudes", magnitudes))
        dtype, expected = working_dtype(magnitudes.dtype), state.magnitudes
        fits = magnitudes.shape[:-2].is_compatible_with(expected.shape[:-2])
        fits = fits and magnitudes.shape[-1:].is_compatible_with(expected.shape[-1:])
        check(
            dtype == expected.dtype and fits,
            f"magnitudes must fit the {expected.dtype.name} {expected.shape} of the state",
            f"{magnitudes.dtype.name} {magnitudes.shape}",
        )
        return _step(magnitudes, state, transform=self.transform)

    def flush(self, state: GuessState) -> tf.Tensor:
        """Guess the phase of the last frame, ``[..., 1, bins]``; of none if there was none."""
        return _flush(state, transform=self.transform)


def checked_magnitudes(magnitudes: Any, transform: Any) -> tf.Tensor:
    """Magnitudes of at least one frame of ``transform`` as a tensor, or a ``ValueError``."""
    magnitudes = real_tensor("magnitudes", magnitudes)
    shape = magnitudes.shape
    check(shape.rank is None or shape.rank >= 2, "magnitudes must be [..., frames, bins]", shape)
    check(shape[-2:-1] != [0], "magnitudes must have at least one frame", shape)
    if isinstance(transform, Frames):
        bins = transform.n_fft // 2 + 1
        rule = f"magnitudes must be [..., frames, n_fft // 2 + 1 = {bins}]"
        check(shape[-1:].is_compatible_with([bins]), rule, shape)
    return _not_negative(magnitudes)


def _not_negative(magnitudes: tf.Tensor) -> tf.Tensor:
    rule = "magnitudes must be at least 0 and finite"
    right = tf.reduce_all((magnitudes >= 0) & (magnitudes < np.inf))
    if tf.executing_eagerly():
        check(bool(right), rule, "negative, NaN or infinite ones")
        return magnitudes
    with tf.control_dependencies([tf.debugging.Assert(right, [rule])]):
        return tf.identity(magnitudes)


def _checked_phase(known: Any, magnitudes: tf.Tensor, integration: Integration) -> tf.Tensor:
    rule = "known_phase must be None for an integration other than 'frames'"
    check(integration == "frames", rule, integration)
    known = real_tensor("known_phase", known)
    shape, given = magnitudes.shape, known.shape
    if shape.rank is not None and given.rank is not None:
        fits = given.is_compatible_with([*shape[:-2], None, shape[-1]])
        fits = fits and (None in (given[-2], shape[-2]) or given[-2] <= shape[-2])
        check(fits, f"known_phase must be of the first frames of magnitudes {shape}", given)
    return tf.cast(known, working_dtype(magnitudes.dtype))


def unit_phasors(phase: tf.Tensor) -> tf.Tensor:
    """Complex numbers of size 1."""
    return polar(tf.ones_like(phase), phase)


@compiled
def guessed_phasors(
    magnitudes: tf.Tensor,
    known_phase: tf.Tensor | None,
    *,
    transform: Frames,
    integration: Integration,
) -> tf.Tensor:
    """Guess phasors of magnitudes that were checked, those of the first frames being known."""
    magnitudes, unfold = _flat(magnitudes, transform)
    if integration == "forest":
        return unfold(_along_forest(magnitudes, transform))
    if known_phase is None:
        known = tf.cast(magnitudes[:, :0], complex_dtype(magnitudes.dtype))
    else:
        known = unit_phasors(flatten_leading(known_phase, keep=2)[0])
    count = sizes(known)[1]
    rest = tf.concat([magnitudes[:, :count][:, -1:], magnitudes[:, count:]], axis=1)
    later = _continued(rest, known[:, -1:], transform)
    return unfold(tf.ensure_shape(tf.concat([known, later], axis=1), magnitudes.shape))


@compiled
def _step(
    magnitudes: tf.Tensor, state: GuessState, *, transform: Frames
) -> tuple[tf.Tensor, GuessState]:
    magnitudes = tf.cast(magnitudes, state.magnitudes.dtype)
    magnitudes, unfold = _flat(tf.concat([state.magnitudes, magnitudes], axis=-2), transform)
    before, _ = flatten_leading(state.phasors, keep=2)
    phasors = _continued(magnitudes, before, transform, up_to=-1)
    last = tf.concat([before, phasors], axis=1)[:, -1:]
    return tf.math.angle(unfold(phasors)), GuessState(unfold(magnitudes[:, -2:]), unfold(last))


@compiled
def _flush(state: GuessState, *, transform: Frames) -> tf.Tensor:
    magnitudes, unfold = _flat(state.magnitudes, transform)
    before, _ = flatten_leading(state.phasors, keep=2)
    return tf.math.angle(unfold(_continued(magnitudes, before, transform)))


def _flat(magnitudes: tf.Tensor, transform: Frames) -> tuple:
    working = tf.cast(magnitudes, working_dtype(magnitudes.dtype))
    magnitudes, unfold = flatten_leading(working, keep=2)
    return tf.ensure_shape(magnitudes, [None, None, transform.n_fft // 2 + 1]), unfold


def _continued(
    magnitudes: tf.Tensor, before: tf.Tensor, transform: Frames, up_to: int | None = None
) -> tf.Tensor:
    """Phasors of ``magnitudes[:, :up_to]`` that go on from those of the first, if it has any.

    Args:
        magnitudes: ``[batch, frames, bins]``.
        before: ``[batch, 0 or 1, bins]``, complex: the phasors of the first frame, if known.
        transform: the ``STFT`` that they are of.
        up_to: the frames to go up to; those left out are only looked at.

    Returns:
        ``[batch, frames, bins]``, complex: without the one that is known.
    """
    ahead, up = phase_steps(magnitudes, transform.window_samples, transform.hop_length)
    own = rising_phasors(up)[:, :1]
    none = tf.ones([sizes(magnitudes)[0], 1, transform.n_fft // 2 + 1], own.dtype)
    wanted = magnitudes[:, :up_to]
    known, frames = sizes(before)[1], sizes(wanted)[1]
    first = tf.concat([before, own, none], axis=1)[:, 0]
    phasors = integrate_frame_by_frame(first, wanted, ahead[:, :up_to], up[:, 1:][:, :up_to])
    return phasors[:, known:frames]


def _along_forest(magnitudes: tf.Tensor, transform: Frames) -> tf.Tensor:
    steps = phase_steps(magnitudes, transform.window_samples, transform.hop_length)
    ahead, up = (turns_to_int(tf.cast(part, tf.float32), snapped=False) for part in steps)
    units = integrate_along_forest(tf.cast(magnitudes, tf.float32), ahead, up)
    return unit_phasors(int_to_phase(units, magnitudes.dtype))
