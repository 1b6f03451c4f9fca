"""Noise from seeds, and through filters that change, beside DDSP's arithmetic.

``python -m benchmarks noise`` prints the tables.
"""

import argparse
import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes, peak_memory, print_peak

BATCH, RATE, HOP, FRAMES, BANDS = 16, 16000, 64, 1000, 65
LENGTH = FRAMES * HOP
SECONDS = BATCH * LENGTH / RATE
TAPS = 2 * (BANDS - 1)
MODES = "eager", "graph", "XLA"
TITLE = f"{BATCH} x {LENGTH} samples, {FRAMES} frames of {BANDS} bands"


def ddsp_tf(audio: tf.Tensor, magnitudes: tf.Tensor) -> tf.Tensor:
    """DDSP's frequency_filter as published, in its fastest plain form."""
    responses = tf.signal.irfft(tf.complex(magnitudes, tf.zeros_like(magnitudes)))
    window = tf.signal.fftshift(tf.signal.hann_window(TAPS))
    responses = tf.signal.fftshift(responses * window, axes=-1)
    spectra = tf.signal.rfft(tf.reshape(audio, [-1, FRAMES, HOP]), [256])
    filtered = tf.signal.irfft(spectra * tf.signal.rfft(responses, [256]))
    start = (TAPS - 1) // 2 - 1
    return tf.signal.overlap_and_add(filtered, HOP)[:, start : start + LENGTH]


def _ddsp_torch(audio: torch.Tensor, magnitudes: torch.Tensor) -> torch.Tensor:
    responses = torch.fft.irfft(magnitudes)
    window = torch.fft.fftshift(torch.hann_window(TAPS))
    responses = torch.fft.fftshift(responses * window, dim=-1)
    spectra = torch.fft.rfft(audio.reshape(BATCH, FRAMES, HOP), 256)
    filtered = torch.fft.irfft(spectra * torch.fft.rfft(responses, 256), 256)
    added = torch.nn.functional.fold(
        filtered.mT, (1, LENGTH + 256 - HOP), (1, 256), stride=(1, HOP)
    )
    start = (TAPS - 1) // 2 - 1
    return added[:, 0, 0, start : start + LENGTH]


def _drawn(seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([BATCH, LENGTH], seed, -1.0, 1.0, alg="philox")


def _uniform_tf(magnitudes: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return ddsp_tf(_drawn(seed), magnitudes)


def _uniform_torch(magnitudes: torch.Tensor) -> torch.Tensor:
    return _ddsp_torch(2.0 * torch.rand(BATCH, LENGTH) - 1.0, magnitudes)


def _ours(magnitudes: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return st.filtered_noise(magnitudes, hop_length=HOP, seed=seed)


def _late(magnitudes: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return st.filtered_noise(magnitudes, hop_length=HOP, seed=seed, convention="ddsp")


def _with_gradient(function: Callable) -> Callable:
    def both(magnitudes: tf.Tensor, seed: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(magnitudes)
            sound = function(magnitudes, seed)
            loss = tf.reduce_mean(sound**2)
        return loss, tape.gradient(loss, magnitudes)

    return both


def _torch_gradient(magnitudes: torch.Tensor) -> torch.Tensor:
    leaf = magnitudes.detach().requires_grad_()
    _uniform_torch(leaf).square().mean().backward()
    return leaf.grad


def _seed() -> tf.Tensor:
    """An argument: of a constant, a graph would draw the noise once and for all."""
    return tf.constant([7, 0])


def _magnitudes() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 1, (BATCH, FRAMES, BANDS)).astype(np.float32)


def _switched(audio: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """DDSP's definition in float64: every hop through its own filter, and its delay."""
    window = np.fft.fftshift(scipy.signal.get_window("hann", TAPS))
    result = np.zeros(LENGTH + TAPS - 1)
    for frame, gain in enumerate(gains):
        response = np.fft.fftshift(np.fft.irfft(gain) * window)
        begin = frame * HOP
        part = np.convolve(audio[begin : begin + HOP], response)
        result[begin : begin + len(part)] += part
    start = (TAPS - 1) // 2 - 1
    return result[start : start + LENGTH]


def _crossfaded(audio: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Ours in float64, of audio with what is beside it: every filter for two hops, faded."""
    reach = TAPS // 2 - 1
    window = np.cos(np.pi * np.arange(-reach, reach + 1) / TAPS) ** 2
    fade = scipy.signal.get_window("hann", 2 * HOP)
    padded = np.pad(audio, HOP)
    result = np.zeros(LENGTH + 2 * HOP)
    for frame, gain in enumerate([*gains, gains[-1]]):
        response = np.roll(np.fft.irfft(gain), reach)[: 2 * reach + 1] * window
        begin = frame * HOP
        heard = padded[begin : begin + 2 * (HOP + reach)]
        result[begin : begin + 2 * HOP] += fade * np.convolve(heard, response, mode="valid")
    return result[HOP : HOP + LENGTH]


def _errors() -> dict[str, Callable]:
    """The error of filtered noise, for each of the contenders.

    Under XLA ``tf.random`` draws other noise than eagerly, of which there is no reference.
    """
    reach, shape = TAPS // 2 - 1, [BATCH, LENGTH + 2 * (TAPS // 2 - 1)]
    around = st.white_noise(shape, seed=7, start=-reach, dtype=tf.float64).numpy()
    within, drawn = around[:, reach : reach + LENGTH], _drawn(_seed()).numpy().astype(float)
    gains = _magnitudes().astype(float)
    references = {
        "spectrotools": map(_crossfaded, around, gains),
        "spectrotools, DDSP's convention": map(_switched, within, gains),
        "DDSP's arithmetic": map(_switched, drawn, gains),
    }
    return {
        name: functools.partial(error_db, reference=np.stack(list(items)))
        for name, items in references.items()
    }


def _spurs_db(filtered: np.ndarray) -> float:
    """The largest line beyond 150 Hz of the tone, dB of the tone."""
    lines = np.abs(
        np.fft.rfft(filtered[8000:56000] * scipy.signal.get_window("blackmanharris", 48000))
    )
    far = np.abs(np.fft.rfftfreq(48000, 1 / RATE) - 997) > 150
    return float(20 * np.log10(lines[far].max() / lines.max()))


def exactness() -> Iterator[str]:
    """Spurs of a gain that swings, and the delay of gains of one."""
    time = np.arange(LENGTH)
    tone = np.sin(2 * np.pi * 997 / RATE * time).astype(np.float32)
    swing = 10 ** ((10 * np.sin(2 * np.pi * 3 / RATE * HOP * np.arange(FRAMES)) - 10) / 20)
    gains = np.float32(swing[:, None] * np.ones(BANDS))
    click, ones = np.float32(time == LENGTH // 2), np.ones([FRAMES, BANDS], np.float32)

    def ours(audio: np.ndarray, gains: np.ndarray, **settings: str) -> np.ndarray:
        return st.time_varying_fir(audio, gains, hop_length=HOP, **settings).numpy()

    def theirs(audio: np.ndarray, gains: np.ndarray) -> np.ndarray:
        batch = np.tile(audio, (BATCH, 1)), np.tile(gains, (BATCH, 1, 1))
        return ddsp_tf(*map(tf.constant, batch))[0].numpy()

    ddsps = functools.partial(ours, convention="ddsp")
    rows = {
        "spectrotools": ours,
        "spectrotools, DDSP's convention": ddsps,
        "DDSP's arithmetic": theirs,
    }
    lines = [
        "### A 997 Hz tone whose gain swings by 20 dB at 3 Hz, and a click through gains of one",
        "",
        "| filter | largest spur beyond 150 Hz, dBc | the click is late by |",
        "|---|---:|---:|",
    ]
    for name, run in rows.items():
        late = int(np.argmax(run(click, ones))) - LENGTH // 2
        lines.append(f"| {name} | {_spurs_db(run(tone, gains)):.1f} | {late} samples |")
    yield "\n".join([*lines, ""])


def drawing() -> Iterator[str]:
    """White noise and velvet noise beside TensorFlow's own."""
    shape, velvet = [BATCH, LENGTH], {"sample_rate": RATE, "density": 2000.0}
    contenders = {
        "white_noise": lambda seed: st.white_noise(shape, seed=seed),
        "tf.random.stateless_uniform": _drawn,
        "white_noise normal": lambda seed: st.white_noise(shape, seed=seed, distribution="normal"),
        "tf.random.stateless_normal": lambda seed: tf.random.stateless_normal(
            shape, seed, alg="philox"
        ),
        "velvet_noise": lambda seed: st.velvet_noise(shape, seed=seed, **velvet),
    }
    calls = {}
    for name, function in contenders.items():
        calls |= modes(name, function, _seed())
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(f"Noise, {BATCH} x {LENGTH} samples", cases, SECONDS)


def filtering() -> Iterator[str]:
    """Filtered noise, forward and with the gradient by the magnitudes."""
    magnitudes = _magnitudes()
    tensor, peer = tf.constant(magnitudes), torch.from_numpy(magnitudes)
    calls = modes("spectrotools", _ours, tensor, _seed())
    calls |= modes("spectrotools, DDSP's convention", _late, tensor, _seed())
    calls |= modes("DDSP's arithmetic", _uniform_tf, tensor, _seed())
    calls["DDSP's arithmetic, torch"] = lambda: _uniform_torch(peer)
    errors = _errors()
    errors = {f"{name} {mode}": error for name, error in errors.items() for mode in MODES}
    del errors["DDSP's arithmetic XLA"]
    cases = [Case(name, call, errors.get(name)) for name, call in calls.items()]
    note = (
        "Each contender draws its own noise, and is held in float64 to its own filters of that: "
        "ours fade from frame to frame, DDSP's switch, and are two samples late."
    )
    yield compare(f"Filtered noise, {TITLE}, forward", cases, SECONDS, note=note)

    calls = modes("spectrotools", _with_gradient(_ours), tensor, _seed())
    calls |= modes("spectrotools, DDSP's convention", _with_gradient(_late), tensor, _seed())
    calls |= modes("DDSP's arithmetic", _with_gradient(_uniform_tf), tensor, _seed())
    calls["DDSP's arithmetic, torch"] = lambda: _torch_gradient(peer)
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(f"Filtered noise, {TITLE}, forward and gradient", cases, SECONDS)


def _memory_calls() -> dict[str, Callable]:
    tensor, peer = tf.constant(_magnitudes()), torch.from_numpy(_magnitudes())
    calls = {}
    for name, function in {"spectrotools": _ours, "DDSP's arithmetic": _uniform_tf}.items():
        calls[name] = functools.partial(tf.function(function), tensor, _seed())
        both = tf.function(_with_gradient(function))
        calls[f"{name}, with gradient"] = functools.partial(both, tensor, _seed())
    calls["DDSP's arithmetic, torch"] = lambda: _uniform_torch(peer)
    calls["DDSP's arithmetic, torch, with gradient"] = lambda: _torch_gradient(peer)
    return calls


def memory() -> Iterator[str]:
    """What one first call in a graph takes at its peak."""
    lines = [f"### Filtered noise, {TITLE}, peak memory of one first call", "", "| case | MiB |"]
    lines += ["|---|---:|"]
    for name in _memory_calls():
        lines.append(f"| {name} | {peak_memory('benchmarks.noise', name):.0f} |")
    yield "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """All of them."""
    yield from exactness()
    yield from drawing()
    yield from filtering()
    yield from memory()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call one case, and print its peak memory.")
    parser.add_argument("--peak", required=True, help="case of the memory table to call once")
    print_peak(_memory_calls()[parser.parse_args().peak])
