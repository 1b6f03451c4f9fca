"""Settings of which tests take little time, and sounds for them."""

import numpy as np
import soundfile

import spectrotools as st

FEATURES = st.data.Features(sample_rate=8000, frame_rate=100, fmin=100.0, fmax=1000.0, n_fft=256)
CUTS = st.data.Cuts(example_seconds=0.5, hop_seconds=0.25)


def tone(hertz, seconds, rate=8000, amplitude=0.3):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def folder_of(path, count=6):
    """A folder of tones, with one file that is silent, one that is no sound, and one cut short."""
    (path / "deep").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(count):
        name = path / ("deep" if index % 2 else ".") / f"tone {index}.wav"
        audio = tone(200 + 50 * index, 0.6 + 0.3 * index)
        soundfile.write(name, audio + rng.normal(0, 1e-3, len(audio)), 8000)
    soundfile.write(path / "other rate.flac", np.stack([tone(300, 1.0, 22050)] * 2, 1), 22050)
    soundfile.write(path / "silent.wav", np.zeros(8000), 8000)
    (path / "no sound.wav").write_bytes(b"these are words")
    whole = (path / "tone 0.wav").read_bytes()
    (path / "torn.wav").write_bytes(whole[: len(whole) // 2])
    (path / "notes.txt").write_text("not called as sound")
    return path


def contents(folder):
    """All files below a folder, by name, hidden ones too."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
