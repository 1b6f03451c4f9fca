"""Phase retrieval beside librosa's and torchaudio's algorithm: convergence, and time to a goal.

``python -m benchmarks phase_retrieval`` prints the tables. Sounds, and how their convergence is
measured from the file that they are written to, are in :mod:`benchmarks.sounds`.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, modes
from .sounds import MUSIC, N_FFT, RATE, VOICES, librosas_magnitudes, ratio_db, sound

GOAL_DB, FAR_GOAL_DB = -25.0, -30.0
COUNTS = (0, 10, 30, 100)
STARTS = ("forest", "pghi", "random")
MOST = 200  # iterations tried for a goal
FAINTEST_DB = -80.0  # below the loudest: what is fainter does not count in a log-spectral distance


def _table(title: str, columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [f"### {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


def convergence() -> Iterator[str]:
    """Spectral convergence after some iterations, and the iterations to the goal."""
    rows, length = [], 3 * RATE // 256 * 256
    for name in ("speech", *VOICES, *MUSIC):
        audio = sound(name, length)
        if audio is None:
            rows.append([name, "not installed", *[""] * (2 + len(COUNTS))])
            continue
        for hop in (256, 128):
            stft = st.STFT(n_fft=N_FFT, hop_length=hop)
            magnitudes = abs(stft(audio))

            def measured(count: int, start: str, hop=hop, stft=stft, magnitudes=magnitudes):
                found = st.griffin_lim(magnitudes, stft, length=length, n_iter=count, init=start)
                return ratio_db(librosas_magnitudes(found.numpy(), hop), magnitudes.numpy())

            for start in STARTS:
                values = [f"{measured(count, start):.1f}" for count in COUNTS]
                guess = _guess(magnitudes, stft, length, start, GOAL_DB)
                needed = _needed(lambda n, start=start: measured(n, start), GOAL_DB, guess)
                rows.append([name, str(hop), start, *values, str(needed)])
    columns = ("sound", "hop", "start", *map(str, COUNTS), f"iterations to {GOAL_DB:.0f} dB")
    yield _table(
        "Spectral convergence of `griffin_lim`, dB, Hann 1024, 16 kHz, 3 s", columns, rows
    )


def _guess(magnitudes: tf.Tensor, transform: st.STFT, length: int, start: str, goal: float) -> int:
    """The fewest iterations that reach a goal by our own account, for librosa to verify."""
    settings = {"length": length, "n_iter": max(COUNTS), "init": start, "return_trace": True}
    _, trace = st.griffin_lim(magnitudes, transform, **settings)
    return int(np.sum(np.minimum.accumulate(trace) > goal))


def _needed(measured: Callable[[int], float], goal: float, guess: int = 0) -> int:
    """The iterations around a guess at which a goal is first reached."""
    count = guess
    while measured(count) > goal:
        count += 1
        if count > MOST:
            raise RuntimeError(f"{goal} dB is not reached in {MOST} iterations.")
    while count and count <= guess and measured(count - 1) <= goal:
        count -= 1
    return count


def from_mel() -> Iterator[str]:
    """What becomes of magnitudes that are no sound's: those found from 80 mel bands."""
    rows, length = [], 3 * RATE // 256 * 256
    stft = st.STFT(n_fft=N_FFT, hop_length=256)
    mel = st.LogMel(stft, sample_rate=RATE, n_mels=80)
    for name in ("speech", *VOICES, *MUSIC):
        audio = sound(name, length)
        if audio is None:
            continue
        true = librosas_magnitudes(audio, 256)
        magnitudes = mel.pseudo_inverse(mel(audio))
        for start in STARTS:
            row = [name, start]
            for count in COUNTS:
                found = st.griffin_lim(magnitudes, stft, length=length, n_iter=count, init=start)
                again = librosas_magnitudes(found.numpy(), 256)
                values = ratio_db(again, magnitudes.numpy()), ratio_db(again, true)
                row.append(" / ".join(f"{v:.1f}" for v in (*values, _log_spectral(again, true))))
            rows.append(row)
    title = (
        "Sound from 80 mel bands, 1024/256: convergence to the magnitudes found by "
        "`pseudo_inverse`, convergence to the true ones, log-spectral distance to these, dB"
    )
    yield _table(title, ("sound", "start", *map(str, COUNTS)), rows)


def _log_spectral(magnitudes: np.ndarray, true: np.ndarray) -> float:
    """Root mean square difference of levels over the bins, mean over the frames, dB."""
    faintest = 10 ** (FAINTEST_DB / 20) * np.max(true)
    levels = [20 * np.log10(np.maximum(values, faintest)) for values in (magnitudes, true)]
    return float(np.mean(np.sqrt(np.mean((levels[0] - levels[1]) ** 2, axis=-1))))


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


class _Clips:
    """16 clips of 4 s of a sound, and ways from their magnitudes to sound."""

    def __init__(self, name: str) -> None:
        self.length = 4 * RATE
        self.stft = st.STFT(n_fft=N_FFT, hop_length=N_FFT // 4)
        audio = sound(name, 16 * self.length)
        self.magnitudes = abs(self.stft(audio.reshape(16, self.length)))

    def ours(self, init: str, goal: float, jit: bool = False) -> tuple[Callable, int]:
        """A way from magnitudes to sound, and how many iterations it should take to a goal."""
        compiled: dict[int, Callable] = {}

        def run(count: int) -> np.ndarray:
            def retrieve(values: tf.Tensor) -> tf.Tensor:
                settings = {"length": self.length, "n_iter": count, "init": init}
                return st.griffin_lim(values, self.stft, **settings)

            if jit and count not in compiled:
                compiled[count] = tf.function(retrieve, jit_compile=True)
            return (compiled[count] if jit else retrieve)(self.magnitudes).numpy()

        return run, _guess(self.magnitudes, self.stft, self.length, init, goal)

    def peers(self) -> dict[str, tuple[Callable, int]]:
        bins_first = np.ascontiguousarray(self.magnitudes.numpy().swapaxes(-1, -2))
        tensor, settings = torch.from_numpy(bins_first), {"hop_length": N_FFT // 4}
        settings |= {"length": self.length, "random_state": 0}
        librosas = lambda n: librosa.griffinlim(bins_first, n_iter=n, **settings)  # noqa: E731
        torchs = lambda n: _torchaudios(tensor, self.length, n).numpy()  # noqa: E731
        return {"librosa.griffinlim": (librosas, 0), "torchaudio's algorithm": (torchs, 0)}

    def race(self, title: str, runs: dict[str, tuple[Callable, int]], goal: float) -> str:
        """Time each run with as many iterations, at least its guess, as reach the goal."""
        cases = []
        for name, (run, guess) in runs.items():

            def measured(count: int, run: Callable = run) -> float:
                again = librosas_magnitudes(run(count), N_FFT // 4)
                return ratio_db(again, self.magnitudes.numpy())

            count = _needed(measured, goal, guess)
            cases.append(Case(f"{name}, {count} iterations", lambda r=run, n=count: r(n)))
        return compare(title, cases, 16 * 4, rounds=5)


def time_to_goal() -> Iterator[str]:
    """The time that each takes from magnitudes to a sound, the start included."""
    clips = _Clips("speech")
    runs = {
        "spectrotools pghi, eager": clips.ours("pghi", GOAL_DB),
        "spectrotools pghi, XLA": clips.ours("pghi", GOAL_DB, jit=True),
        "spectrotools forest, XLA": clips.ours("forest", GOAL_DB, jit=True),
        "spectrotools random, eager": clips.ours("random", GOAL_DB),
    }
    title = f"Magnitudes of speech, 16 x 4 s, to a sound of {GOAL_DB:.0f} dB spectral convergence"
    yield clips.race(title, runs | clips.peers(), GOAL_DB)
    for name in ("speech", *MUSIC):
        clips = _Clips(name)
        runs = {
            f"{start}, {'XLA' if jit else 'eager'}": clips.ours(start, FAR_GOAL_DB, jit)
            for jit in (False, True)
            for start in ("pghi", "forest")
        }
        title = f"The two integrations, 16 x 4 s of {name}, to {FAR_GOAL_DB:.0f} dB"
        yield clips.race(title, runs, FAR_GOAL_DB)


def ways_to_run() -> Iterator[str]:
    """Eager, graph and XLA, the first call of each included."""
    clips = _Clips("speech")

    def retrieve(values: tf.Tensor, init: str) -> tf.Tensor:
        # As many iterations as no other table asks for, so that none has traced them.
        return st.griffin_lim(values, clips.stft, length=clips.length, n_iter=32, init=init)

    cases = [
        Case(name, call)
        for init in ("pghi", "forest")
        for name, call in modes(
            f"from {init}", lambda v, i=init: retrieve(v, i), clips.magnitudes
        ).items()
    ]
    yield compare("`griffin_lim`, 32 iterations, 16 x 4 s of speech", cases, 16 * 4, rounds=3)


def tables() -> Iterator[str]:
    """Every table of the subject."""
    yield from ways_to_run()
    yield from convergence()
    yield from from_mel()
    yield from time_to_goal()
