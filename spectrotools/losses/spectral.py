"""Losses of magnitudes at several resolutions."""

import dataclasses
from typing import Any, Literal, Self

import tensorflow as tf

from .._validate import check, number, one_of
from ..transforms.stft import STFT
from .blockwise import BlockwiseLoss
from .spectral_scales import SpectralScale
from .spectral_terms import TERMS, absolute_errors

__all__ = ["MultiScaleSpectral"]

SpectralPreset = Literal[
    "ddsp",
    "ddsp_log",
    "ddsp_vst_32k",
    "ddsp_vst_48k",
    "auraloss",
    "parallel_wavegan",
    "tensorflowtts",
]
Average = Literal["sum", "mean"]


@dataclasses.dataclass(frozen=True)
class MultiScaleSpectral(BlockwiseLoss):
    r"""The distance of magnitudes, seen through several STFTs.

    Short windows see onsets, long ones see pitch: a loss through all sees both. With magnitudes
    :math:`t` of the target and :math:`a` of the sound, over F frames of K bins, every resolution
    adds the terms whose weight is above 0:

    =========================  ==============================================================
    term                       of one resolution
    =========================  ==============================================================
    ``magnitude``              mean of :math:`|a - t|`
    ``log_magnitude``          mean of :math:`|\ln \max(a, f) - \ln \max(t, f)|`
    ``squared_magnitude``      mean of :math:`(a - t)^2`
    ``squared_log_magnitude``  mean of :math:`(\ln \max(a, f) - \ln \max(t, f))^2`
    ``convergence``            :math:`\|a - t\|_F / \|\max(t, f)\|_F`
    ``cosine``                 mean over frames of :math:`1 - \langle a, t \rangle / \|a\| \|t\|`
    ``divergence``             mean over frames of :math:`\sum_k p_k \ln p_k / q_k`, of the
                               distributions :math:`p \propto t + f`, :math:`q \propto a + f`
    ``delta_time``             mean of :math:`|\Delta_\text{frames} (a - t)|`
    ``delta_frequency``        mean of :math:`|\Delta_\text{bins} (a - t)|`
    ``cumulative_frequency``   mean of :math:`|\sum_{j \le k} (a_j - t_j)|`
    =========================  ==============================================================

    where f is ``floor``. All terms of a resolution share one analysis. None of them pulls a tone
    that is wrong by more than the width of a bin towards the right pitch; for that there is
    :class:`SpectralWasserstein`.

    ======================  ==========================================  ======================
    ``preset``              STFT                                        terms
    ======================  ==========================================  ======================
    ``"ddsp"``              2048 to 64, each half the last, hop n/4,    magnitude
                            padded at the end; summed
    ``"ddsp_log"``          the same: DDSP's gin files                  magnitude and
                                                                        log_magnitude
    ``"ddsp_vst_32k"``      4096 to 128, likewise                       the same
    ``"ddsp_vst_48k"``      windows of 6144 to 192, likewise, in FFTs   the same
                            of the next power of 2
    ``"auraloss"``          1024, 2048, 512; hop 120, 240, 50; window   convergence and
                            600, 1200, 240; reflected; averaged         log_magnitude; magnitudes
                                                                        of at least 1e-4
    ``"parallel_wavegan"``  the same                                    the same, of at least
                                                                        1e-3.5
    ``"tensorflowtts"``     the same, not padded                        the same, 1e-7 added to
                                                                        squared magnitudes
    ======================  ==========================================  ======================

    Of one signal they are the published numbers; over a batch ours is the mean of all signals',
    where Parallel WaveGAN takes one norm of all. DDSP's logarithm has no floor but for magnitudes
    of exactly 0.

    Args:
        transforms: the :class:`STFT` of each resolution, at least one.
        magnitude: weight of that term, at least 0; likewise the next.
        log_magnitude: weight.
        squared_magnitude: weight.
        squared_log_magnitude: weight.
        convergence: weight.
        cosine: weight.
        divergence: weight.
        delta_time: weight.
        delta_frequency: weight.
        cumulative_frequency: weight.
        floor: magnitude, in the unit of the STFT, below which terms see no difference, above 0.
        least: magnitude to which all are raised before any term, at least 0.
        offset: added to all squared magnitudes, at least 0.
        scale: :class:`WeightedBins`, by which bins are weighted, or :class:`MelBands`, in which
            they are gathered, before any term and after the two above; None compares all bins
            alike.
        over_scales: whether resolutions are added up or averaged.

    Raises:
        ValueError: if a setting is out of its range, or no term has a weight.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> loss = st.losses.MultiScaleSpectral.preset("ddsp_log")
        >>> time = np.arange(16000) / 16000
        >>> target, audio = np.sin(2 * np.pi * 440 * time), 0.5 * np.sin(2 * np.pi * 440 * time)
        >>> {name: f"{float(value):.2f}" for name, value in loss.terms(target, audio).items()}
        {'magnitude': '3.09', 'log_magnitude': '2.52'}

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020, eq.
        4. Yamamoto, Song, Kim, "Parallel WaveGAN", 2020, eq. 4 to 6. Steinmetz, Reiss, "auraloss:
        audio-focused loss functions in PyTorch", 2020. Arik, Jun, Diamos, "Fast spectrogram
        inversion using multi-head convolutional neural networks", 2018 (convergence).
    """

    transforms: tuple[STFT, ...]
    _: dataclasses.KW_ONLY
    magnitude: float = 1.0
    log_magnitude: float = 1.0
    squared_magnitude: float = 0.0
    squared_log_magnitude: float = 0.0
    convergence: float = 0.0
    cosine: float = 0.0
    divergence: float = 0.0
    delta_time: float = 0.0
    delta_frequency: float = 0.0
    cumulative_frequency: float = 0.0
    floor: float = 1e-5
    least: float = 0.0
    offset: float = 0.0
    scale: SpectralScale | None = None
    over_scales: Average = "sum"

    def __post_init__(self) -> None:
        several = isinstance(self.transforms, list | tuple) and len(self.transforms) > 0
        rule = "transforms must be a list of STFTs, at least one"
        check(several and all(isinstance(t, STFT) for t in self.transforms), rule, self.transforms)
        object.__setattr__(self, "transforms", tuple(self.transforms))
        for name in TERMS:
            object.__setattr__(self, name, number(name, getattr(self, name), 0.0))
        check(bool(self.weights), "one term must have a weight above 0", 0.0)
        for name, low in (("floor", 1e-15), ("least", 0.0), ("offset", 0.0)):
            object.__setattr__(self, name, number(name, getattr(self, name), low))
        scaled = self.scale is None or isinstance(self.scale, SpectralScale)
        check(scaled, "scale must be WeightedBins, MelBands or None", self.scale)
        one_of("over_scales", self.over_scales, Average)

    @classmethod
    def preset(cls, name: SpectralPreset) -> Self:
        """Build a published loss (see the table of this class)."""
        return cls(**_PRESETS[one_of("preset", name, SpectralPreset)])

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each term that has one, over the resolutions if they are averaged."""
        share = 1.0 / len(self.transforms) if self.over_scales == "mean" else 1.0
        given = {name: share * getattr(self, name) for name in TERMS}
        return {name: weight for name, weight in given.items() if weight}

    @property
    def stfts(self) -> tuple[STFT, ...]:
        """The transforms that it looks through."""
        return self.transforms

    def measure(self, target: tf.Tensor, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the weighted terms by their names, each over all resolutions."""
        found: dict[str, list[tf.Tensor]] = {name: [] for name in self.weights}
        for transform in self.transforms:
            wanted, heard = (self._powers(sound, transform) for sound in (target, audio))
            for name, value in _of_powers(wanted, heard, self).items():
                found[name].append(value)
        return {name: self.weights[name] * tf.add_n(values) for name, values in found.items()}

    def _powers(self, sound: tf.Tensor, transform: STFT) -> tf.Tensor:
        """The squared magnitudes that the terms are given."""
        powers = transform.power(sound)
        if self.offset:
            powers += self.offset
        if self.least:
            powers = tf.maximum(powers, self.least**2)
        return self.scale.powers(powers, transform.n_fft) if self.scale else powers


def _published(
    sizes: tuple[int, ...], hops: tuple[int, ...], windows: tuple[int, ...], convention: Any
) -> tuple[STFT, ...]:
    return tuple(
        STFT(n_fft=n_fft, hop_length=hop, win_length=window, convention=convention)
        for n_fft, hop, window in zip(sizes, hops, windows, strict=True)
    )


def _ddsp(longest: int) -> tuple[STFT, ...]:
    windows = tuple(longest >> octave for octave in range(6))
    sizes = tuple(1 << (window - 1).bit_length() for window in windows)
    return _published(sizes, tuple(window // 4 for window in windows), windows, "ddsp")


def _triple(convention: str) -> dict[str, Any]:
    grid = (1024, 2048, 512), (120, 240, 50), (600, 1200, 240)
    weights = {"magnitude": 0.0, "convergence": 1.0, "over_scales": "mean"}
    return {"transforms": _published(*grid, convention), **weights}


_PRESETS: dict[str, dict[str, Any]] = {
    "ddsp": {"transforms": _ddsp(2048), "log_magnitude": 0.0},
    "ddsp_log": {"transforms": _ddsp(2048)},
    "ddsp_vst_32k": {"transforms": _ddsp(4096)},
    "ddsp_vst_48k": {"transforms": _ddsp(6144)},
    "auraloss": {**_triple("torch"), "least": 1e-4},
    "parallel_wavegan": {**_triple("torch"), "least": 10**-3.5},
    "tensorflowtts": {**_triple("tf"), "offset": 1e-7},
}


def _of_powers(
    target: tf.Tensor, audio: tf.Tensor, loss: MultiScaleSpectral
) -> dict[str, tf.Tensor]:
    pair, values = ("magnitude", "log_magnitude"), {}
    if all(name in loss.weights for name in pair):
        values = dict(zip(pair, absolute_errors(target, audio, loss.floor), strict=True))
    left = [name for name in loss.weights if name not in values]
    return values | {name: TERMS[name](target, audio, loss.floor) for name in left}
