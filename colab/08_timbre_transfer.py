# ---
# jupyter:
#   colab:
#     name: 08_timbre_transfer.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Timbre transfer
#
# A small model listens to recordings of one instrument, and then plays on it what a voice or
# another melody does. It is told two curves, pitch and loudness, and learns the sound between
# them. As it stands this takes a few minutes without a GPU, and learns just enough to be heard;
# for a real instrument, name your own recordings and let `STEPS` be some ten thousand.
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
import pathlib

import matplotlib.pyplot as plt
import numpy as np
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data.folders import sounds
from spectrotools.data.loading import load_mono
from spectrotools.data.recordings import bundled
from spectrotools.notebook import play, show
from spectrotools.train.loop import train
from spectrotools.train.transfer import transfer

# %% tags=["parameters"]
RECORDINGS = ""  # a folder of your own: ten minutes of one instrument, one note at a time
VOICE = ""  # a file of your own, to be played on it
STEPS = 300  # of training
BATCH_SIZE = 4

# %%
RATE = 16000
HOP = 64  # samples from frame to frame: 4 ms
FEATURES = st.data.Features(sample_rate=RATE, frame_rate=RATE // HOP)

# %% [markdown]
# ## Something to learn
#
# Without recordings of yours, an instrument is made here: twelve harmonics, the higher ones louder
# when it plays louder, under a breath of noise. It plays eight phrases.


# %%
def melody(notes, lengths):
    """The pitch in Hz and the level of notes that swell and fade, frame by frame."""
    f0_hz, level = [], []
    for note, length in zip(notes, lengths, strict=True):
        time = np.arange(round(length * RATE / HOP)) * HOP / RATE
        vibrato = 0.15 * np.sin(2 * np.pi * 5.5 * time) * np.minimum(time / 0.3, 1.0)
        f0_hz.append(440.0 * 2.0 ** ((note + vibrato - 69) / 12))
        level.append(np.minimum(np.minimum(time / 0.05, (length - time) / 0.1), 1.0))
    return np.concatenate(f0_hz).astype("float32"), np.concatenate(level).astype("float32")


def played(f0_hz, level, seed):
    """The instrument that is to be learnt, ``[time]``."""
    harmonics = np.arange(1, 13)
    shares = level[:, None] ** (0.5 * harmonics) / harmonics
    sound = st.harmonic_synthesis(f0_hz, 0.3 * level, shares, sample_rate=RATE, hop_length=HOP)
    breath = st.filtered_noise(0.01 * np.outer(level, np.ones(65)), hop_length=HOP, seed=seed)
    return (sound + tf.cast(breath, tf.float32)).numpy()


folder = pathlib.Path(RECORDINGS or "recordings")
if not RECORDINGS:
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(8):
        notes, lengths = rng.integers(55, 75, size=8), rng.uniform(0.3, 0.8, size=8)
        phrase = played(*melody(notes, lengths), seed=number)
        soundfile.write(folder / f"{number}.wav", phrase, RATE)
first = load_mono(next(sounds(folder)), RATE)
play(first, sample_rate=RATE, label="a recording")

# %%
show(first, sample_rate=RATE, title="a recording")

# %% [markdown]
# ## Examples
#
# `prepare` measures pitch and loudness of all recordings, and cuts them into examples. A few files
# are all for training; of many, hold some out, and `spectrotools evaluate --run` tells how the
# model does on them.

# %%
prepared = st.data.prepare(
    folder,
    "data",
    features=FEATURES,
    cuts=st.data.Cuts(example_seconds=1.0, hop_seconds=0.5),
    shares={"train": 1.0},
    overwrite=True,
)
examples = st.data.Shards("data", "train")
told = prepared.statistics["train"]
print(f"{told['files']} files, {told['seconds']:.0f} s, {told['examples']} examples")

example = next(iter(examples.dataset(1, seed=0)))
frame_seconds = np.arange(examples.n_frames) * HOP / RATE
figure, rows = plt.subplots(2, 1, figsize=(9, 4), sharex=True, layout="constrained")
sure = example["f0_confidence"][0] > 0.5
rows[0].plot(frame_seconds, np.where(sure, example["f0_hz"][0], np.nan))
rows[0].set(ylabel="Hz", title="All that the model is told of an example")
rows[1].plot(frame_seconds, example["loudness_db"][0])
_ = rows[1].set(xlabel="seconds", ylabel="dB")

# %% [markdown]
# ## Training
#
# DDSP's tiny instrument, without a room: a recurrent layer of 256, sixty harmonics and noise. The
# run keeps its checkpoints in a folder; interrupt this cell and run it again, and it goes on. The
# same from the command line, room and all: `spectrotools train --config models/ddsp_tiny --data
# data --run run`. TensorBoard shows a run while it goes on: `%load_ext tensorboard`, then
# `%tensorboard --logdir run`.

# %%
tf.keras.utils.set_random_seed(0)
model = st.models.Autoencoder(
    decoder=st.models.RecurrentDecoder(rnn_units=256, layers=0),
    processor_group=st.models.harmonic_plus_noise(
        sample_rate=RATE, hop_length=HOP, reverb_length=None
    ),
)
done = train(
    model,
    examples,
    "run",
    STEPS,
    batch_size=BATCH_SIZE,
    learning_rate=1e-3,
    log_every=max(STEPS // 30, 1),
    sounds_every=0,
)
print(f"{done.step} steps, loss {done.loss:.2f}")


# %%
def logged(folder, tag):
    """The steps and the values of a number that a run has told, over all its files."""
    values = {}
    for path in sorted(pathlib.Path(folder).glob("events.out.tfevents.*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                if value.tag == tag:
                    values[event.step] = value.simple_value
    return np.array(sorted(values.items())).T


steps, losses = logged("run", "loss")
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
axes.plot(steps, losses)
_ = axes.set(xlabel="step", ylabel="loss", yscale="log", title="Learning")

# %% [markdown]
# ## A melody that it has not heard

# %%
f0_hz, level = melody([60, 62, 64, 65, 67, 67, 65, 64, 60], [0.4] * 4 + [0.7, 0.4, 0.4, 0.4, 0.9])
wanted = played(f0_hz, level, seed=100)
again = transfer(model, wanted)
play(wanted, sample_rate=RATE, label="the melody, by the instrument itself")

# %%
play(again, sample_rate=RATE, label="the same, by the model")

# %%
show(again, sample_rate=RATE, title="by the model")

# %% [markdown]
# ## A voice
#
# The bundled sentence, or a file of yours. (On Colab, `record(5.0, sample_rate=RATE)` of
# `spectrotools.notebook` records one.) A voice lies lower than the instrument and is louder or
# softer, so it is brought to the middle of what was learnt: by whole octaves, and by decibels.

# %%
path = VOICE or next(path for path in bundled() if path.stem == "speech")
voice = load_mono(pathlib.Path(path), RATE)
heard = FEATURES(voice)
voiced = heard["f0_confidence"] > 0.5
middle = {name: told[name]["quantiles"]["0.5"] for name in ("f0_hz", "loudness_db")}
octaves = round(float(np.log2(middle["f0_hz"] / np.median(heard["f0_hz"][voiced]))))
louder_db = middle["loudness_db"] - float(np.median(heard["loudness_db"][voiced]))
print(f"{octaves:+d} octaves, {louder_db:+.1f} dB")
play(voice, sample_rate=RATE, label="the voice")

# %%
result = transfer(model, voice, transpose_semitones=12.0 * octaves, loudness_shift_db=louder_db)
play(result, sample_rate=RATE, label="the voice, by the model")

# %%
show(result, sample_rate=RATE, title="the voice, by the model")

# %% [markdown]
# ## To keep
#
# The sound as a file: on Colab it is downloaded, elsewhere it lies beside this notebook.

# %%
soundfile.write("played.wav", result, RATE, subtype="FLOAT")
try:
    from google.colab import files
except ImportError:
    print(pathlib.Path("played.wav").resolve())
else:
    files.download("played.wav")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
hold = level > 0.99  # away from where one note passes into the next
track = st.pyin(again, sample_rate=RATE, fmin=150.0, fmax=600.0, hop_length=HOP)
semitones = 12 * np.abs(np.log2(track.f0_hz[: len(f0_hz)] / f0_hz))
print(f"off by {np.median(semitones[hold]):.2f} semitones")
assert done.step == STEPS
assert losses[-1] < losses[0]
assert np.median(semitones[hold]) < 0.2
assert len(result) == len(voice)
assert np.all(np.isfinite(result))
