"""Reassignment, the phase vocoder, synchrosqueezing and ridges beside librosa's and plain torch's.

``python -m benchmarks time_frequency`` prints the tables.
"""

import os
import warnings
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, SECONDS, RATE = 8, 4, 16000
N_FFT, HOP, FASTER = 1024, 256, 0.8
STFT = st.STFT(n_fft=N_FFT, hop_length=HOP)
AUDIO = np.random.default_rng(0).uniform(-1, 1, (BATCH, SECONDS * RATE)).astype(np.float32)
SIZES = {"n_fft": N_FFT, "hop_length": HOP}


def _bins_last(result: object) -> np.ndarray:
    return np.asarray(result).swapaxes(-1, -2)


def _reassignment() -> Iterator[str]:
    """All compute frequencies, times and magnitudes; the error is that of the magnitudes."""
    peer_stft = st.STFT(convention="librosa", **SIZES)
    peer = st.ReassignedSpectrogram(peer_stft, sample_rate=RATE, convention="librosa")
    exact = st.ReassignedSpectrogram(STFT, sample_rate=RATE)
    warnings.filterwarnings("ignore", "'where' used without 'out'")
    librosas = lambda audio: librosa.reassigned_spectrogram(audio, sr=RATE, **SIZES)  # noqa: E731
    reference = _bins_last(librosas(AUDIO.astype(np.float64))[2])
    calls = modes("spectrotools as librosa's", peer, tf.constant(AUDIO))
    calls |= modes("spectrotools", exact, tf.constant(AUDIO))
    cases = [
        Case(name, call, lambda result: error_db(result[2][:, : reference.shape[1]], reference))
        for name, call in calls.items()
    ]
    cases.append(
        Case(
            "librosa",
            lambda: librosas(AUDIO),
            lambda result: error_db(_bins_last(result[2]), reference),
        )
    )
    yield compare(_title("reassigned spectrogram"), cases, BATCH * SECONDS, rounds=5)


def _title(what: str) -> str:
    return f"{what[0].upper()}{what[1:]} {N_FFT}/{HOP}, {BATCH} x {SECONDS} s"


def _torch_vocoder(spectrum: torch.Tensor) -> torch.Tensor:
    """torchaudio's formula, in torch alone."""
    own = torch.linspace(0, np.pi * HOP, N_FFT // 2 + 1)[:, None]
    steps = torch.arange(0, spectrum.shape[-1], FASTER)
    share, low = steps % 1.0, steps.long()
    first = spectrum[..., :1].angle()
    spectrum = torch.nn.functional.pad(spectrum, [0, 2])
    before, after = spectrum.index_select(-1, low), spectrum.index_select(-1, low + 1)
    advance = after.angle() - before.angle() - own
    advance = advance - 2 * np.pi * torch.round(advance / (2 * np.pi)) + own
    phase = torch.cumsum(torch.cat([first, advance[..., :-1]], dim=-1), -1)
    return torch.polar(share * after.abs() + (1 - share) * before.abs(), phase)


def _vocoders() -> Iterator[str]:
    """The same coefficients for all; ours as librosa's, then with bins locked and without."""
    spectrum = STFT(AUDIO)
    bins_first = np.ascontiguousarray(_bins_last(spectrum))
    librosas = lambda values: librosa.phase_vocoder(values, rate=FASTER, hop_length=HOP)  # noqa: E731
    reference = _bins_last(librosas(bins_first.astype(np.complex128)))
    calls: dict[str, Callable] = {}
    for name, how in (
        ("as librosa's", {"convention": "librosa"}),
        ("not locked", {"locking": "none"}),
        ("locked", {}),
    ):
        vocode = lambda values, how=how: st.phase_vocoder(values, FASTER, **how)  # noqa: E731
        calls |= modes(f"spectrotools, {name}", vocode, spectrum)
    same = lambda result: error_db(result, reference)  # noqa: E731
    cases = [Case(name, call, same if "librosa" in name else None) for name, call in calls.items()]
    turned = lambda result: error_db(_bins_last(result), reference)  # noqa: E731
    peer = torch.from_numpy(bins_first)
    cases.append(Case("librosa", lambda: librosas(bins_first), turned))
    cases.append(Case("torchaudio's formula in torch", lambda: _torch_vocoder(peer), turned))
    yield compare(_title("phase vocoder"), cases, BATCH * SECONDS, rounds=5)


def _stretching() -> Iterator[str]:
    audio = tf.constant(AUDIO)
    stretch = {"rate": FASTER, "transform": STFT}
    shift = {"semitones": 4.0, "transform": STFT}
    calls = modes("time_stretch", lambda audio: st.time_stretch(audio, **stretch), audio)
    calls["librosa.effects.time_stretch"] = lambda: librosa.effects.time_stretch(
        AUDIO, rate=FASTER, **SIZES
    )
    calls |= modes("pitch_shift", lambda audio: st.pitch_shift(audio, **shift), audio)
    calls["librosa.effects.pitch_shift"] = lambda: librosa.effects.pitch_shift(
        AUDIO, sr=RATE, n_steps=4.0, **SIZES
    )
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(_title("stretching and shifting"), cases, BATCH * SECONDS, rounds=5)


def _squeezing() -> Iterator[str]:
    audio = tf.constant(AUDIO[0, :RATE])
    squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=512, hop_length=1))
    coefficients = squeezed(audio)
    levels = st.amplitude_to_db(abs(STFT(AUDIO)))
    back = lambda result: error_db(squeezed.inverse(result), audio)  # noqa: E731
    cases = [Case(*both, back) for both in modes("squeezed", squeezed, audio).items()]
    inverses = modes("inverse", squeezed.inverse, coefficients)
    cases += [Case(*both, lambda result: error_db(result, audio)) for both in inverses.items()]
    yield compare("Synchrosqueezed STFT 512/1, 1 s at 16 kHz", cases, 1.0, rounds=5)
    follow = modes("ridges", lambda levels: st.ridges(levels, n_ridges=2), levels)
    cases = [Case(name, call) for name, call in follow.items()]
    yield compare(_title("two ridges"), cases, BATCH * SECONDS, rounds=5)


def _consistency() -> Iterator[str]:
    """Coefficients to those of a sound; the error is against librosa's in float64."""
    rng = np.random.default_rng(0)
    spectrum = STFT(AUDIO).numpy() * rng.uniform(0, 1, STFT(AUDIO).shape).astype(np.float32)
    bins_first = np.ascontiguousarray(_bins_last(spectrum))

    def librosas(values: np.ndarray) -> np.ndarray:
        sound = librosa.istft(values, hop_length=HOP, length=AUDIO.shape[-1])
        return librosa.stft(sound, **SIZES)

    peer, window = torch.from_numpy(bins_first), torch.hann_window(N_FFT)

    def torchs() -> torch.Tensor:
        sound = torch.istft(peer, N_FFT, HOP, window=window, length=AUDIO.shape[-1])
        return torch.stft(
            sound, N_FFT, HOP, window=window, pad_mode="constant", return_complex=True
        )

    reference = _bins_last(librosas(bins_first.astype(np.complex128)))
    project = lambda values: st.project_consistent(values, STFT, length=AUDIO.shape[-1])  # noqa: E731
    calls = modes("spectrotools", project, tf.constant(spectrum))
    cases = [Case(*both, lambda result: error_db(result, reference)) for both in calls.items()]
    turned = lambda result: error_db(_bins_last(result), reference)  # noqa: E731
    cases.append(Case("librosa", lambda: librosas(bins_first), turned))
    cases.append(Case("torch", torchs, turned))
    yield compare(_title("projection onto consistent spectra"), cases, BATCH * SECONDS, rounds=5)


def tables() -> Iterator[str]:
    """Every table of the subject."""
    yield from _reassignment()
    yield from _vocoders()
    yield from _stretching()
    yield from _squeezing()
    yield from _consistency()
