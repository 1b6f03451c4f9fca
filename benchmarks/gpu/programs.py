"""What is measured on a GPU: functions of tensors, with the arrays to call them on."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

import spectrotools as st

RATE = 16000
HOP = 64  # of controls
STFT = st.STFT(n_fft=1024, hop_length=256)


@dataclasses.dataclass(frozen=True)
class Program:
    """A function of tensors that gives a tuple of tensors, and the arrays to call it on.

    ``judge`` names how a result is held beside TensorFlow's on the CPU: see agreement.py.
    """

    name: str
    function: Callable[..., tuple]
    inputs: tuple[np.ndarray, ...]
    judge: str = "close"


def all_programs(batch: int, seconds: float) -> list[Program]:
    """Every measured op for so many signals of so many seconds."""
    length = round(seconds * RATE)
    rng = np.random.default_rng(0)

    def noise(*shape: int) -> np.ndarray:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    audio = noise(batch, length)
    return [
        *_spectral(audio),
        *_features(audio),
        *synthesis(batch, length, noise),
        *_effects(audio, noise(RATE)),
        *_losses(audio, noise(batch, length)),
        *_discrete(audio, _tone(batch, length)),
    ]


def _spectral(audio: np.ndarray) -> list[Program]:
    length = audio.shape[-1]
    spectrum = STFT(audio).numpy()
    magnitudes = np.abs(spectrum)
    log_mel = st.LogMel(STFT, sample_rate=RATE, n_mels=80)
    pair = st.MagnitudeIF(STFT)
    cqt = st.CQT(sample_rate=RATE, bins_per_octave=12, fmin=32.703)
    coefficients = cqt(audio).numpy()
    mdct, bank = st.MDCT(win_length=2048), st.PQMF(n_bands=4)

    def inverse(spectrum: tf.Tensor) -> tf.Tensor:
        return STFT.inverse(spectrum, length=length)

    def cqt_inverse(coefficients: tf.Tensor) -> tf.Tensor:
        return cqt.inverse(coefficients, length=length)

    def mdct_inverse(coefficients: tf.Tensor) -> tf.Tensor:
        return mdct.inverse(coefficients, length=length)

    def added(bands: tf.Tensor) -> tf.Tensor:
        return bank.synthesis(bands, length=length)

    def griffin_lim(magnitudes: tf.Tensor) -> tf.Tensor:
        return st.griffin_lim(magnitudes, STFT, length=length, n_iter=30, seed=0)

    return [
        *_both_ways("STFT", STFT, audio),
        *_both_ways("inverse STFT", inverse, spectrum),
        *_both_ways("log-mel", log_mel, audio),
        Program("MagnitudeIF", lambda x: tuple(pair(x)), (audio,), "phase"),
        Program(
            "Griffin-Lim from PGHI, 30 iterations",
            _tuple_of(griffin_lim),
            (magnitudes,),
            "convergence",
        ),
        *_both_ways("CQT", cqt, audio),
        *_both_ways("inverse CQT", cqt_inverse, coefficients),
        *_both_ways("MDCT", mdct, audio),
        *_both_ways("inverse MDCT", mdct_inverse, mdct(audio).numpy()),
        *_both_ways("PQMF", bank, audio),
        *_both_ways("PQMF synthesis", added, bank(audio).numpy()),
    ]


def synthesis(batch: int, length: int, noise: Callable[..., np.ndarray]) -> list[Program]:
    """Oscillators and filtered noise; ``noise`` gives controls of a shape, in [-1, 1]."""
    frames = 1 + -(-length // HOP)
    f0_hz = 220.0 + 10.0 * noise(batch, frames)
    amplitudes = 0.5 + 0.1 * noise(batch, frames)
    distribution = np.full([batch, frames, 100], 0.01, np.float32)
    bands = 0.5 + 0.1 * noise(batch, frames, 65)

    def harmonics(*controls: tf.Tensor) -> tf.Tensor:
        settings = {"sample_rate": RATE, "hop_length": HOP, "length": length}
        return st.harmonic_synthesis(*controls, **settings)

    def filtered(bands: tf.Tensor) -> tf.Tensor:
        return st.filtered_noise(bands, hop_length=HOP, length=length, seed=7)

    return [
        *_both_ways("harmonics, 100 partials", harmonics, f0_hz, amplitudes, distribution),
        *_both_ways("filtered noise, 65 bands", filtered, bands),
    ]


def _effects(audio: np.ndarray, response: np.ndarray) -> list[Program]:
    def resampled(audio: tf.Tensor) -> tf.Tensor:
        return st.resample(audio, sample_rate=RATE, target_rate=22050)

    return [
        *_both_ways("reverb of 1 s by FFT", st.fft_convolve, audio, response),
        *_both_ways("resample 16000 to 22050", resampled, audio),
    ]


def _losses(target: np.ndarray, audio: np.ndarray) -> list[Program]:
    loss = st.losses.MultiScaleSpectral.preset("ddsp_log")

    def graded(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = loss(target, audio)
        return value, tape.gradient(value, audio)

    return [
        Program("six-scale loss, forward", _tuple_of(loss), (target, audio)),
        Program("six-scale loss, forward and backward", graded, (target, audio), "steep"),
    ]


def _discrete(audio: np.ndarray, tone: np.ndarray) -> list[Program]:
    def pitch(audio: tf.Tensor) -> tuple:
        track = st.pyin(audio, sample_rate=RATE, fmin=65.0, fmax=1000.0, hop_length=256)
        return (track.f0_hz,)

    return [
        Program("mu-law codes", _tuple_of(st.mu_law_encode), (audio,), "equal"),
        Program("pYIN", pitch, (tone,), "decisions"),
    ]


def _tone(batch: int, length: int) -> np.ndarray:
    """Gliding tones of ten harmonics."""
    time = np.arange(length) / RATE
    turns = np.outer(np.geomspace(100, 400, batch), time + 0.05 * time**2)
    partials = (np.sin(2 * np.pi * k * turns) / k for k in range(1, 11))
    return (0.2 * sum(partials)).astype(np.float32)


def _features(audio: np.ndarray) -> list[Program]:
    magnitudes = np.abs(STFT(audio).numpy())

    def pcen(magnitudes: tf.Tensor) -> tf.Tensor:
        return st.pcen(2.0**31 * magnitudes, sample_rate=RATE, hop_length=256)

    return [
        *_both_ways("PCEN", pcen, magnitudes),
        Program("HPSS, medians of 31, forward", lambda x: tuple(st.hpss(x)), (magnitudes,)),
    ]


def _both_ways(name: str, function: Callable, *inputs: np.ndarray) -> list[Program]:
    """A function alone, and with the gradients of half the energy of its result."""

    def graded(*tensors: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = function(*tensors)
            energy = 0.5 * tf.reduce_sum(tf.math.real(result * tf.math.conj(result)))
        return tuple(tape.gradient(energy, tensors))

    return [
        Program(f"{name}, forward", _tuple_of(function), inputs),
        Program(f"{name}, forward and backward", graded, inputs),
    ]


def _tuple_of(function: Callable) -> Callable[..., tuple]:
    def call(*tensors: Any) -> tuple:
        return (function(*tensors),)

    return call
