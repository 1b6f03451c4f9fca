# ---
# jupyter:
#   colab:
#     name: 09_time_frequency.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One sound, every picture
#
# A chirp, a tone with vibrato and three clicks, and all that this package draws of them: where in
# time and frequency sound is, and how to hear again what was drawn. It takes about a minute and
# needs no GPU.
#
# The next cell installs spectrotools where it is missing and leaves your TensorFlow and NumPy as
# they are. Where the notebook does not lie in a clone of the repository (on Colab, say), make one
# first, by `!git clone` and its address in a cell of its own, or set `SOURCE`.

# %% tags=["install"]
import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

SOURCE = ".."  # the folder of a clone, or "git+" and the address of the repository
CLONED = ("spectrotools", "/content/spectrotools")  # where a clone is looked for besides
KEPT = ("numpy", "tensorflow")


def install(source):
    if not source.startswith("git+"):
        clones = [path for path in (source, *CLONED) if Path(path, "setup.cfg").exists()]
        if not clones:
            raise FileNotFoundError(
                f"There is no spectrotools in {source!r}. Run '!git clone ADDRESS' in a cell of "
                "its own, or set SOURCE to the folder of a clone or to 'git+ADDRESS'."
            )
        source = str(Path(clones[0]).resolve())  # pip would look a bare name up on an index
    kept = {f"{d.name}=={d.version}" for d in metadata.distributions() if d.name in KEPT}
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, source, *sorted(kept)], check=True)
    importlib.invalidate_caches()


found = importlib.util.find_spec("spectrotools")
if found is None or found.origin is None:  # a clone in this folder is found, but is no package
    install(SOURCE)

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import spectrotools as st
from spectrotools.notebook import play

# %% tags=["parameters"]
RATE = 16000
SECONDS = 3.0
CLICKS = (0.5, 1.5, 2.5)  # seconds

# %% [markdown]
# ## The sound
#
# The chirp rises from 300 to 1800 Hz. The tone has six harmonics of 220 Hz, and a vibrato of 5 Hz.

# %%
length = round(SECONDS * RATE)
seconds = np.arange(length) / RATE
chirp_hz = 300.0 + 500.0 * seconds
chirp = 0.3 * np.sin(2 * np.pi * (300.0 * seconds + 250.0 * seconds**2))
f0_hz = 220.0 * 2.0 ** (0.3 / 12 * np.sin(2 * np.pi * 5.0 * seconds[::100]))
tone = st.harmonic_synthesis(
    tf.constant(f0_hz, tf.float32),
    tf.fill([len(f0_hz)], 0.3),
    tf.tile([[0.4, 0.25, 0.15, 0.1, 0.06, 0.04]], [len(f0_hz), 1]),
    sample_rate=RATE,
    hop_length=100,
    length=length,
).numpy()
clicks = np.zeros(length)
clicks[[round(at * RATE) for at in CLICKS]] = 0.9
sound = (chirp + tone + clicks).astype(np.float32)
play(sound, sample_rate=RATE, label="a chirp, a tone and three clicks")


# %%
def picture(axes, values, times, frequencies, title, below_hz=4000.0):
    """Draw levels of [frames, bins], 60 dB of them."""
    levels = 20 * np.log10(np.maximum(np.abs(values), 1e-9)).T
    top = levels.max()
    axes.pcolormesh(times, frequencies, levels, vmin=top - 60, vmax=top, shading="nearest")
    axes.set(title=title, ylim=(0, below_hz), ylabel="Hz")


# %% [markdown]
# ## Long frames, short frames, and pitch
#
# Long frames part the harmonics and smear the clicks; short ones do the reverse. A constant-Q
# transform has long frames for low sound and short ones for high; the MDCT has as many numbers as
# the sound has samples. All four give the sound back.

# %%
long, short = st.STFT(n_fft=2048, hop_length=256), st.STFT(n_fft=256, hop_length=64)
mdct = st.MDCT(win_length=1024)
cqt = st.CQT(sample_rate=RATE, bins_per_octave=36, fmin=65.0)
figure, rows = plt.subplots(2, 2, figsize=(11, 7), sharex=True, layout="constrained")
spectra = {"long frames": long, "short frames": short, "MDCT": mdct}
errors = {}
for axes, (name, transform) in zip(rows.flat, spectra.items(), strict=False):
    values = transform(sound)
    times = transform.times(values.shape[0], RATE)
    picture(axes, values, times, transform.frequencies(RATE), name)
    errors[name] = float(np.abs(transform.inverse(values, length=length) - sound).max())
values = cqt(sound)
times = np.arange(values.shape[0]) * cqt.hop_length / RATE
picture(rows[1, 1], values, times, cqt.frequencies, "constant-Q")
errors["constant-Q"] = float(np.abs(cqt.inverse(values, length=length) - sound).max())
print({name: f"back within {error:.0e}" for name, error in errors.items()})

# %% [markdown]
# ## Sharper than a bin
#
# Every bin of an STFT knows, by its derivatives, at which frequency and time the sound in it is.
# The reassigned spectrogram draws it there. The synchrosqueezed one moves it along frequency
# alone; of frames at every sample, the bins of each still sum to the sound.

# %%
stft = st.STFT(n_fft=1024, hop_length=64)
reassigned = st.ReassignedSpectrogram(stft, sample_rate=RATE)(sound)
loud = reassigned.magnitude > 0.01 * tf.reduce_max(reassigned.magnitude)
squeezed = st.SynchrosqueezedSTFT(stft)
values = squeezed(sound)
dense = st.SynchrosqueezedSTFT(st.STFT(n_fft=512, hop_length=1))
piece = sound[RATE : RATE + 4000]
errors["synchrosqueezed"] = float(np.abs(dense.inverse(dense(piece)) - piece[:4000]).max())

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
points = (part[loud] for part in (reassigned.time_seconds, reassigned.frequency_hz))
left.scatter(*points, s=0.2, c=np.log(reassigned.magnitude[loud]))
left.set(title="reassigned", xlabel="seconds", ylabel="Hz", xlim=(0, SECONDS), ylim=(0, 4000))
picture(
    right, values, stft.times(values.shape[0], RATE), stft.frequencies(RATE), "synchrosqueezed"
)

# %% [markdown]
# ## A line through the picture
#
# `ridges` follows the loudest smooth path by dynamic programming. Here it finds the chirp among
# the harmonics, once it is the loudest, and the frequencies of its bins say where it is.

# %%
levels = st.amplitude_to_db(tf.abs(stft(chirp + 0.3 * tone + clicks)))
(ridge,) = st.ridges(levels, penalty=0.5).numpy()
apart = st.ReassignedSpectrogram(stft, sample_rate=RATE)(chirp)
found_hz = apart.frequency_hz.numpy()[np.arange(len(ridge)), ridge]
inside = slice(16, -16)
expected_hz = 300.0 + 500.0 * apart.time_seconds.numpy()[np.arange(len(ridge)), ridge]
chirp_error_hz = float(np.abs(found_hz - expected_hz)[inside].max())
print(f"the chirp is within {chirp_error_hz:.3f} Hz of its line")

# %% [markdown]
# ## What is steady and what strikes
#
# Along a harmonic the median over time is high, along a click that over frequency. `hpss` makes
# masks of them, and a masked STFT is heard by its inverse. A chirp is a little of both.

# %%
halves = st.STFT(n_fft=1024, hop_length=256)
spectrum = halves(sound)
steady, struck = st.hpss(spectrum)
parts = {
    "what is steady": halves.inverse(steady, length=length),
    "what strikes": halves.inverse(struck, length=length),
}
figure, rows = plt.subplots(1, 2, figsize=(11, 3.5), layout="constrained")
for axes, (name, values) in zip(rows, {"steady": steady, "struck": struck}.items(), strict=True):
    picture(axes, values, halves.times(values.shape[0], RATE), halves.frequencies(RATE), name)
play(parts["what strikes"], sample_rate=RATE, label="what strikes")

# %% [markdown]
# ## Slower, and higher
#
# The phase vocoder makes frames of another time. Locked to the peaks of the spectrum, partials
# keep their shape.

# %%
slow = st.time_stretch(sound, 0.5, halves)
high = st.pitch_shift(sound, 7.0, halves)
play(slow, sample_rate=RATE, label="half as fast")

# %%
play(high, sample_rate=RATE, label="a fifth higher")

# %% [markdown]
# ## Bands for ears and for networks
#
# Gammatone bands are about as wide as those of the ear; chroma folds octaves together; PCEN takes
# away what stays as it is, in every band by itself.

# %%
power = tf.square(tf.abs(spectrum)).numpy()
ear = st.gammatone_filterbank(sample_rate=RATE, n_fft=1024, n_bands=64)
classes = st.chroma_filterbank(sample_rate=RATE, n_fft=1024)
mel = st.mel_filterbank(sample_rate=RATE, n_fft=1024, n_mels=64)
drawn = {
    "gammatone": st.amplitude_to_db(np.sqrt(power) @ ear),
    "chroma": power @ classes,
    "PCEN of mel bands": st.pcen(power @ mel, sample_rate=RATE, hop_length=256),
}
figure, rows = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained")
for axes, (name, values) in zip(rows, drawn.items(), strict=True):
    axes.imshow(np.transpose(values), origin="lower", aspect="auto", interpolation="nearest")
    axes.set(title=name, xlabel="frame")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
struck_at = [
    at + (int(np.argmax(np.abs(parts["what strikes"][at - 800 : at + 800]))) - 800)
    for at in (round(at * RATE) for at in CLICKS)
]
assert max(errors[name] for name in ("long frames", "short frames", "MDCT", "constant-Q")) < 1e-5
assert errors["synchrosqueezed"] < 1e-4
assert chirp_error_hz < 0.5
assert np.abs(np.subtract(struck_at, np.multiply(CLICKS, RATE))).max() <= 1
assert len(slow) == 2 * length
assert len(high) == length
