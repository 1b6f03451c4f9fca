"""Resampling of a signal that is there, or that arrives in blocks."""

import dataclasses
from typing import Any, NamedTuple

import tensorflow as tf

from .._validate import check
from ..ops.numerics import compiled, flatten_leading, real_tensor, with_shape, working_dtype
from ..ops.resampling import (
    Resampling,
    checked_resampling,
    resample,
    resampled_length,
    resampled_periods,
)
from .base import Transform

__all__ = ["Resampler"]


class ResamplerState(NamedTuple):
    """What a resampler remembers between blocks."""

    buffer: tf.Tensor  # [..., samples], those that outputs to come will hear
    samples: tf.Tensor  # int64, samples heard so far


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resampler(Transform):
    """Another rate for a signal, also for one that arrives in blocks.

    Called, it is :func:`resample`. In a stream a sample comes out as soon as all that it hears
    has arrived: ``zeros`` samples of the lower rate after its place. However the signal is cut,
    the blocks of all steps and of the flush after them are ``resample`` of the whole.

    Args:
        sample_rate: of the signal, Hz.
        target_rate: of the result, Hz. The two must be in a ratio of whole numbers up to 65536.
        zeros: samples of the lower rate that the filter reaches to either side, at least 1.
        rolloff: where the filter is at a half, of the lower Nyquist frequency, in (0, 1].
        beta: shape of the Kaiser window, at least 0.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> lower = st.Resampler(sample_rate=48000, target_rate=16000)
        >>> audio = np.random.default_rng(0).standard_normal(1000)
        >>> state = lower.initial_state(dtype=audio.dtype)
        >>> early, state = lower.step(audio[:500], state)
        >>> later, state = lower.step(audio[500:], state)
        >>> parts = early, later, lower.flush(state)
        >>> [len(part) for part in parts]
        [103, 167, 64]
        >>> bool(np.allclose(np.concatenate(parts), lower(audio)))
        True

    References:
        Smith, "Digital audio resampling home page", 2002.
    """

    sample_rate: float
    target_rate: float
    zeros: int = 64
    rolloff: float = 0.9476
    beta: float = 14.77

    def __post_init__(self) -> None:
        _ = self._settings

    @property
    def _settings(self) -> Resampling:
        return checked_resampling(**self.get_config())

    def __call__(self, audio: Any) -> tf.Tensor:
        """Resample ``[..., time]`` to ``[..., ceil(time * target_rate / sample_rate)]``."""
        return resample(audio, **self.get_config())

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> ResamplerState:
        """The state before the first sample, for :meth:`step`."""
        shape = tf.concat([tf.cast(batch_shape, tf.int32), [self._settings.margin]], axis=0)
        silence = tf.zeros(shape, tf.as_dtype(dtype))
        return ResamplerState(silence, tf.zeros([], tf.int64))

    def step(self, block: Any, state: ResamplerState) -> tuple[tf.Tensor, ResamplerState]:
        """The samples that a block completes, and the state after it.

        ``block`` is ``[..., time]`` of any length, with the leading axes of the state.
        """
        block, expected = real_tensor("block", block), _checked(state).buffer
        fits = block.shape[:-1].is_compatible_with(expected.shape[:-1])
        rule = f"block must fit the {expected.dtype.name} {expected.shape} of the state"
        check(block.dtype == expected.dtype and fits, rule, f"{block.dtype.name} {block.shape}")
        return _step(block, state, settings=self._settings)

    def flush(self, state: ResamplerState) -> tf.Tensor:
        """The samples that wait for what comes after the signal: silence."""
        return _flush(_checked(state), settings=self._settings)


def _checked(state: ResamplerState) -> ResamplerState:
    rule = "state must be that of initial_state or of the step before"
    check(isinstance(state, ResamplerState), rule, state)
    return state


def _complete(samples: tf.Tensor, settings: Resampling) -> tf.Tensor:
    """How many outputs have heard all they hear, where so many samples have arrived."""
    # Output m is complete if m * source / target + reach <= samples - 1.
    reach = int(settings.reach * settings.target)
    latest = ((samples - 1) * settings.target - reach) // settings.source
    return tf.maximum(latest + 1, 0)


@compiled
def _step(
    block: tf.Tensor, state: ResamplerState, *, settings: Resampling
) -> tuple[tf.Tensor, ResamplerState]:
    audio, unfold = flatten_leading(tf.concat([state.buffer, block], axis=-1), keep=1)
    samples = state.samples + tf.cast(tf.shape(block)[-1], tf.int64)
    result = _between(audio, state.samples, _complete(samples, settings), settings)
    done = _first_sample(samples, settings) - _first_sample(state.samples, settings)
    buffer = with_shape(audio[:, tf.cast(done, tf.int32) :], [None, None])
    return unfold(result), ResamplerState(unfold(buffer), samples)


@compiled
def _flush(state: ResamplerState, *, settings: Resampling) -> tf.Tensor:
    audio, unfold = flatten_leading(state.buffer, keep=1)
    return unfold(
        _between(audio, state.samples, resampled_length(state.samples, settings), settings)
    )


def _first_sample(samples: tf.Tensor, settings: Resampling) -> tf.Tensor:
    """The place of the first sample of the period that is not complete."""
    step, outputs = settings.period
    return _complete(samples, settings) // outputs * step


def _between(
    audio: tf.Tensor, samples: tf.Tensor, end: tf.Tensor, settings: Resampling
) -> tf.Tensor:
    """Outputs from where so many samples have led to an end, of what is remembered."""
    begin, outputs = _complete(samples, settings), settings.period[1]
    first = begin // outputs * outputs
    begin, end = (tf.cast(place - first, tf.int32) for place in (begin, end))
    periods = -(-end // outputs)
    working = tf.cast(audio, working_dtype(audio.dtype))
    return tf.cast(resampled_periods(working, periods, settings)[:, begin:end], audio.dtype)
