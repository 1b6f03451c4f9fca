"""How exact a round trip is at its worst sample, and how near the conventions are to their peers.

``python -m benchmarks exactness`` prints the tables; nothing is timed.
"""

import os
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import error_db

LENGTH = 48_001
GEOMETRIES = (
    {"n_fft": 1024, "hop_length": 256},
    {"n_fft": 2048, "hop_length": 512},
    {"n_fft": 2**16, "hop_length": 2**14},
    {"n_fft": 1009, "hop_length": 252},
    {"n_fft": 1023, "hop_length": 300, "win_length": 801},
    {"n_fft": 1000, "hop_length": 500},
    {"n_fft": 8192, "hop_length": 4096},
    {"n_fft": 1000, "hop_length": 700},
    {"n_fft": 1000, "hop_length": 800},
    {"n_fft": 1000, "hop_length": 826},
    {"n_fft": 1000, "hop_length": 900, "window": "hamming"},
)


def _signals() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    time = np.arange(LENGTH)
    return {
        "normal noise": rng.standard_normal(LENGTH),
        "noise of signs": rng.choice([-1.0, 1.0], LENGTH),
        "sine": np.sin(0.1234 * time + 1.0),
        "last sample": (time == LENGTH - 1).astype(float),
    }


def _round_trip_db(stft: st.STFT, signal: np.ndarray, dtype: type) -> float:
    audio = signal.astype(dtype)
    return error_db(stft.inverse(stft(audio), length=LENGTH).numpy(), audio)


def round_trips() -> Iterator[str]:
    """The largest error at any sample, dB of the peak, of every geometry and signal."""
    signals = _signals()
    yield "\n".join(
        [
            "### STFT and back, largest error at any sample in dB of the peak",
            "",
            "| settings | window-sum ratio | dtype |" + "".join(f" {name} |" for name in signals),
            "|---|---:|---|" + "---:|" * len(signals),
            *(
                f"| {', '.join(f'{k}={v}' for k, v in settings.items())} "
                f"| {st.STFT(**settings).conditioning:.3g} | {dtype.__name__} |"
                + "".join(
                    f" {_round_trip_db(st.STFT(**settings), signal, dtype):.0f} |"
                    for signal in signals.values()
                )
                for settings in GEOMETRIES
                for dtype in (np.float32, np.float64)
            ),
            "",
        ]
    )


def peers() -> Iterator[str]:
    """The largest difference from each peer in its own framing, relative to the peak."""
    audio = np.random.default_rng(0).standard_normal(LENGTH)
    window = torch.hann_window(1024, dtype=torch.float64)
    results = {
        "librosa": librosa.stft(audio, n_fft=1024, hop_length=256).T,
        "torch": torch.stft(
            torch.from_numpy(audio), 1024, 256, window=window, return_complex=True
        ).T.numpy(),
        "tf": tf.signal.stft(audio, 1024, 256, 1024).numpy(),
    }
    lines = ["### STFT in a peer's convention, float64, 1024/256", ""]
    lines += ["| convention | largest difference, relative to the peak |", "|---|---:|"]
    for name, expected in results.items():
        ours = st.stft(audio, n_fft=1024, hop_length=256, convention=name).numpy()
        difference = np.max(np.abs(ours - expected)) / np.max(np.abs(expected))
        lines.append(f"| {name} | {difference:.1e} |")
    yield "\n".join([*lines, ""])


def magnitude_if() -> Iterator[str]:
    """MagnitudeIF and back in float32, as a ratio of energies: a minute of noise, and a note."""
    noise = np.random.default_rng(0).uniform(-1, 1, 60 * 16000)
    stft, whole = (
        st.STFT(n_fft=1024, hop_length=256),
        st.STFT(n_fft=2048, hop_length=512, convention="tf"),
    )
    gansynths = {"convention": "gansynth", "frames": 128}
    rows = {
        "60 s of noise, STFT 1024/256": (st.MagnitudeIF(stft), noise),
        "the same, integer phase": (st.MagnitudeIF(stft, phase="integer"), noise),
        "20 s of noise, CQT": (st.MagnitudeIF(st.CQT(sample_rate=16000)), noise[: 20 * 16000]),
        "4 s of a decaying note, GANSynth": (st.MagnitudeIF(whole, **gansynths), _note()),
        "the same, 1024 mel bands": (
            st.MagnitudeIF(whole, **gansynths, n_mels=1024, sample_rate=16000),
            _note(),
        ),
    }
    lines = ["### MagnitudeIF and back, 16 kHz, float32", ""]
    lines += ["| sound and representation | signal to noise, dB |", "|---|---:|"]
    for name, (rep, signal) in rows.items():
        audio = signal.astype(np.float32)
        error = rep.inverse(rep(audio), length=len(audio)).numpy() - audio
        snr = 20 * np.log10(np.linalg.norm(audio) / np.linalg.norm(error))
        lines.append(f"| {name} | {snr:.1f} |")
    yield "\n".join([*lines, ""])


def _note() -> np.ndarray:
    """Partials of 220 Hz that are struck, decay, and are damped before the end."""
    time = np.arange(64000) / 16000
    partials = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 20))
    damped = np.clip((3.8 - time) / 0.3, 0, 1) ** 2
    return 0.4 * partials * np.minimum(time / 0.005, 1) * np.exp(-2 * time) * damped


def lapped() -> Iterator[str]:
    """Banks of filters and back; a perfect one is asked to be, a near one comes near."""
    kaiser = ("kaiser_bessel_derived", 4 * np.pi)
    banks = {
        "MDCT 2048, sine": (st.MDCT(win_length=2048), "inverse"),
        "MDCT 2048, Kaiser-Bessel-derived": (st.MDCT(win_length=2048, window=kaiser), "inverse"),
    }
    for n_bands in (2, 4, 8):
        near, perfect = (st.PQMF(n_bands=n_bands, reconstruction=r) for r in ("near", "perfect"))
        banks[f"PQMF of {n_bands} bands, near perfect"] = (near, "synthesis")
        banks[f"PQMF of {n_bands} bands, perfect"] = (perfect, "inverse")
    lines = [
        "### Lapped transforms and back, noise, dB",
        "",
        "Energy of the error over that of the noise.",
        "",
    ]
    lines += ["| bank | float32 | float64 |", "|---|---:|---:|"]
    for name, (bank, back) in banks.items():
        cells = []
        for dtype in (np.float32, np.float64):
            audio = _signals()["normal noise"].astype(dtype)
            error = getattr(bank, back)(bank(audio), length=LENGTH).numpy() - audio
            cells.append(f"{20 * np.log10(np.linalg.norm(error) / np.linalg.norm(audio)):.0f}")
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    yield "\n".join([*lines, ""])


def reassignment() -> Iterator[str]:
    """Where tones and chirps are found by derivatives of the window, and what comes back."""
    rate, stft = 16000, st.STFT(n_fft=1024, hop_length=256)
    rep, seconds = st.ReassignedSpectrogram(stft, sample_rate=rate), np.arange(25600) / rate
    rows = {}
    for hz in (440.0, 1000.3, 3333.7):
        found, _ = _at_peaks(rep(np.sin(2 * np.pi * hz * seconds)))
        rows[f"tone of {hz} Hz, off by"] = f"{np.max(np.abs(found - hz)):.1e} Hz"
    for start, slope in ((500.0, 1250.0), (4000.0, -2000.0)):
        chirp = np.cos(2 * np.pi * (start * seconds + slope / 2 * seconds**2))
        found, time = _at_peaks(rep(chirp))
        worst = np.max(np.abs(found - start - slope * time))
        rows[f"chirp of {slope:g} Hz/s, off its line by"] = f"{worst:.1e} Hz"
    noise = _signals()["normal noise"][:16000]
    squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=512, hop_length=1))
    again = squeezed.inverse(squeezed(noise), length=len(noise))
    rows["synchrosqueezed and back, noise"] = f"{error_db(again.numpy(), noise):.0f} dB"
    for locking in ("identity", "none"):
        same = st.phase_vocoder(stft(noise), 1.0, locking=locking).numpy()
        error = error_db(same, stft(noise).numpy())
        rows[f"phase vocoder at rate 1, locking {locking!r}"] = f"{error:.0f} dB"
    lines = ["### Reassignment and phase vocoder, float64, 1024/256 at 16 kHz", ""]
    lines += ["| what | error |", "|---|---:|", *(f"| {k} | {v} |" for k, v in rows.items())]
    yield "\n".join([*lines, ""])


def _at_peaks(found: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and times at the loudest bin of frames that see no end of the sound."""
    frequency, time, magnitude = (part.numpy()[4:-4] for part in found)
    peaks = magnitude.argmax(axis=-1)[:, None]
    return tuple(np.take_along_axis(part, peaks, axis=-1)[:, 0] for part in (frequency, time))


def resampled() -> Iterator[str]:
    """The signal-to-noise ratio of two sines at the usual pairs of rates, away from the ends."""
    lines = ["### Resampled sines, float32, signal to noise, dB", ""]
    lines += ["| from, to Hz | 997 Hz | 0.8 of the lower Nyquist |", "|---|---:|---:|"]
    for source, target in ((48000, 44100), (44100, 48000), (48000, 16000), (22050, 16000)):
        cells = []
        for hz in (997.0, 0.4 * min(source, target)):
            audio, wanted = (
                np.sin(2 * np.pi * hz * np.arange(rate) / rate) for rate in (source, target)
            )
            found = st.resample(audio.astype(np.float32), sample_rate=source, target_rate=target)
            inside = slice(target // 20, -target // 20)
            error = np.linalg.norm(found.numpy()[inside] - wanted[inside])
            cells.append(f"{20 * np.log10(np.linalg.norm(wanted[inside]) / error):.1f}")
        lines.append(f"| {source}, {target} | {cells[0]} | {cells[1]} |")
    yield "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Every table of the subject."""
    yield from round_trips()
    yield from magnitude_if()
    yield from peers()
    yield from lapped()
    yield from reassignment()
    yield from resampled()
