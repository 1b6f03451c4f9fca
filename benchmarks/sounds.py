"""What phase retrieval is measured on: bundled recordings, synthetic voices, and a ruler for both.

A sound that came out is written to a WAV file of 32-bit floats, read back, and only then analysed,
by librosa.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile
import soxr

import spectrotools

__all__ = ["MUSIC", "N_FFT", "RATE", "VOICES", "librosas_magnitudes", "ratio_db", "sound"]

N_FFT, RATE = 1024, 16000
MUSIC = ("strings", "piano", "brass", "drums")
# Synthesised on the spot where espeak-ng is installed; nothing of them is shipped.
VOICES = ("espeak-ng en+f3", "espeak-ng en+m3")
_TEXT = (
    "The north wind and the sun were disputing which was the stronger, "
    "when a traveller came along wrapped in a warm cloak."
)


def sound(name: str, length: int) -> np.ndarray | None:
    """Samples at 16 kHz of peak 1, repeated where too few; None of a program not installed."""
    if name not in VOICES:
        path = Path(spectrotools.__file__).parent / "recordings" / f"{name}.flac"
        return _prepared(path, length)
    program, voice = name.split()
    if shutil.which(program) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice.wav"
        subprocess.run([program, "-v", voice, "-w", str(path), _TEXT], check=True)
        return _prepared(path, length)


def _prepared(path: Path, length: int) -> np.ndarray:
    audio, sample_rate = soundfile.read(path, always_2d=True)
    audio = soxr.resample(audio.mean(axis=1), sample_rate, RATE)
    return np.resize(audio / np.max(np.abs(audio)), length).astype(np.float32)


def librosas_magnitudes(audio: np.ndarray, hop: int) -> np.ndarray:
    """Magnitudes ``[..., frames, bins]`` of a sound as a file keeps it, in float64."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        # One clip a channel.
        soundfile.write(path, np.atleast_2d(audio).T, RATE, subtype="FLOAT")
        again = soundfile.read(path, always_2d=True)[0].T.reshape(np.shape(audio))
    spectrum = librosa.stft(again, n_fft=N_FFT, hop_length=hop)
    return np.abs(spectrum).swapaxes(-1, -2)


def ratio_db(magnitudes: np.ndarray, expected: np.ndarray) -> float:
    """Spectral convergence, dB."""
    error = np.linalg.norm(magnitudes - expected) / np.linalg.norm(expected)
    return float(20 * np.log10(error))
