"""Convolution and sinc filters beside torch, SciPy and DDSP's blocks.

``python -m benchmarks convolution`` prints the tables.
"""

import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.fft
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

RATE = 16000
# Signals, samples and taps: a filter, a small room, DDSP's reverb, and a minute through a filter.
SIZES = ((16, 64000, 512), (16, 64000, 8000), (16, 64000, 48000), (1, 2**20, 512))
BLOCK, ROOM = 256, 48000


def _expected(audio: np.ndarray, response: np.ndarray) -> np.ndarray:
    """SciPy's in float64, as long as the signal."""
    audio, response = audio.astype(np.float64), response.astype(np.float64)
    return scipy.signal.fftconvolve(audio, response[None], axes=1)[:, : audio.shape[1]]


def _plain(audio: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
    """Plain TensorFlow: one transform of all, of a size of small factors."""
    samples = audio.shape[-1]
    size = [scipy.fft.next_fast_len(samples + response.shape[-1] - 1, real=True)]
    product = tf.signal.rfft(audio, size) * tf.signal.rfft(response, size)
    return tf.signal.irfft(product, size)[..., :samples]


def _ddsp(audio: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
    """DDSP's ``fft_convolve`` of one response: one frame, of a power of 2."""
    samples = audio.shape[-1]
    size = [2 ** int(np.ceil(np.log2(samples + response.shape[-1] - 1)))]
    product = tf.signal.rfft(audio, size) * tf.signal.rfft(response, size)
    return tf.signal.irfft(product)[..., :samples]


def _torch(audio: torch.Tensor, response: torch.Tensor) -> torch.Tensor:
    """``torchaudio.functional.fftconvolve``, cut: one transform of exactly all."""
    samples = audio.shape[-1]
    size = samples + response.shape[-1] - 1
    product = torch.fft.rfft(audio, size) * torch.fft.rfft(response, size)
    return torch.fft.irfft(product, size)[..., :samples]


def _with_gradient(function: Callable, upstream: tf.Tensor) -> Callable:
    def both(audio: tf.Tensor, response: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch([audio, response])
            result = function(audio, response)
        return result, tape.gradient(result, [audio, response], output_gradients=upstream)

    return both


def _torch_gradient(audio: torch.Tensor, response: torch.Tensor, upstream: torch.Tensor) -> None:
    leaves = audio.detach().requires_grad_(), response.detach().requires_grad_()
    _torch(*leaves).backward(upstream)


def _convolutions(batch: int, samples: int, taps: int) -> Iterator[str]:
    rng = np.random.default_rng(0)
    audio = rng.standard_normal((batch, samples)).astype(np.float32)
    response = (rng.standard_normal(taps) * 0.1 ** (np.arange(taps) / taps)).astype(np.float32)
    upstream = rng.standard_normal((batch, samples)).astype(np.float32)
    expected = _expected(audio, response)
    error = functools.partial(error_db, reference=expected)
    given, peer = (tuple(map(make, (audio, response))) for make in (tf.constant, torch.tensor))
    contenders = {
        "spectrotools": functools.partial(st.fft_convolve, mode="causal"),
        "one transform, TensorFlow": _plain,
        "DDSP's": _ddsp,
    }
    calls: dict[str, Callable] = {}
    for name, function in contenders.items():
        calls |= modes(name, function, *given)
    calls["torch.fft"] = lambda: _torch(*peer)
    calls["scipy.signal.fftconvolve"] = lambda: scipy.signal.fftconvolve(
        audio, response[None], axes=1
    )[:, :samples]
    calls["scipy.signal.oaconvolve"] = lambda: scipy.signal.oaconvolve(
        audio, response[None], axes=1
    )[:, :samples]
    cases = [Case(name, call, error) for name, call in calls.items()]
    title, seconds = f"Convolution, {batch} x {samples} by {taps}", batch * samples / RATE
    yield compare(f"{title}, forward", cases, seconds, rounds=5)
    cases = [
        Case(name, call)
        for label, function in contenders.items()
        for name, call in modes(
            label, _with_gradient(function, tf.constant(upstream)), *given
        ).items()
    ]
    back = torch.tensor(upstream)
    cases.append(Case("torch.fft", lambda: _torch_gradient(*peer, back)))
    yield compare(f"{title}, forward and both gradients", cases, seconds, rounds=3)


def _stream() -> Iterator[str]:
    """One block of a stream, through a response that stays."""
    rng = np.random.default_rng(0)
    past = -(-ROOM // BLOCK) * BLOCK  # in whole blocks
    history, blocks = rng.standard_normal((1, past)), rng.standard_normal((1, BLOCK))
    response = rng.standard_normal(ROOM) * 1e-3 ** (np.arange(ROOM) / ROOM)
    whole = scipy.signal.fftconvolve(np.concatenate([history, blocks], axis=1), response[None])
    expected = whole[:, past : past + BLOCK]
    history, response = (tf.constant(part, tf.float32) for part in (history, response))
    block = tf.constant(blocks, tf.float32)
    spectra = st.partition_response(response, block_size=BLOCK)
    _, line = st.partitioned_convolve(history, spectra, block_size=BLOCK, return_state=True)
    _, last = st.fft_convolve(history, response, mode="causal", return_state=True)

    def partitioned(block: tf.Tensor, line: tuple) -> tuple:
        return st.partitioned_convolve(
            block, spectra, block_size=BLOCK, state=line, return_state=True
        )

    def transformed(block: tf.Tensor, last: tf.Tensor) -> tuple:
        return st.fft_convolve(block, response, mode="causal", state=last, return_state=True)

    error = lambda result: error_db(result[0], expected)  # noqa: E731
    calls = modes("partitioned_convolve", partitioned, block, line)
    calls |= modes("fft_convolve", transformed, block, last)
    cases = [Case(name, call, error) for name, call in calls.items()]
    yield compare(f"Stream, a block of {BLOCK} by {ROOM} taps", cases, BLOCK / 48000, rounds=5)


def _ddsp_sinc(audio: tf.Tensor, cutoff_hz: tf.Tensor) -> tf.Tensor:
    """DDSP's ``sinc_filter``: of 513 taps, by one transform of a power of 2, 1 sample late."""
    place = np.pi * 2.0 / RATE * tf.cast(cutoff_hz, tf.float32) * tf.range(-256.0, 257.0)
    safe = tf.where(place == 0.0, 1e-20 * tf.ones_like(place), place)
    response = tf.sin(safe) / safe * tf.signal.hamming_window(513)
    response /= tf.reduce_sum(response)
    late = _ddsp(tf.pad(audio, [[0, 0], [0, 513]]), response)
    return late[:, 255 : 255 + audio.shape[1]]


def _filters() -> Iterator[str]:
    batch, samples, cutoff_hz = 16, 64000, 1000.0
    audio = np.random.default_rng(0).standard_normal((batch, samples)).astype(np.float32)
    taps = scipy.signal.firwin(513, cutoff_hz, fs=RATE)

    def filtered() -> np.ndarray:
        return scipy.signal.fftconvolve(audio.astype(np.float64), taps[None], "same", axes=1)

    expected = filtered()
    error = functools.partial(error_db, reference=expected)
    given = tf.constant(audio), tf.constant(cutoff_hz)
    ours = functools.partial(st.sinc_filter, sample_rate=RATE)
    cases = [Case(name, call, error) for name, call in modes("sinc_filter", ours, *given).items()]
    on_time = lambda late: error_db(np.asarray(late)[:, 1:], expected[:, :-1])  # noqa: E731
    calls = modes("DDSP's sinc_filter", _ddsp_sinc, *given)
    cases += [Case(name, call, on_time) for name, call in calls.items()]
    cases.append(Case("scipy firwin and fftconvolve, float64", filtered, error))
    title = f"Sinc filter of 513 taps, {batch} x {samples} samples"
    note = "DDSP's is a sample late; its error is that of a sample before."
    yield compare(title, cases, batch * samples / RATE, rounds=5, note=note)


def _crossfaded(audio: np.ndarray, responses: np.ndarray, hop: int) -> np.ndarray:
    """NumPy's convolutions by each frame's response, and a raised cosine from one to the next."""
    result, reach = np.zeros(len(audio) + hop), responses.shape[1] // 2
    padded = np.pad(audio, (reach, reach + hop))
    later = 0.5 - 0.5 * np.cos(np.pi * np.arange(hop) / hop)
    for frame in range(len(audio) // hop):
        heard = padded[frame * hop :][: hop + 2 * reach]
        pair = responses[frame : frame + 2]
        now, then = (np.convolve(heard, pair[i], "valid") for i in (0, len(pair) - 1))
        result[frame * hop :][:hop] = (1.0 - later) * now + later * then
    return result[: len(audio)]


def _ddsp_frames(audio: tf.Tensor, responses: tf.Tensor, hop: int) -> tf.Tensor:
    """DDSP's ``fft_convolve`` of a response a frame: hops through their own, added up."""
    size = 2 ** int(np.ceil(np.log2(hop + responses.shape[-1] - 1)))
    frames = tf.reshape(audio, [audio.shape[0], -1, hop])
    products = tf.signal.rfft(frames, [size]) * tf.signal.rfft(responses, [size])
    summed = tf.signal.overlap_and_add(tf.signal.irfft(products), hop)
    begin = (responses.shape[-1] - 1) // 2 - 1
    return summed[:, begin : begin + audio.shape[1]]


def _sweeps() -> Iterator[str]:
    batch, samples, hop = 16, 64000, 64
    audio = np.random.default_rng(0).standard_normal((batch, samples)).astype(np.float32)
    cutoff_hz = np.geomspace(200.0, 7000.0, samples // hop).astype(np.float32)
    responses = st.sinc_impulse_response(cutoff_hz, sample_rate=RATE, taps=257)
    expected = _crossfaded(audio[0].astype(np.float64), responses.numpy().astype(np.float64), hop)
    error = lambda result: error_db(np.asarray(result)[0], expected)  # noqa: E731
    given = tf.constant(audio), responses
    ours = functools.partial(st.time_varying_convolve, hop_length=hop)
    calls = modes("time_varying_convolve", ours, *given)
    cases = [Case(name, call, error) for name, call in calls.items()]
    calls = modes("DDSP's", functools.partial(_ddsp_frames, hop=hop), *given)
    cases += [Case(name, call) for name, call in calls.items()]
    title = f"A cutoff that sweeps, {batch} x {samples} samples, 1000 frames of 257 taps"
    note = "DDSP's filters change at once, with another result, which has no error here."
    yield compare(title, cases, batch * samples / RATE, rounds=5, note=note)


def tables() -> Iterator[str]:
    """Convolution of short and long responses, of a stream, and filters by a cutoff."""
    for size in SIZES:
        yield from _convolutions(*size)
    yield from _stream()
    yield from _filters()
    yield from _sweeps()
