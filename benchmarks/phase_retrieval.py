"""Phase retrieval beside librosa's and torchaudio's algorithm: convergence, and time to -25 dB.

``python -m benchmarks phase_retrieval`` prints the tables. The sounds are the bundled recordings
at 16 kHz. Spectral convergence is computed by librosa from the sound that came out.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import soundfile
import soxr
import tensorflow as tf
import torch

import spectrotools
import spectrotools as st

from .harness import Case, compare

N_FFT, RATE, GOAL_DB = 1024, 16000, -25.0
COUNTS = (0, 10, 30, 100)


def _recording(name: str, length: int) -> np.ndarray:
    path = Path(spectrotools.__file__).parent / "recordings" / f"{name}.flac"
    audio, sample_rate = soundfile.read(path, always_2d=True)
    audio = soxr.resample(audio.mean(axis=1), sample_rate, RATE)
    return np.resize(audio / np.max(np.abs(audio)), length).astype(np.float32)


def _convergence_db(audio: np.ndarray, magnitudes: np.ndarray, hop: int) -> float:
    again = np.abs(librosa.stft(np.asarray(audio), n_fft=N_FFT, hop_length=hop)).swapaxes(-1, -2)
    return float(20 * np.log10(np.linalg.norm(again - magnitudes) / np.linalg.norm(magnitudes)))


def convergence() -> Iterator[str]:
    """Spectral convergence after 0, 10, 30 and 100 iterations, from each start."""
    lines = ["### Spectral convergence of `griffin_lim`, dB, Hann 1024, 16 kHz, 3 s", ""]
    lines += ["| sound | hop | start |" + "".join(f" {count} |" for count in COUNTS)]
    lines += ["|---|---:|---|" + "---:|" * len(COUNTS)]
    for name in ("speech", "strings", "piano", "brass"):
        for hop in (256, 128):
            stft = st.STFT(n_fft=N_FFT, hop_length=hop)
            audio = _recording(name, 3 * RATE // 256 * 256)
            magnitudes = abs(stft(audio))
            for start in ("forest", "pghi", "random"):
                values = [
                    _convergence_db(
                        st.griffin_lim(
                            magnitudes, stft, length=len(audio), n_iter=count, init=start
                        ),
                        magnitudes.numpy(),
                        hop,
                    )
                    for count in COUNTS
                ]
                row = "".join(f" {value:.1f} |" for value in values)
                lines.append(f"| {name} | {hop} | {start} |{row}")
    yield "\n".join([*lines, ""])


def _torchaudios(magnitudes: torch.Tensor, length: int, n_iter: int) -> torch.Tensor:
    """The published algorithm of torchaudio.functional.griffinlim, momentum 0.99."""
    window, momentum = torch.hann_window(N_FFT), 0.99 / 1.99
    settings = {"n_fft": N_FFT, "hop_length": N_FFT // 4, "window": window}
    generator = torch.Generator().manual_seed(0)
    angles = torch.rand(magnitudes.shape, dtype=torch.complex64, generator=generator)
    before = torch.zeros([])
    for _ in range(n_iter):
        audio = torch.istft(magnitudes * angles, length=length, **settings)
        rebuilt = torch.stft(audio, pad_mode="constant", return_complex=True, **settings)
        angles = rebuilt - momentum * before
        angles = angles / (angles.abs() + 1e-16)
        before = rebuilt
    return torch.istft(magnitudes * angles, length=length, **settings)


def _needed(run: Callable[[int], np.ndarray], magnitudes: np.ndarray) -> int:
    """The fewest iterations that reach the goal."""
    for count in range(200):
        if _convergence_db(run(count), magnitudes, N_FFT // 4) <= GOAL_DB:
            return count
    raise RuntimeError(f"{GOAL_DB} dB is not reached in 200 iterations.")


def time_to_goal() -> Iterator[str]:
    """The time that each takes from magnitudes to a sound of -25 dB, the start included."""
    length = 4 * RATE
    stft = st.STFT(n_fft=N_FFT, hop_length=N_FFT // 4)
    audio = _recording("speech", 16 * length).reshape(16, length)
    tensor = abs(stft(audio))
    magnitudes = tensor.numpy()
    bins_first = np.ascontiguousarray(magnitudes.swapaxes(-1, -2))
    peer = torch.from_numpy(bins_first)

    def ours(init: str, jit: bool) -> Callable[[int], np.ndarray]:
        def run(count: int) -> np.ndarray:
            def retrieve(values: tf.Tensor) -> tf.Tensor:
                return st.griffin_lim(values, stft, length=length, n_iter=count, init=init)

            if (count, init) not in compiled:
                compiled[count, init] = tf.function(retrieve, jit_compile=True)
            return (compiled[count, init] if jit else retrieve)(tensor).numpy()

        compiled: dict = {}
        return run

    runs = {
        "spectrotools pghi, eager": ours("pghi", False),
        "spectrotools pghi, XLA": ours("pghi", True),
        "spectrotools forest, XLA": ours("forest", True),
        "spectrotools random, eager": ours("random", False),
        "librosa.griffinlim": lambda count: librosa.griffinlim(
            bins_first, n_iter=count, hop_length=N_FFT // 4, length=length, random_state=0
        ),
        "torchaudio's algorithm": lambda count: _torchaudios(peer, length, count).numpy(),
    }
    cases = []
    for name, run in runs.items():
        count = _needed(run, magnitudes)
        cases.append(Case(f"{name}, {count} iterations", lambda run=run, count=count: run(count)))
    title = f"Magnitudes of speech, 16 x 4 s, to a sound of {GOAL_DB:.0f} dB spectral convergence"
    yield compare(title, cases, 16 * 4, rounds=5)


def tables() -> Iterator[str]:
    """Every table of the subject."""
    yield from convergence()
    yield from time_to_goal()
