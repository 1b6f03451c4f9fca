"""The short-time Fourier transform and its inverse."""

import dataclasses
import warnings
from typing import Any, Literal, TypeAlias

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from ..ops.fourier import framed_irfft, framed_rfft, largest_prime_factor
from ..ops.framing import PadMode, completed, fit_length, pad
from ..ops.numerics import (
    compiled,
    complex_dtype,
    flatten_leading,
    real_tensor,
    sizes,
    working_dtype,
)
from ..ops.windows import Window, canonical_dual, nola_ratio, overlap_sums, window_samples
from . import streaming
from .base import Transform

__all__ = ["STFT", "Convention", "istft", "stft"]

Length: TypeAlias = tf.Tensor | int

Convention = Literal["librosa", "tf", "torch", "hifigan"]

_PAD_MODES: dict[str | None, PadMode] = {"torch": "reflect", "hifigan": "reflect"}
_REFUSED, _WARNED = 1e-6, 1e-2
# Below this window-sum ratio, or where the Fourier transform of an awkward size runs through a
# convolution (a prime factor this large), float32 arithmetic would miss -125 dB.
_DOUBLE_BELOW, _DOUBLE_FROM_PRIME = 0.4, 101


@dataclasses.dataclass(frozen=True, kw_only=True)
class STFT(Transform):
    r"""A short-time Fourier transform that knows its exact inverse.

    Frame :math:`t` is centred on sample :math:`tH` (``hop_length`` :math:`H`), weighted by the
    window :math:`w`, and its spectrum is

    .. math:: S[t, k] = \sum_n w[n]\, x[tH + n - \lfloor N/2 \rfloor]\, e^{-2\pi i kn/N}

    for the bins :math:`k = 0, \dots, \lfloor N/2 \rfloor` of ``n_fft`` :math:`N`, at
    ``frequencies(sample_rate)``. Phase is counted from the start of the frame. The inverse is
    the least-squares one: it divides by the sum of squared windows that each sample really saw,
    so that every sample comes back, the first and the last included, for any length and for any
    hop under which every sample is seen.

    What peers make of a signal of n samples, and the ``convention`` that does the same:

    ==============  =======================================  ==========  ====================
    convention      frames                                   padding     frame t starts at
    ==============  =======================================  ==========  ====================
    None            ``1 + ceil(n / hop_length)``             zeros       t·hop − n_fft//2
    ``"librosa"``   ``1 + n // hop_length`` (n_fft even)     zeros       t·hop − n_fft//2
    ``"torch"``     ``1 + n // hop_length`` (n_fft even)     reflection  t·hop − n_fft//2
    ``"hifigan"``   ``n // hop_length`` (n_fft − hop even)   reflection  t·hop − (n_fft−hop)//2
    ``"tf"``        ``1 + (n − win_length) // hop_length``   none        t·hop
    ==============  =======================================  ==========  ====================

    A convention's inverse is as exact as its framing allows: ``"tf"`` never sees the first
    sample (its window is zero there), ``"tf"`` and ``"hifigan"`` drop a remainder at the end,
    ``"librosa"`` and ``"torch"`` see the last ``n % hop_length`` samples by half a window. A
    window shorter than ``n_fft`` stands in the middle of the frame, in ``"tf"`` at its start.

    Args:
        n_fft: length of the Fourier transform, samples, at least 1.
        hop_length: samples from frame to frame, in [1, win_length]; None is win_length // 4.
        win_length: length of the window, samples, in [1, n_fft]; None is n_fft.
        window: a name or tuple of ``scipy.signal.get_window``, sampled periodically.
        pad_mode: what lies beyond the signal: ``"constant"`` (zeros), ``"reflect"``,
            ``"symmetric"`` or ``"edge"``, as in ``numpy.pad``; None is the convention's.
        convention: the peer to frame and pad like; None covers the signal exactly.

    Raises:
        ValueError: if an argument is out of its range, or if the windows leave some sample
            (almost) unseen: a smallest window sum below 1e-6 of the largest cannot be inverted.

    Warns:
        UserWarning: if that ratio is below 1e-2, where the inverse loses precision: its error
          is within :math:`8\epsilon / \sqrt{\mathrm{ratio}}` of the signal's peak.

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

    n_fft: int
    hop_length: int = None  # type: ignore[assignment]  # None is settled in __post_init__
    win_length: int = None  # type: ignore[assignment]
    window: Window = "hann"
    pad_mode: PadMode = None  # type: ignore[assignment]
    convention: Convention | None = None

    def __post_init__(self) -> None:
        self._settle("n_fft", integer("n_fft", self.n_fft, 1))
        win_length = self.n_fft if self.win_length is None else self.win_length
        self._settle("win_length", integer("win_length", win_length, 1, self.n_fft))
        hop_length = max(self.win_length // 4, 1) if self.hop_length is None else self.hop_length
        self._settle("hop_length", integer("hop_length", hop_length, 1, self.win_length))
        if self.convention is not None:
            one_of("convention", self.convention, Convention)
        self._settle("pad_mode", self.pad_mode or _PAD_MODES.get(self.convention, "constant"))
        one_of("pad_mode", self.pad_mode, PadMode)
        check(
            self.convention != "tf" or self.pad_mode == "constant",
            "pad_mode must be 'constant' in convention 'tf', which pads nothing",
            self.pad_mode,
        )
        self._check_invertible()

    def _settle(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_invertible(self) -> None:
        ratio = self.conditioning
        check(
            ratio >= _REFUSED,
            f"hop_length={self.hop_length} leaves samples unseen by the window {self.window!r} of "
            f"win_length={self.win_length}: the smallest sum of squared windows must be at least "
            f"{_REFUSED} of the largest (choose a smaller hop_length)",
            ratio,
        )
        if ratio < _WARNED:
            warnings.warn(
                f"hop_length={self.hop_length} makes the inverse imprecise: the smallest sum of "
                f"squared windows is {ratio:.1e} of the largest (below {_WARNED}).",
                stacklevel=4,
            )

    @property
    def window_samples(self) -> np.ndarray:
        """The window inside its frame of zeros, float64 ``[n_fft]``."""
        offset = 0 if self.convention == "tf" else (self.n_fft - self.win_length) // 2
        return window_samples(self.window, self.win_length, self.n_fft, offset)

    @property
    def conditioning(self) -> float:
        """Smallest over largest sum of squared windows, in [0, 1]: 1 is the best inverse."""
        return nola_ratio(self.window_samples, self.hop_length)

    @property
    def delay(self) -> int:
        """Samples by which the first frame starts before the signal does."""
        if self.convention == "tf":
            return 0
        if self.convention == "hifigan":
            return (self.n_fft - self.hop_length) // 2
        return self.n_fft // 2

    def precision(self, dtype: tf.DType) -> tf.DType:
        """The precision that audio of ``dtype`` is computed in, so that the inverse is exact."""
        ill = self.conditioning < _DOUBLE_BELOW
        awkward = largest_prime_factor(self.n_fft) >= _DOUBLE_FROM_PRIME
        return tf.float64 if ill or awkward else working_dtype(dtype)

    def num_frames(self, length: Length) -> Length:
        """How many frames a signal of ``length`` samples has, a number or a tensor."""
        if self.convention is None:
            return 1 + -(-length // self.hop_length)
        frame_length = self.win_length if self.convention == "tf" else self.n_fft
        count = 1 + (length + 2 * self.delay - frame_length) // self.hop_length
        return max(count, 0) if isinstance(count, int) else tf.maximum(count, 0)

    def min_length(self, frames: Length) -> Length:
        """The fewest samples that have ``frames`` frames, ``frames`` at least 1."""
        if self.convention is None:
            return (frames - 1) * self.hop_length - self.hop_length + 1
        frame_length = self.win_length if self.convention == "tf" else self.n_fft
        return (frames - 1) * self.hop_length + frame_length - 2 * self.delay

    def frequencies(self, sample_rate: float) -> np.ndarray:
        """Centre frequency of every bin, Hz, float64 ``[n_fft // 2 + 1]``."""
        return np.fft.rfftfreq(self.n_fft, 1.0 / sample_rate)

    def times(self, frames: int, sample_rate: float) -> np.ndarray:
        """Time of the middle of every frame, seconds, float64 ``[frames]``."""
        middle = self.win_length // 2 if self.convention == "tf" else self.n_fft // 2
        return (np.arange(frames) * self.hop_length + middle - self.delay) / sample_rate

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
        audio = real_tensor("audio", audio)
        check(audio.shape.rank != 0, "audio must have a time axis", audio)
        check(
            self.pad_mode == "constant" or audio.shape[-1:] != [0],
            f"audio must have at least one sample for pad_mode {self.pad_mode!r}",
            audio.shape,
        )
        return _analyse(audio, transform=self)

    def inverse(self, coefficients: tf.Tensor, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise the signal whose coefficients are nearest to the given ones.

        Args:
            coefficients: ``[..., frames, n_fft // 2 + 1]``, complex.
            length: samples of the signal; None is ``(frames - 1) * hop_length``, in a convention
                the fewest samples that have so many frames.

        Returns:
            ``[..., length]``, float32 (float64 for complex128 coefficients).

        Raises:
            ValueError: if ``coefficients`` do not fit this transform, or ``length`` the frames.
        """
        coefficients = self._checked(coefficients)
        frames = coefficients.shape[-2]
        if isinstance(length, int) and frames is not None:
            check(
                self.num_frames(length) == frames,
                f"length must be in [{max(self.min_length(frames), 0)}, "
                f"{self.min_length(frames + 1) - 1}] for {frames} frames of hop_length="
                f"{self.hop_length}",
                length,
            )
        if length is not None and tf.executing_eagerly():
            length = tf.convert_to_tensor(length, tf.int32)  # a number would be traced anew
        return _synthesise(coefficients, length, transform=self)

    def _checked(self, coefficients: tf.Tensor) -> tf.Tensor:
        coefficients = tf.convert_to_tensor(coefficients)
        bins = self.n_fft // 2 + 1
        shape = coefficients.shape
        fits = shape.rank is None or (shape.rank >= 2 and shape[-1] in (None, bins))
        check(
            coefficients.dtype.is_complex and fits,
            f"coefficients must be complex [..., frames, n_fft // 2 + 1 = {bins}]",
            coefficients,
        )
        return coefficients

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.AnalysisState:
        """The state of an analysis that has heard nothing yet, for :meth:`step`."""
        return streaming.initial_analysis(self, batch_shape, dtype)

    def step(
        self, block: tf.Tensor, state: streaming.AnalysisState
    ) -> tuple[tf.Tensor, streaming.AnalysisState]:
        """Analyse the next block of a stream: its new frames, and the state after it.

        However a signal ``[..., time]`` is cut into blocks, the frames of all steps and of
        the :meth:`flush` after them are those of the whole.
        """
        return streaming.analyse_step(real_tensor("block", block), state, transform=self)

    def flush(self, state: streaming.AnalysisState) -> tf.Tensor:
        """The last frames of a stream, those that reach beyond its end."""
        return streaming.analyse_flush(state, transform=self)

    def initial_inverse_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.SynthesisState:
        """The state of a synthesis that has seen no frame yet, for :meth:`inverse_step`."""
        return streaming.initial_synthesis(self, batch_shape, dtype)

    def inverse_step(
        self, coefficients: tf.Tensor, state: streaming.SynthesisState
    ) -> tuple[tf.Tensor, streaming.SynthesisState]:
        """Synthesise from the next frames of a stream: the samples that are complete."""
        return streaming.synthesise_step(self._checked(coefficients), state, transform=self)

    def inverse_flush(
        self, state: streaming.SynthesisState, *, length: Length | None = None
    ) -> tf.Tensor:
        """The last samples of a stream of ``length`` samples in all (see :meth:`inverse`)."""
        if length is not None:
            length = tf.convert_to_tensor(length, tf.int64)
        return streaming.synthesise_flush(state, length, transform=self)


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
    audio, unfold = flatten_leading(tf.cast(audio, transform.precision(audio.dtype)), keep=1)
    length = sizes(audio)[1]
    end = (transform.num_frames(length) - 1) * transform.hop_length + transform.n_fft
    missing = end - transform.delay - length
    missing = max(missing, 0) if isinstance(missing, int) else tf.maximum(missing, 0)
    padded = pad(audio, transform.delay, missing, transform.pad_mode)
    spectrum = framed_rfft(padded, transform.window_samples, transform.hop_length)
    return unfold(tf.cast(spectrum, kept))


@compiled
def _synthesise(coefficients: tf.Tensor, length: Length | None, *, transform: STFT) -> tf.Tensor:
    kept = coefficients.dtype.real_dtype
    precise = tf.cast(coefficients, complex_dtype(transform.precision(kept)))
    coefficients, unfold = flatten_leading(precise, keep=2)
    frames = sizes(coefficients)[1]
    if length is None:
        length = (frames - 1) * transform.hop_length
        length = length if transform.convention is None else transform.min_length(frames)
        length = max(length, 0) if isinstance(length, int) else tf.maximum(length, 0)
    window, hop_length = transform.window_samples, transform.hop_length
    audio = framed_irfft(coefficients, canonical_dual(window, hop_length), hop_length)
    end = transform.delay + length
    if transform.convention is not None:  # a peer's frames may end before the signal does
        audio = fit_length(audio, end)
    sums = overlap_sums(window, hop_length)
    audio = completed(audio, transform.delay, end, start=0, frames=frames, sums=sums)
    return unfold(tf.cast(audio, kept))
