# ---
# jupyter:
#   colab:
#     name: 07_pitch_loudness.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Pitch and loudness
#
# What a voice or an instrument plays is, to most models of synthesis, two curves: how high and how
# loud. Here both are followed in recordings and in a melody whose notes are known; the melody is
# cut into notes again; and a sound is brought to a loudness, by a formula and by gradient descent.
# It takes about a minute and needs no GPU.
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
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data.recordings import bundled
from spectrotools.notebook import play, show

# %% tags=["parameters"]
RATE = 16000
HOP = 160  # samples from frame to frame: 10 ms
RANGE = {"sample_rate": RATE, "fmin": 65.0, "fmax": 1000.0, "hop_length": HOP}
STEPS = 60  # of gradient descent

# %% [markdown]
# ## A melody that we know
#
# Eight notes of a tone of six harmonics, with vibrato, some tied and some parted, over a little
# noise.

# %%
NOTES = [60, 62, 64, 65, 67, 55, 72, 71]  # MIDI numbers
LENGTHS = [0.5, 0.4, 0.3, 0.4, 0.6, 0.5, 0.4, 0.6]  # seconds
PAUSES = [0.0, 0.15, 0.0, 0.0, 0.2, 0.1, 0.0, 0.2]  # after each
ends = np.cumsum(np.add(LENGTHS, PAUSES))
onsets = 0.2 + np.concatenate([[0.0], ends[:-1]])
intervals = np.stack([onsets, onsets + LENGTHS], axis=1)
frames = 1 + round((intervals[-1, 1] + 0.3) * RATE / HOP)
seconds = np.arange(frames) * HOP / RATE
midi, level = np.full(frames, float(NOTES[0])), np.zeros(frames)
for (begin, end), note in zip(intervals, NOTES, strict=True):
    held = (seconds >= begin) & (seconds < end)
    midi[held] = note + 0.15 * np.sin(2 * np.pi * 5.5 * seconds[held])
    level[held] = 0.25
true_hz = st.midi_to_hz(midi)
melody = st.harmonic_synthesis(
    tf.cast(true_hz, tf.float32),
    tf.cast(level, tf.float32),
    tf.tile([[0.4, 0.25, 0.15, 0.1, 0.06, 0.04]], [frames, 1]),
    sample_rate=RATE,
    hop_length=HOP,
)
noise = st.white_noise([melody.shape[0]], seed=1)
melody += 1e-3 * noise
play(melody, sample_rate=RATE, label="the melody")

# %% [markdown]
# ## Two trackers
#
# `yin` looks for the lag at which a sound repeats, frame by frame. `pyin` weighs many such lags
# and takes the likeliest path through all frames. (`spectral_f0` has a gradient, for losses.) Any
# function that gives a `PitchTrack`, a network such as CREPE too, takes the place of these.

# %%
tracks = {
    "YIN": st.yin(melody, **RANGE),
    "pYIN": st.pyin(melody, **RANGE),
}
figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
axes.plot(seconds, np.where(level > 0, true_hz, np.nan), color="black", lw=4, alpha=0.2)
raw = {}
for name, track in tracks.items():
    track_seconds = np.arange(track.f0_hz.shape[0]) * HOP / RATE
    axes.plot(track_seconds, np.where(track.voiced, track.f0_hz, np.nan), label=name)
    count = min(frames, track.f0_hz.shape[0])
    inside = np.convolve(level > 0, np.ones(7), "same")[:count] == 7  # not within 30 ms of an end
    cents = 1200 * np.abs(np.log2(track.f0_hz.numpy()[:count] / true_hz.numpy()[:count]))
    raw[name] = float(np.mean(cents[inside] < 50))
axes.set(xlabel="seconds", ylabel="Hz", yscale="log", title="As it is, and as it is heard")
axes.legend()
print({name: f"{share:.1%} of the frames within 50 cents" for name, share in raw.items()})

# %% [markdown]
# ## Notes again
#
# `segment_notes` cuts a track where it is unvoiced and where its pitch moves away and stays away:
# vibrato is no new note. `onset_strength` needs no pitch, and hears where a spectrum rises.

# %%
track = tracks["pYIN"]
notes = st.segment_notes(track.f0_hz, track.voiced, frame_rate=RATE / HOP)
for note in notes:
    print(f"{note.onset_seconds:5.2f} to {note.offset_seconds:5.2f} s: {note.midi:5.1f}")
right = [
    any(abs(note.onset_seconds - onset) < 0.05 and abs(note.midi - number) < 0.5 for note in notes)
    for onset, number in zip(onsets, NOTES, strict=True)
]

mel = st.LogMel(st.STFT(n_fft=1024, hop_length=HOP), sample_rate=RATE, n_mels=64, log="db")
strength = st.onset_strength(mel(melody), max_size=3)
figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
axes.plot(np.arange(strength.shape[0]) * HOP / RATE, strength)
axes.vlines(onsets, 0, float(tf.reduce_max(strength)), color="grey", linestyle=":")
_ = axes.set(xlabel="seconds", ylabel="dB a frame", title="Onset strength, and the true onsets")

# %% [markdown]
# ## A recording
#
# The pitch of bundled speech, over its spectrogram's time, with how sure the tracker is, and two
# measures of loudness: A-weighted, frame by frame, as models are conditioned on, and the momentary
# loudness of broadcasting.

# %%
(path,) = (path for path in bundled() if path.stem == "speech")
speech, speech_rate = soundfile.read(path, dtype="float32", always_2d=True)
speech = st.resample(speech[:, 0], sample_rate=speech_rate, target_rate=RATE)
heard = st.pyin(speech, **RANGE)
weighted = st.loudness(speech, sample_rate=RATE, hop_length=HOP)
momentary = st.momentary_loudness(speech, sample_rate=RATE)
show(speech, sample_rate=RATE, title="speech")

# %%
figure, rows = plt.subplots(3, 1, figsize=(9, 6), sharex=True, layout="constrained")
times = np.arange(heard.f0_hz.shape[0]) * HOP / RATE
rows[0].plot(times, np.where(heard.voiced, heard.f0_hz, np.nan))
rows[0].set(ylabel="Hz", title="Pitch of speech")
rows[1].plot(times, heard.probability)
rows[1].set(ylabel="probability", title="That it is voiced")
rows[2].plot(np.arange(weighted.shape[0]) * HOP / RATE, weighted, label="A-weighted, dB")
rows[2].plot(0.4 + 0.1 * np.arange(momentary.shape[0]), momentary, label="momentary, LUFS")
rows[2].set(xlabel="seconds", title="Loudness")
_ = rows[2].legend()

# %% [markdown]
# ## As loud as we like
#
# `loudness_normalize` gives a sound the loudness of a programme, here -23 LUFS. It has a gradient,
# as the loudness itself has: so a gain that a model makes can be learnt as well. Descent on the
# squared error ends where the formula does.

# %%
TARGET = -23.0
normal = st.loudness_normalize(speech, target_lufs=TARGET, sample_rate=RATE)
by_formula = float(st.integrated_loudness(normal, sample_rate=RATE))

gain_db = tf.Variable(0.0)
history = []
for _ in range(STEPS):
    with tf.GradientTape() as tape:
        louder = st.integrated_loudness(10.0 ** (gain_db / 20.0) * speech, sample_rate=RATE)
        error = tf.square(louder - TARGET)
    gain_db.assign_sub(0.1 * tape.gradient(error, gain_db))
    history.append(float(louder))
figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
axes.plot(history)
axes.axhline(TARGET, color="grey", linestyle=":")
_ = axes.set(xlabel="step", ylabel="LUFS", title="A gain that descends to -23 LUFS")
print(f"by formula {by_formula:.3f} LUFS, by descent {history[-1]:.3f} LUFS")

# %% [markdown]
# ## Nothing from nothing
#
# In silence, and in noise, there is no pitch, and the trackers say so.

# %%
nothing = {"silence": tf.zeros([RATE]), "noise": 0.3 * st.white_noise([RATE], seed=2)}
invented = {
    name: float(tf.reduce_mean(tf.cast(st.pyin(sound, **RANGE).voiced, tf.float32)))
    for name, sound in nothing.items()
}
print({name: f"{share:.1%} of the frames are voiced" for name, share in invented.items()})

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
assert min(raw.values()) > 0.98
assert all(right)
assert len(notes) == len(NOTES)
assert abs(by_formula - TARGET) < 0.01
assert abs(history[-1] - TARGET) < 0.01
assert invented["silence"] == 0.0
assert invented["noise"] < 0.02
