"""The constant-Q transform beside librosa and nnAudio: how exact, how fast, how much memory.

``python -m benchmarks constant_q`` prints the tables. An inverse that nobody else has is compared
with ``librosa.icqt``. Peers give 84 bins from C1 at hop 512; coefficient counts stand beside.
"""

import argparse
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch
from nnAudio.features.cqt import CQT1992v2, CQT2010v2

import spectrotools as st

from .harness import Case, compare, peak_memory, print_peak
from .sounds import RATE as MUSIC_RATE
from .sounds import sound

RATE, SECONDS = 22050, 30
GRIFFIN_LIM = 32  # iterations


def _noise(batch: int, rate: int, seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (batch, int(seconds * rate))).astype(np.float32)


def _parts(coefficients: object) -> tuple[tf.Tensor, ...]:
    return coefficients if isinstance(coefficients, tuple) else (coefficients,)


def _count(coefficients: object) -> str:
    count = sum(int(np.prod(part.shape)) for part in _parts(coefficients))
    return f"{count:,} coefficients"


def _with_gradient(transform: Callable, audio: tf.Tensor) -> Callable:
    def both() -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            loss = tf.add_n([tf.reduce_sum(tf.abs(part)) for part in _parts(transform(audio))])
        return tape.gradient(loss, audio)

    return both


def _torch_gradient(layer: Callable, audio: torch.Tensor) -> Callable:
    def both() -> torch.Tensor:
        leaf = audio.clone().requires_grad_()
        layer(leaf).sum().backward()
        return leaf.grad

    return both


def _ratio_db(error: np.ndarray, signal: np.ndarray) -> float:
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(np.linalg.norm(error) / np.linalg.norm(signal)))


def like_librosa() -> Iterator[str]:
    """How near ``librosa_cqt`` is to librosa, with and without the bins that librosa drops."""
    audio = sound("strings", 4 * MUSIC_RATE) * np.hanning(4 * MUSIC_RATE)
    cases = {
        "cqt, 84 bins, 12 to the octave": (librosa.cqt, {}, {"gamma": 0.0}),
        "cqt, 180 bins, 30 to the octave": (
            librosa.cqt,
            {"n_bins": 180, "bins_per_octave": 30},
            {"n_bins": 180, "bins_per_octave": 30},
        ),
        "vqt, gamma 20": (librosa.vqt, {"gamma": 20.0}, {"gamma": 20.0}),
        "vqt, gamma of librosa": (librosa.vqt, {"gamma": None}, {"gamma": None}),
    }
    lines = ["### librosa_cqt beside librosa, 4 s of strings at 16 kHz, largest difference"]
    lines += ["", "| transform | librosa's defaults | sparsity=0 |", "|---|---:|---:|"]
    for name, (peer, theirs, ours) in cases.items():
        found = st.librosa_cqt(audio, sample_rate=MUSIC_RATE, hop_length=256, **ours).numpy().T
        row = ""
        for sparsity in (0.01, 0.0):
            wanted = peer(audio, sr=MUSIC_RATE, hop_length=256, sparsity=sparsity, **theirs)
            row += f" {100 * np.max(np.abs(found - wanted)) / np.max(np.abs(wanted)):.2g} % |"
        lines.append(f"| {name} |{row}")
    yield "\n".join([*lines, ""])


def exactness() -> Iterator[str]:
    """How exactly sounds come back, and from how many numbers; librosa's own way back beside."""
    length = 4 * RATE
    click = np.zeros(length)
    click[-1] = 1.0
    sounds = {
        "noise": np.random.default_rng(0).uniform(-1, 1, length),
        "strings": sound("strings", length).astype(float),
        "speech": sound("speech", length).astype(float),
        "click at the end": click,
    }
    lines = [
        "### Constant-Q and back, 4 s at 22.05 kHz, error in dB of the signal (worst sample)",
        "",
        "| settings | numbers a sample | dtype |" + "".join(f" {name} |" for name in sounds),
        "|---|---:|---|" + "---:|" * len(sounds),
    ]
    for bins_per_octave in (12, 24, 48, 96):
        for layout in ("matrix", "octaves", "ragged"):
            cqt = st.CQT(sample_rate=RATE, bins_per_octave=bins_per_octave, layout=layout)
            for dtype in (np.float32, np.float64):
                row = ""
                for signal in sounds.values():
                    audio = signal.astype(dtype)
                    coefficients = cqt(audio)
                    error = cqt.inverse(coefficients, length=length).numpy() - audio
                    worst = 20 * np.log10(np.max(np.abs(error)) / np.max(np.abs(audio)))
                    row += f" {_ratio_db(error, audio):.0f} ({worst:.0f}) |"
                numbers = sum(2 * np.prod(part.shape) for part in _parts(coefficients)) / length
                label = f"{bins_per_octave} to the octave, {layout}"
                lines.append(f"| {label} | {numbers:.1f} | {dtype.__name__} |{row}")
    row = ""
    for signal in sounds.values():
        again = librosa.icqt(librosa.cqt(signal, sr=RATE), sr=RATE, length=length)
        row += f" {_ratio_db(again - signal, signal):.0f} |"
    lines.append(f"| librosa.cqt and icqt, 84 bins, hop 512 | 0.3 | float64 |{row}")
    yield "\n".join([*lines, ""])


def _floor(audio: tf.Tensor, coefficients: object) -> Callable:
    """The bare Fourier transforms: of the signal and its mirror, and of every band."""
    even = tf.concat([tf.cast(audio, tf.float64)] * 2, axis=1)
    rows = [
        tf.zeros([*part.shape[:-2], part.shape[-1], 2 * (part.shape[-2] - 1)])
        for part in _parts(coefficients)
    ]
    return tf.function(lambda: [tf.signal.rfft(even), *(tf.signal.rfft(row) for row in rows)])


def speed(
    title: str, batch: int, rate: int, bins_per_octave: int, seconds: float
) -> Iterator[str]:
    """Forward, the way back, and forward with gradient, beside the peers."""
    audio = _noise(batch, rate, seconds)
    tensor, peer, bins = tf.constant(audio), torch.from_numpy(audio), 7 * bins_per_octave
    settings = {"sample_rate": rate, "bins_per_octave": bins_per_octave}
    ours = {
        "CQT(), matrix": st.CQT(**settings),
        "CQT(layout='octaves')": st.CQT(**settings, layout="octaves"),
        f"the same, {bins} bands": st.CQT(
            **settings, layout="octaves", fmax=32.703 * 2 ** (7 - 0.5 / bins_per_octave)
        ),
    }
    librosas = {"sr": rate, "hop_length": 512, "n_bins": bins, "bins_per_octave": bins_per_octave}
    torchs = {**librosas, "verbose": False, "output_format": "Complex"}
    layers = {"nnAudio CQT1992v2": CQT1992v2(**torchs), "nnAudio CQT2010v2": CQT2010v2(**torchs)}
    peers_count = f"{batch * bins * (1 + audio.shape[1] // 512):,} coefficients"

    cases, backward, gradient = [], [], []
    for name, cqt in ours.items():
        coefficients = cqt(tensor)
        label = f"{name}, {_count(coefficients)}"
        xla = tf.function(cqt, jit_compile=True)
        cases.append(Case(f"{label}, eager", lambda cqt=cqt: cqt(tensor)))
        cases.append(Case(f"{label}, XLA", lambda xla=xla: xla(tensor)))
        back = lambda cqt=cqt, c=coefficients: cqt.inverse(c, length=audio.shape[1])  # noqa: E731
        error = lambda result: _ratio_db(result.numpy() - audio, audio)  # noqa: E731
        backward.append(Case(f"{name}, eager", back, error))
        gradient.append(Case(f"{name}, eager", _with_gradient(cqt, tensor)))
        gradient.append(Case(f"{name}, XLA", _with_gradient(xla, tensor)))
    floor = _floor(tensor, ours["CQT(layout='octaves')"](tensor))
    cases.append(Case("its bare Fourier transforms", floor))
    cases.append(Case(f"librosa.cqt, {peers_count}", lambda: librosa.cqt(audio, **librosas)))
    same = {"sample_rate": rate, "hop_length": 512, "n_bins": bins}
    as_librosa = lambda x: st.librosa_cqt(x, **same, bins_per_octave=bins_per_octave)  # noqa: E731
    cases.append(Case(f"librosa_cqt, {peers_count}, eager", lambda: as_librosa(tensor)))
    gradient.append(Case("librosa_cqt, eager", _with_gradient(as_librosa, tensor)))
    found = librosa.cqt(audio, **librosas)
    again = {key: librosas[key] for key in ("sr", "hop_length", "bins_per_octave")}
    inverse = lambda: librosa.icqt(found, **again, length=audio.shape[1])  # noqa: E731
    backward.append(Case("librosa.icqt", inverse, lambda result: _ratio_db(result - audio, audio)))
    for name, layer in layers.items():
        cases.append(Case(f"{name}, {peers_count}", lambda layer=layer: layer(peer)))
        gradient.append(Case(name, _torch_gradient(layer, peer)))
    total = batch * seconds
    yield compare(f"{title}, forward", cases, total, rounds=3)
    yield compare(f"{title}, inverse", backward, total, rounds=3)
    yield compare(f"{title}, forward and gradient", gradient, total, rounds=2)


def griffin_lim() -> Iterator[str]:
    """Sound from constant-Q magnitudes, beside ``librosa.griffinlim_cqt``."""
    lines = [
        f"### Sound from constant-Q magnitudes, 3 s, {GRIFFIN_LIM} iterations from random phase",
        "",
        "| sound | CQT() and griffin_lim, dB | librosa.griffinlim_cqt, dB |",
        "|---|---:|---:|",
    ]
    cqt = st.CQT(sample_rate=MUSIC_RATE)
    settings = {"sr": MUSIC_RATE, "hop_length": 128, "fmin": 32.703}
    for name in ("strings", "piano", "brass", "speech"):
        audio = sound(name, 3 * MUSIC_RATE)
        magnitudes = tf.abs(cqt(audio))
        _, trace = st.griffin_lim(
            magnitudes,
            cqt,
            length=len(audio),
            init="random",
            n_iter=GRIFFIN_LIM,
            return_trace=True,
        )
        wanted = np.abs(librosa.cqt(audio, **settings, n_bins=92))
        found = librosa.griffinlim_cqt(
            wanted, **settings, n_iter=GRIFFIN_LIM, length=len(audio), random_state=0
        )
        again = np.abs(librosa.cqt(found, **settings, n_bins=92))
        lines.append(f"| {name} | {trace[-1]:.1f} | {_ratio_db(again - wanted, wanted):.1f} |")
    lines.append("")
    lines.append("Each convergence is of its own magnitudes: ours hear all up to 8 kHz.")
    yield "\n".join([*lines, ""])


def _memory_calls() -> dict[str, Callable]:
    audio = _noise(1, RATE, SECONDS)
    return {
        "CQT(), matrix": lambda: st.CQT(sample_rate=RATE)(audio),
        "CQT(layout='octaves')": lambda: st.CQT(sample_rate=RATE, layout="octaves")(audio),
        "librosa.cqt": lambda: librosa.cqt(audio, sr=RATE),
        "nnAudio CQT1992v2": lambda: CQT1992v2(sr=RATE, verbose=False)(torch.from_numpy(audio)),
    }


def memory() -> Iterator[str]:
    """What one first call takes at its peak, constants and compilation included."""
    lines = [f"### Constant-Q, {SECONDS} s at 22.05 kHz, peak memory of one first call", ""]
    lines += ["| case | MiB |", "|---|---:|"]
    for name in _memory_calls():
        lines.append(f"| {name} | {peak_memory('benchmarks.constant_q', name):.0f} |")
    yield "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Every table of the subject."""
    yield from exactness()
    yield from like_librosa()
    yield from speed("Constant-Q, 12 to the octave, 30 s at 22.05 kHz", 1, RATE, 12, SECONDS)
    yield from speed("Constant-Q, 12 to the octave, 16 x 4 s at 22.05 kHz", 16, RATE, 12, 4)
    yield from speed("Constant-Q, 48 to the octave, 10 s at 44.1 kHz", 1, 44100, 48, 10)
    yield from griffin_lim()
    yield from memory()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call one case, and print its peak memory.")
    parser.add_argument("--peak", required=True, help="case of the memory table to call once")
    print_peak(_memory_calls()[parser.parse_args().peak])
