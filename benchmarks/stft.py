"""STFT and its inverse beside torch, librosa, SciPy, tf.signal and nnAudio.

``python -m benchmarks stft`` prints every table.
"""

import argparse
import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes, peak_memory, print_peak

BATCH, SECONDS, RATE = 16, 4, 16000
LONG_SECONDS, LONG_RATE = 600, 44100


def _with_gradient(function: Callable, upstream: tf.Tensor) -> Callable:
    def both(point: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(point)
            result = function(point)
        return result, tape.gradient(result, point, output_gradients=upstream)

    return both


def _torch_with_gradient(
    function: Callable, point: torch.Tensor, upstream: torch.Tensor
) -> Callable:
    def both() -> torch.Tensor:
        leaf = point.detach().requires_grad_()
        function(leaf).backward(upstream)
        return leaf.grad

    return both


def _cases(calls: dict[str, Callable], error: Callable | None = None) -> list[Case]:
    return [
        Case(name, call, None if name.startswith("floor") else error)
        for name, call in calls.items()
    ]


def _torch_forward(n_fft: int, hop: int) -> dict[str, Callable]:
    window = torch.hann_window(n_fft)
    pad = functools.partial(torch.nn.functional.pad, pad=(n_fft // 2, n_fft // 2))
    return {
        "torch.stft": lambda audio: torch.stft(
            audio, n_fft, hop, n_fft, window, center=True, pad_mode="constant", return_complex=True
        ),
        "torch unfold + rfft": lambda audio: torch.fft.rfft(
            pad(audio).unfold(-1, n_fft, hop) * window
        ),
    }


def _tf_signal(n_fft: int, hop: int) -> Callable:
    pad = [[0, 0], [n_fft // 2, n_fft // 2]]
    return lambda audio: tf.signal.stft(tf.pad(audio, pad), n_fft, hop, n_fft)


def forward_tables(n_fft: int, hop: int) -> Iterator[str]:
    """Forward, and forward with gradient, of 16 clips of 4 s."""
    stft = st.STFT(n_fft=n_fft, hop_length=hop)
    audio = np.random.default_rng(0).uniform(-1, 1, (BATCH, SECONDS * RATE)).astype(np.float32)
    tensor, peer = tf.constant(audio), torch.from_numpy(audio)
    reference = _by_numpy(audio, stft)
    frames = tf.constant(
        np.random.default_rng(1).normal(size=(*reference.shape[:2], n_fft)), tf.float32
    )
    bare = tf.function(tf.signal.rfft)
    scipys = scipy.signal.ShortTimeFFT(stft.window_samples, hop, 1.0, phase_shift=None)
    count = reference.shape[1]
    calls = modes("spectrotools", stft, tensor)
    calls |= {
        name: functools.partial(call, peer) for name, call in _torch_forward(n_fft, hop).items()
    }
    signal = tf.function(_tf_signal(n_fft, hop))
    calls["tf.signal.stft eager"] = lambda: _tf_signal(n_fft, hop)(tensor)
    calls["tf.signal.stft graph"] = lambda: signal(tensor)
    calls["librosa"] = lambda: librosa.stft(audio, n_fft=n_fft, hop_length=hop)
    calls["scipy ShortTimeFFT"] = lambda: scipys.stft(audio, p0=0, p1=count)
    calls["nnAudio"] = _nnaudio(n_fft, hop, peer)
    calls["floor: rfft of ready frames, graph"] = lambda: bare(frames)
    title = f"STFT {n_fft}/{hop}, {BATCH} x {SECONDS} s"
    error = lambda result: error_db(_frames_last(result, count), reference)  # noqa: E731
    yield compare(f"{title}, forward", _cases(calls, error), BATCH * SECONDS)

    upstream = np.random.default_rng(2).normal(size=reference.shape).astype(np.complex64)
    calls = modes("spectrotools", _with_gradient(stft, tf.constant(upstream)), tensor)
    up = torch.from_numpy(np.ascontiguousarray(upstream.transpose(0, 2, 1)))
    forms = _torch_forward(n_fft, hop)
    calls["torch.stft"] = _torch_with_gradient(forms["torch.stft"], peer, up)
    calls["torch unfold + rfft"] = _torch_with_gradient(
        forms["torch unfold + rfft"], peer, torch.from_numpy(upstream)
    )
    for name, call in modes(
        "tf.signal.stft", _with_gradient(_tf_signal(n_fft, hop), tf.constant(upstream)), tensor
    ).items():
        calls[name] = call
    yield compare(f"{title}, forward and gradient", _cases(calls), BATCH * SECONDS)


def _by_numpy(audio: np.ndarray, stft: st.STFT) -> np.ndarray:
    """The coefficients in float64, by NumPy."""
    padded = np.pad(audio.astype(np.float64), [(0, 0), (stft.n_fft // 2, stft.n_fft)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, stft.n_fft, axis=-1)
    count = stft.num_frames(audio.shape[-1])
    window = scipy.signal.get_window("hann", stft.n_fft)
    return np.fft.rfft(frames[:, :: stft.hop_length][:, :count] * window)


def _nnaudio(n_fft: int, hop: int, audio: torch.Tensor) -> Callable:
    from nnAudio.features.stft import STFT

    layer = STFT(
        n_fft=n_fft, hop_length=hop, pad_mode="constant", output_format="Complex", verbose=False
    )
    return lambda: torch.view_as_complex(layer(audio).contiguous())


def _frames_last(result: object, frames: int) -> np.ndarray:
    """Any peer's coefficients as ``[batch, frames, bins]``."""
    array = np.asarray(result)
    return array if array.shape[1] == frames else array.transpose(0, 2, 1)


def inverse_tables(n_fft: int, hop: int) -> Iterator[str]:
    """Inverse, and inverse with gradient, of 16 clips of 4 s."""
    stft = st.STFT(n_fft=n_fft, hop_length=hop)
    length = SECONDS * RATE
    audio = np.random.default_rng(0).uniform(-1, 1, (BATCH, length)).astype(np.float32)
    coefficients = stft(audio)
    bins_first = np.ascontiguousarray(coefficients.numpy().transpose(0, 2, 1))
    peer, window = torch.from_numpy(bins_first), torch.hann_window(n_fft)
    inverse = lambda values: stft.inverse(values, length=length)  # noqa: E731
    torchs = lambda values: torch.istft(values, n_fft, hop, n_fft, window, length=length)  # noqa: E731
    bare = tf.function(lambda values: tf.signal.irfft(values, [n_fft]))
    calls = modes("spectrotools", inverse, coefficients)
    calls["torch.istft"] = lambda: torchs(peer)
    calls["librosa"] = lambda: librosa.istft(bins_first, hop_length=hop, length=length)
    calls["floor: irfft of the frames, graph"] = lambda: bare(coefficients)
    title = f"ISTFT {n_fft}/{hop}, {BATCH} x {SECONDS} s"
    error = lambda result: error_db(result, audio)  # noqa: E731
    yield compare(f"{title}, forward", _cases(calls, error), BATCH * SECONDS)

    upstream = np.random.default_rng(2).normal(size=audio.shape).astype(np.float32)
    calls = modes("spectrotools", _with_gradient(inverse, tf.constant(upstream)), coefficients)
    calls["torch.istft"] = _torch_with_gradient(torchs, peer, torch.from_numpy(upstream))
    yield compare(f"{title}, forward and gradient", _cases(calls), BATCH * SECONDS)


def _long_calls() -> dict[str, Callable]:
    n_fft, hop = 2048, 512
    audio = np.random.default_rng(0).uniform(-1, 1, LONG_SECONDS * LONG_RATE).astype(np.float32)
    tensor, peer = tf.constant(audio), torch.from_numpy(audio)
    calls = modes("spectrotools", st.STFT(n_fft=n_fft, hop_length=hop), tensor)
    calls["torch.stft"] = lambda: _torch_forward(n_fft, hop)["torch.stft"](peer)
    calls["librosa"] = lambda: librosa.stft(audio, n_fft=n_fft, hop_length=hop)
    calls["tf.signal.stft graph"] = tf.function(lambda: _tf_signal(n_fft, hop)(tensor[None]))
    return calls


def long_table() -> Iterator[str]:
    """Ten minutes at 44.1 kHz in one call, and the peak memory of that call."""
    calls = _long_calls()
    title = "STFT 2048/512, 10 minutes at 44.1 kHz"
    yield compare(f"{title}, forward", _cases(calls), LONG_SECONDS, rounds=5)
    lines = [f"### {title}, peak memory of one call over its input", "", "| case | MiB |"]
    lines += ["|---|---:|"]
    lines += [f"| {name} | {peak_memory('benchmarks.stft', name):.0f} |" for name in calls]
    yield "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Every table of the subject."""
    for n_fft, hop in ((1024, 256), (2048, 512)):
        yield from forward_tables(n_fft, hop)
        yield from inverse_tables(n_fft, hop)
    yield from long_table()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", required=True, help="case of the long table to call once")
    print_peak(_long_calls()[parser.parse_args().peak])
