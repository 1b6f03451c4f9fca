"""Write metrics.json: what auraloss and mel-cepstral-distance give for the bundled recordings.

pip install --no-deps auraloss==0.4.0 mel-cepstral-distance==0.0.4 fastdtw==0.3.4 torch
PYTHONPATH=. python tests/golden/make_metrics.py
"""

import json
import tempfile
from importlib import metadata
from pathlib import Path

import auraloss
import mel_cepstral_distance
import numpy as np
import torch
from scipy.io import wavfile

from tests.metrics.sounds import NAMES, recording, spoiled, stretched

COEFFICIENTS = 13


def mel_cepstral(reference: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """In dB, of the package's number, which is of sums over its 20 bands and of bels."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("reference.wav", "estimate.wav")]
        for path, audio in zip(paths, (reference, estimate), strict=True):
            wavfile.write(path, sample_rate, audio)
        number, _ = mel_cepstral_distance.compare_audio_files(
            *paths, s=0, D=COEFFICIENTS, align_target="mfcc", dtw_radius=None
        )
    return 10 * 2**0.5 / 20 * number


def multi_resolution(reference: np.ndarray, estimate: np.ndarray) -> float:
    loss = auraloss.freq.MultiResolutionSTFTLoss()
    for stft in loss.stft_losses:
        stft.window = torch.hann_window(stft.win_length, dtype=torch.float64)
    target, audio = (torch.from_numpy(sound)[None, None] for sound in (reference, estimate))
    return float(loss(audio, target))


if __name__ == "__main__":
    numbers: dict = {"mel_cepstral_distortion": {}, "multi_resolution_stft_distance": {}}
    for name in NAMES:
        audio, rate = recording(name)
        numbers["mel_cepstral_distortion"][name] = mel_cepstral(audio, stretched(audio), rate)
        numbers["multi_resolution_stft_distance"][name] = multi_resolution(audio, spoiled(audio))
    packages = ("auraloss", "torch", "mel-cepstral-distance", "fastdtw", "numpy")
    numbers["made_by"] = {package: metadata.version(package) for package in packages}
    text = json.dumps(numbers, indent=2) + "\n"
    Path(__file__).with_name("metrics.json").write_text(text, encoding="utf-8")
