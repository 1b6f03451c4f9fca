"""What is measured on a GPU: functions of tensors, with the arrays to call them on."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.oscillator_phase import OscillatorGrid, course_of, units_along

RATE = 16000
HOP = 64  # of controls
STFT = st.STFT(n_fft=1024, hop_length=256)


@dataclasses.dataclass(frozen=True)
class Program:
    """A function of tensors that gives a tuple of tensors, and the arrays to call it on.

    ``judge`` names how a result is held beside TensorFlow's on the CPU: see agreement.py;
    ``constants`` are what torch's form of it is given besides: see torch_forms.py.
    """

    name: str
    function: Callable[..., tuple]
    inputs: tuple[np.ndarray, ...]
    judge: str = "close"
    constants: tuple[np.ndarray, ...] = ()


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
    sparse = dataclasses.replace(cqt, hop_length=512)  # cannot be inverted
    coefficients = cqt(audio).numpy()
    mdct, bank = st.MDCT(win_length=2048), st.PQMF(n_bands=4)
    cosines = mdct(np.eye(2048, dtype=np.float32)).numpy()[:, 1]  # this frame sees the whole
    bands = bank(audio).numpy()
    filters, ends = _filters_and_ends(bank, length, bands.shape[-2])

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
        *_both_ways("log-mel", log_mel, audio, constants=(log_mel.filterbank.astype(np.float32),)),
        Program("MagnitudeIF", lambda x: tuple(pair(x)), (audio,), "phase"),
        Program(
            "Griffin-Lim from PGHI, 30 iterations",
            _tuple_of(griffin_lim),
            (magnitudes,),
            "convergence",
        ),
        *_both_ways("CQT", cqt, audio),
        *_both_ways("CQT at a hop of 512", sparse, audio, constants=(_cqt_kernels(),)),
        *_both_ways("inverse CQT", cqt_inverse, coefficients),
        *_both_ways("MDCT", mdct, audio, constants=(cosines,)),
        *_both_ways("inverse MDCT", mdct_inverse, mdct(audio).numpy(), constants=(cosines, audio)),
        *_both_ways("PQMF", bank, audio, constants=(filters, ends)),
        *_both_ways("PQMF synthesis", added, bands, constants=(filters, ends, audio)),
    ]


def _filters_and_ends(bank: st.PQMF, length: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The filters ``[bands, taps]``, and the silence before and after a signal for them."""
    taps, row = bank.order + 1, -(-bank.delay // bank.n_bands)
    start = row * bank.n_bands - bank.delay
    filters = bank(np.eye(start + taps))[start:, row].numpy().T
    after = (frames - 1) * bank.n_bands + taps - length - bank.delay
    return filters.astype(np.float32), np.array([bank.delay, after])


def _cqt_kernels(bins: int = 95, per_octave: int = 12, fmin: float = 32.703) -> np.ndarray:
    """The filters of nnAudio's ``CQT1992v2``, real parts before imaginary ones."""
    frequencies = fmin * 2 ** (np.arange(bins) / per_octave)
    lengths = np.ceil(RATE / (2 ** (1 / per_octave) - 1) / frequencies).astype(int)
    kernels = np.zeros([bins, lengths.max() // 2 * 2 + 1], complex)
    for kernel, hz, size in zip(kernels, frequencies, lengths, strict=True):
        first = (len(kernel) - size) // 2
        turns = np.arange(size) - (size - 1) / 2
        kernel[first : first + size] = np.hanning(size) * np.exp(-2j * np.pi * hz / RATE * turns)
        kernel /= size
    return np.concatenate([kernels.real, kernels.imag]).astype(np.float32)


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

    def phase(f0_hz: tf.Tensor) -> tuple:
        start = tf.zeros([batch, 1], tf.float64)
        course, _ = course_of(f0_hz[..., None], start, grid=OscillatorGrid(HOP, RATE, "linear", 1))
        return (units_along(course, HOP, tf.float32)[:, :, 0],)

    def filtered(bands: tf.Tensor) -> tf.Tensor:
        return st.filtered_noise(bands, hop_length=HOP, length=length, seed=7)

    return [
        *_both_ways("harmonics, 100 partials", harmonics, f0_hz, amplitudes, distribution),
        Program("integer phase of every sample", phase, (f0_hz,), "equal"),
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


def _both_ways(
    name: str, function: Callable, *inputs: np.ndarray, constants: tuple[np.ndarray, ...] = ()
) -> list[Program]:
    """A function alone, and with the gradients of half the energy of its result."""

    def graded(*tensors: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = function(*tensors)
            energy = 0.5 * tf.reduce_sum(tf.math.real(result * tf.math.conj(result)))
        return tuple(tape.gradient(energy, tensors))

    return [
        Program(f"{name}, forward", _tuple_of(function), inputs, constants=constants),
        Program(f"{name}, forward and backward", graded, inputs, constants=constants),
    ]


def _tuple_of(function: Callable) -> Callable[..., tuple]:
    def call(*tensors: Any) -> tuple:
        return (function(*tensors),)

    return call
