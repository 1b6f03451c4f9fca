"""An STFT whose coefficients are moved to the frequency of their sound, and its inverse."""

import dataclasses
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from ..ops.fourier import framed_rfft
from ..ops.numerics import (
    compiled,
    complex_dtype,
    sizes,
    working_dtype,
)
from ..ops.reassignment import frequency_offset
from .base import Transform
from .framed import Length
from .reassigned_spectrogram import check_ends
from .stft import STFT, checked_audio, padded_audio

__all__ = ["SynchrosqueezedSTFT"]

Assignment = Literal["nearest", "linear"]


@dataclasses.dataclass(frozen=True)
class SynchrosqueezedSTFT(Transform):
    r"""An STFT squeezed along frequency, each coefficient to where its sound is.

    A sound at time :math:`t H` is the sum over the bins of the coefficients of the frame about it,
    whose phase is counted from there. A synchrosqueezed transform moves them inside the frame
    to the bin of their instantaneous frequency, and the sum stays:

    .. math::
        A[t, k] = \frac{c_k}{N w_0}\, S[t, k]\, e^{2\pi i k \lfloor N/2 \rfloor / N}, \qquad
        T[t, l] = \sum_{k:\, \hat k(t, k) \to l} A[t, k], \qquad
        x[tH] = \mathrm{Re} \sum_l T[t, l],

    with :math:`\hat k = k - \frac{N}{2\pi} \mathrm{Im}(S_{w'} / S_w)` as in
    :class:`ReassignedSpectrogram`, :math:`w_0` the middle of the window, and :math:`c_k` 2, but 1
    at DC and Nyquist. So a steady partial of amplitude a is one coefficient of magnitude a, and
    what is kept of the bins about a ridge (:func:`ridges`) is, summed, the analytic signal of that
    partial alone.

    Every frame tells one sample: with ``hop_length=1`` the inverse has them all, and is exact to
    rounding. With longer hops there is a picture, and no inverse.

    Args:
        transform: the :class:`STFT` to start from, of no convention; its window must fall to 1e-2
            of its peak at its ends.
        assignment: ``"nearest"`` moves a coefficient to one bin; ``"linear"`` shares it among the
            two next to its frequency, so that there is a gradient by the frequency too.
        magnitude_floor: in the unit of the coefficients of the STFT, above 0; what is below stays
            in its bin.

    Raises:
        ValueError: if an argument is out of its range, or the STFT does not fit.

    Gradient:
        By the coefficients, with ``"linear"`` also by their frequencies; finite on silence.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=256, hop_length=1))
        >>> tone = 0.5 * np.cos(2 * np.pi * 1010.0 * np.arange(2000) / 16000)
        >>> coefficients = squeezed(tone)
        >>> [f"{abs(value):.3f}" for value in coefficients[1000, 14:19].numpy()]
        ['0.000', '0.000', '0.500', '0.000', '0.000']
        >>> restored = squeezed.inverse(coefficients)
        >>> bool(np.max(np.abs(restored - tone)) < 1e-12)
        True

    References:
        Daubechies, Lu and Wu, "Synchrosqueezed wavelet transforms: an empirical mode
        decomposition-like tool", Applied and Computational Harmonic Analysis 30(2), 2011. Thakur
        and Wu, "Synchrosqueezing-based recovery of instantaneous frequency from nonuniform
        samples", SIAM Journal on Mathematical Analysis 43(5), 2011: of the short-time transform.
    """

    transform: STFT
    _: dataclasses.KW_ONLY
    assignment: Assignment = "nearest"
    magnitude_floor: float = 1e-8

    def __post_init__(self) -> None:
        check(isinstance(self.transform, STFT), "transform must be an STFT", self.transform)
        convention = self.transform.convention
        check(convention is None, "transform must be an STFT of no convention", convention)
        check_ends(self.transform)
        one_of("assignment", self.assignment, Assignment)
        check(self.magnitude_floor > 0, "magnitude_floor must be above 0", self.magnitude_floor)

    def __call__(self, audio: Any) -> tf.Tensor:
        """Analyse ``[..., time]`` into ``[..., frames, n_fft // 2 + 1]``, complex."""
        return _squeeze(checked_audio(audio, self.transform), transform=self)

    def inverse(self, coefficients: Any, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise by summing the bins of every frame.

        Args:
            coefficients: ``[..., frames, bins]``, complex: all, or those of some bins.
            length: samples, whose frames these must be; None is ``frames - 1``.

        Returns:
            ``[..., length]``.

        Raises:
            ValueError: if the hop is longer than one sample, or an argument does not fit.
        """
        hop_length = self.transform.hop_length
        check(hop_length == 1, "transform must have hop_length=1 to be inverted", hop_length)
        coefficients = self.transform.checked_coefficients(coefficients)
        frames = coefficients.shape[-2] if coefficients.shape.rank else None
        frames = tf.shape(coefficients)[-2] if frames is None else frames
        length = self.transform.checked_length(length, frames)
        length = self.transform.default_length(frames) if length is None else length
        return tf.reduce_sum(tf.math.real(coefficients), axis=-1)[..., :length]

    @property
    def _weights(self) -> np.ndarray:
        """What turns the coefficients of the STFT into parts of the sound, complex ``[bins]``."""
        n_fft, middle = self.transform.n_fft, self.transform.middle
        bins = np.arange(n_fft // 2 + 1)
        counts = np.where((bins == 0) | (2 * bins == n_fft), 1.0, 2.0)
        phase = np.exp(2j * np.pi * (bins * middle % n_fft) / n_fft)
        return counts * phase / (n_fft * self.transform.window_samples[middle])


@compiled
def _squeeze(audio: tf.Tensor, *, transform: SynchrosqueezedSTFT) -> tf.Tensor:
    stft, kept = transform.transform, complex_dtype(working_dtype(audio.dtype))
    padded, unfold = padded_audio(audio, stft)
    spectrum = framed_rfft(padded, stft.window_samples, stft.hop_length)
    by_derivative = framed_rfft(padded, stft.window_derivative, stft.hop_length)
    offset = frequency_offset(spectrum, by_derivative, transform.magnitude_floor)
    count = stft.n_fft // 2 + 1
    place = tf.range(count, dtype=offset.dtype) + offset * (stft.n_fft / (2 * np.pi))
    place = tf.clip_by_value(place, 0, count - 1)
    parts = spectrum * tf.constant(transform._weights, spectrum.dtype)
    if transform.assignment == "nearest":
        squeezed = _added(parts, tf.cast(tf.round(place), tf.int32))
    else:
        low = tf.floor(tf.stop_gradient(place))
        share, low = place - low, tf.cast(low, tf.int32)
        share = tf.complex(share, tf.zeros_like(share))  # a cast's own gradient would warn
        high = tf.minimum(low + 1, count - 1)
        squeezed = _added((1 - share) * parts, low) + _added(share * parts, high)
    return unfold(tf.cast(squeezed, kept))


def _added(parts: tf.Tensor, bins: tf.Tensor) -> tf.Tensor:
    """Add coefficients ``[batch, frames, bins]`` up where they go, frame by frame."""
    batch, frames, count = sizes(parts)
    pairs = tf.stack([tf.math.real(parts), tf.math.imag(parts)], axis=-1)
    row = tf.range(batch * frames)[:, None] * count
    index = tf.reshape(row + tf.reshape(bins, [batch * frames, count]), [-1])
    rows = tf.reshape(pairs, [batch * frames * count, 2])
    summed = tf.math.unsorted_segment_sum(rows, index, batch * frames * count)
    summed = tf.reshape(summed, [batch, frames, count, 2])
    return tf.complex(summed[..., 0], summed[..., 1])
