"""The short-time Fourier transform and its inverse."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.fourier import framed_irfft, framed_rfft, largest_prime_factor
from ..ops.framed_power import framed_power
from ..ops.framing import completed, fit_length, pad
from ..ops.numerics import (
    compiled,
    complex_dtype,
    flatten_leading,
    real_tensor,
    sizes,
    working_dtype,
)
from ..ops.windows import canonical_dual, overlap_sums
from . import streaming
from .framed import Length
from .frames import Frames

__all__ = ["STFT", "checked_audio", "istft", "padded_audio", "stft"]

# Where float32 misses -125 dB, by noise of random signs: in frames beyond these lengths, with
# window sums below this ratio, with fewer frames over a sample than these, and where the Fourier
# transform of an awkward size runs through a convolution (a prime factor this large).
_LONG, _LONGEST, _ILL, _WORST, _FEW_FRAMES, _AWKWARD = 2**11, 2**14, 0.6, 0.4, 4, 101


@dataclasses.dataclass(frozen=True, kw_only=True)
class STFT(Frames):
    r"""A short-time Fourier transform that knows its exact inverse.

    Frame :math:`t` is centred on sample :math:`tH` (``hop_length`` :math:`H`), weighted by the
    window :math:`w`, and its spectrum is

    .. math:: S[t, k] = \sum_n w[n]\, x[tH + n - \lfloor N/2 \rfloor]\, e^{-2\pi i kn/N}

    for the bins :math:`k = 0, \dots, \lfloor N/2 \rfloor` of ``n_fft`` :math:`N`, at
    ``frequencies(sample_rate)``. Phase is counted from the start of the frame. The inverse is
    the least-squares one: it divides by the sum of squared windows that each sample really saw,
    so that every sample comes back, the first and the last included, for any length and for any
    hop under which every sample is seen. With r the smallest window sum over the largest
    (``conditioning``), the error at any sample is within :math:`8\epsilon / \sqrt{r}` of the
    signal's peak; where float32 would exceed -125 dB although r is at least 1e-2, the inverse,
    and where need be the analysis too, is computed in float64.

    What peers make of a signal of n samples, and the ``convention`` that does the same:

    ==============  =======================================  ==========  ====================
    convention      frames                                   padding     frame t starts at
    ==============  =======================================  ==========  ====================
    None            ``1 + ceil(n / hop_length)``             zeros       t·hop − n_fft//2
    ``"librosa"``   ``1 + n // hop_length`` (n_fft even)     zeros       t·hop − n_fft//2
    ``"torch"``     ``1 + n // hop_length`` (n_fft even)     reflection  t·hop − n_fft//2
    ``"hifigan"``   ``n // hop_length`` (n_fft − hop even)   reflection  t·hop − (n_fft−hop)//2
    ``"tf"``        ``1 + (n − win_length) // hop_length``   none        t·hop
    ``"ddsp"``      ``ceil(n / hop_length)``                 zeros       t·hop
    ==============  =======================================  ==========  ====================

    A convention's inverse is as exact as its framing allows: ``"tf"`` and ``"ddsp"`` never see
    the first sample (its window is zero there), ``"tf"`` and ``"hifigan"`` drop a remainder at the
    end, ``"librosa"`` and ``"torch"`` see the last ``n % hop_length`` samples by half a window. A
    window shorter than ``n_fft`` stands in the middle of the frame, in ``"tf"`` and ``"ddsp"`` at
    its start; there a window of odd length is symmetric, as ``tf.signal`` makes it, and else
    periodic. ``"ddsp"`` is ``tf.signal.stft`` with ``pad_end``.

    A transform keeps what the arguments left None have become, as its ``repr`` shows: so
    ``dataclasses.replace`` changes what it names, and nothing that once followed from it.

    Args:
        n_fft: length of the Fourier transform, samples, in [1, 2**24].
        hop_length: samples from frame to frame, in [1, win_length]; None is win_length // 4.
        win_length: length of the window, samples, in [1, n_fft]; None is n_fft.
        window: a name or tuple of ``scipy.signal.get_window``.
        pad_mode: what lies beyond the signal: ``"constant"`` (zeros), ``"reflect"``,
            ``"symmetric"`` or ``"edge"``, as in ``numpy.pad``; None is the convention's.
        convention: the peer to frame and pad like; None covers the signal exactly.

    Raises:
        ValueError: if an argument is out of its range, or if the windows leave some sample
            (almost) unseen: a smallest window sum below 1e-6 of the largest cannot be inverted.

    Warns:
        UserWarning: if that ratio is below 1e-2, where the inverse loses precision.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> transform = st.STFT(n_fft=1024, hop_length=256)
        >>> audio = tf.random.stateless_normal([2, 16000], seed=(0, 1))
        >>> coefficients = transform(audio)
        >>> tuple(coefficients.shape)
        (2, 64, 513)
        >>> restored = transform.inverse(coefficients, length=16000)
        >>> bool(tf.reduce_max(tf.abs(restored - audio)) < 2e-6)
        True

    References:
        Allen and Rabiner, "A unified approach to short-time Fourier analysis and synthesis",
        Proc. IEEE 65(11), 1977. Griffin and Lim, IEEE TASSP 32(2), 1984, eq. 6 (the inverse).
    """

    def precision(self, dtype: tf.DType) -> tf.DType:
        """The precision that audio of ``dtype`` is analysed in, so that the inverse is exact."""
        ill = self.conditioning < (_ILL if self.n_fft > _LONG else _WORST)
        awkward = largest_prime_factor(self.n_fft) >= _AWKWARD
        return tf.float64 if ill or awkward or self.n_fft > _LONGEST else working_dtype(dtype)

    def inverse_precision(self, dtype: tf.DType) -> tf.DType:
        """The precision that audio of ``dtype`` is synthesised in, so that it is exact."""
        ill = self.conditioning < _ILL
        few = self.hop_length * _FEW_FRAMES > self.win_length
        return tf.float64 if ill or few or self.n_fft > _LONG else self.precision(dtype)

    def __call__(self, audio: tf.Tensor) -> tf.Tensor:
        """Analyse a signal.

        Args:
            audio: ``[..., time]``, floating point; half precision is computed in float32.

        Returns:
            ``[..., frames, n_fft // 2 + 1]``, complex64 (complex128 for float64 audio).

        Raises:
            ValueError: if ``audio`` is not floating point, has no time axis, or has no sample
                where ``pad_mode`` needs one.
        """
        return _analyse(checked_audio(audio, self), transform=self)

    def power(self, audio: tf.Tensor) -> tf.Tensor:
        """Give the squared magnitudes of the coefficients, for what needs no phase.

        Under XLA on a CPU they cost less than the coefficients, and the rounding errors of a
        frame are there relative to the louder of two neighbours.

        Args:
            audio: ``[..., time]``, as for a call.

        Returns:
            ``[..., frames, n_fft // 2 + 1]``, float32 (float64 for float64 audio).

        Raises:
            ValueError: as a call does.
        """
        return _power(checked_audio(audio, self), transform=self)

    def inverse(self, coefficients: tf.Tensor, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise the signal whose coefficients are nearest to the given ones.

        Args:
            coefficients: ``[..., frames, n_fft // 2 + 1]``, complex.
            length: samples of the signal, whose frames these must be: a number, or an integer
                tensor (checked in a graph too, but not under XLA). None is
                ``(frames - 1) * hop_length``, in a convention the fewest that have so many frames.

        Returns:
            ``[..., length]``, float32 (float64 for complex128 coefficients).

        Raises:
            ValueError: if ``coefficients`` do not fit this transform, or ``length`` the frames
                (``InvalidArgumentError`` where that is only known when a graph runs).
        """
        coefficients = self.checked_coefficients(coefficients)
        frames = coefficients.shape[-2]
        frames = tf.shape(coefficients)[-2] if frames is None else frames
        length = self.checked_length(length, frames)
        if length is not None and tf.executing_eagerly():
            length = tf.constant(length, tf.int32)  # a number would be traced anew
        return _synthesise(coefficients, length, transform=self)

    def checked_coefficients(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The coefficients as a tensor, checked: complex, and as many bins as there are."""
        coefficients = tf.convert_to_tensor(coefficients)
        bins = self.n_fft // 2 + 1
        shape = coefficients.shape
        fits = shape.rank is None or (shape.rank >= 2 and shape[-1] in (None, bins))
        check(
            coefficients.dtype.is_complex and fits,
            f"coefficients must be complex [..., frames, n_fft // 2 + 1 = {bins}]",
            f"{coefficients.dtype.name} {shape}",
        )
        return coefficients

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.AnalysisState:
        """The state of an analysis that has heard nothing yet, for :meth:`step`."""
        rule = "pad_mode must be 'constant' to stream: other padding looks ahead"
        check(self.pad_mode == "constant", rule, self.pad_mode)
        return super().initial_state(batch_shape, dtype)

    def analysed(self, audio: tf.Tensor) -> tf.Tensor:
        """The coefficients of all whole frames of ``[batch, time]``."""
        precise = tf.cast(audio, self.precision(audio.dtype))
        spectrum = framed_rfft(precise, self.window_samples, self.hop_length)
        return tf.cast(spectrum, complex_dtype(audio.dtype))

    def overlapped(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The frames of coefficients, added where they overlap: ``[batch, rows * hop_length]``."""
        kept = coefficients.dtype.real_dtype
        precise = tf.cast(coefficients, complex_dtype(self.inverse_precision(kept)))
        dual = canonical_dual(self.window_samples, self.hop_length)
        return tf.cast(framed_irfft(precise, dual, self.hop_length), kept)

    def finished(
        self, audio: tf.Tensor, begin: Any, end: Any, *, start: Any, frames: Any
    ) -> tf.Tensor:
        """Cut samples out of such a sum, raised where frames lack."""
        sums = overlap_sums(self.window_samples, self.hop_length)
        return completed(audio, begin, end, start=start, frames=frames, sums=sums)


def checked_audio(audio: Any, transform: STFT) -> tf.Tensor:
    """A signal as a tensor that ``transform`` can frame, or a ``ValueError``."""
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    check(
        transform.pad_mode == "constant" or audio.shape[-1:] != [0],
        f"audio must have at least one sample for pad_mode {transform.pad_mode!r}",
        audio.shape,
    )
    return audio


def stft(audio: tf.Tensor, **settings: Any) -> tf.Tensor:
    """Analyse ``audio`` by ``STFT(**settings)``; see :class:`STFT`.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> tuple(st.stft(tf.zeros([16000]), n_fft=512, hop_length=128).shape)
        (126, 257)
    """
    return STFT(**settings)(audio)


def istft(coefficients: tf.Tensor, *, length: Length | None = None, **settings: Any) -> tf.Tensor:
    """Synthesise from ``coefficients`` by ``STFT(**settings).inverse``; see :class:`STFT`.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> coefficients = st.stft(tf.ones([1000]), n_fft=512, hop_length=100)
        >>> restored = st.istft(coefficients, length=1000, n_fft=512, hop_length=100)
        >>> f"{float(restored[0]):.4f} {float(restored[-1]):.4f}"
        '1.0000 1.0000'
    """
    return STFT(**settings).inverse(coefficients, length=length)


@compiled
def _analyse(audio: tf.Tensor, *, transform: STFT) -> tf.Tensor:
    kept = complex_dtype(working_dtype(audio.dtype))
    padded, unfold = padded_audio(audio, transform)
    spectrum = framed_rfft(padded, transform.window_samples, transform.hop_length)
    return unfold(tf.cast(spectrum, kept))


@compiled
def _power(audio: tf.Tensor, *, transform: STFT) -> tf.Tensor:
    padded, unfold = padded_audio(audio, transform)
    power = framed_power(padded, transform.window_samples, transform.hop_length)
    return unfold(tf.cast(power, working_dtype(audio.dtype)))


def padded_audio(audio: tf.Tensor, transform: STFT) -> tuple[tf.Tensor, Callable]:
    """The signals as ``[batch, time]`` with all samples that frames reach, and the way back."""
    audio, unfold = flatten_leading(tf.cast(audio, transform.precision(audio.dtype)), keep=1)
    length = sizes(audio)[1]
    end = (transform.num_frames(length) - 1) * transform.hop_length + transform.n_fft
    missing = end - transform.delay - length
    missing = max(missing, 0) if isinstance(missing, int) else tf.maximum(missing, 0)
    return pad(audio, transform.delay, missing, transform.pad_mode), unfold


@compiled
def _synthesise(coefficients: tf.Tensor, length: Length | None, *, transform: STFT) -> tf.Tensor:
    kept = coefficients.dtype.real_dtype
    precise = tf.cast(coefficients, complex_dtype(transform.inverse_precision(kept)))
    coefficients, unfold = flatten_leading(precise, keep=2)
    frames = sizes(coefficients)[1]
    if length is None:
        length = transform.default_length(frames)
    window, hop_length = transform.window_samples, transform.hop_length
    audio = framed_irfft(coefficients, canonical_dual(window, hop_length), hop_length)
    end = transform.delay + length
    if transform.convention is not None:  # a peer's frames may end before the signal does
        audio = fit_length(audio, end)
    sums = overlap_sums(window, hop_length)
    audio = completed(audio, transform.delay, end, start=0, frames=frames, sums=sums)
    return unfold(tf.cast(audio, kept))
