# ---
# jupyter:
#   colab:
#     name: 01_representations.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A sound, apart and together
#
# A recording is a row of numbers. A model of sound rarely works on that row: it works on a
# *representation*, and the sound comes out at the end by some way back. Here you hear, see and
# measure what the way back costs: nothing, if it is an inverse; a great deal, if the phase is
# lost. It takes less than a minute and needs no GPU.
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
import librosa
import matplotlib.pyplot as plt
import numpy as np
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data.recordings import bundled
from spectrotools.notebook import Live, play, show, show_phase

# %% [markdown]
# ## A sound
#
# Five recordings come along: `brass`, `drums`, `piano`, `speech` and `strings`. Take another one,
# or put the path of a file of your own in the place of `PATHS[RECORDING]`. On Colab,
# `spectrotools.notebook.record(4, sample_rate=22050)` takes one from your microphone.

# %% tags=["parameters"]
RECORDING = "speech"
STEPS = 200  # of gradient descent, further below

# %%
PATHS = {path.stem: path for path in bundled()}
channels, sample_rate = soundfile.read(PATHS[RECORDING], dtype="float32", always_2d=True)
audio = channels[:, 0]
play(audio, sample_rate=sample_rate, label=f"{RECORDING}, as recorded")

# %% [markdown]
# The picture below has time from left to right and pitch from bottom to top, and is bright where
# there is sound.

# %%
show(audio, sample_rate=sample_rate, title="The recording")

# %% [markdown]
# ## Apart, and together
#
# The short-time Fourier transform cuts the sound into overlapping frames and asks of each which
# frequencies are in it. `st.STFT` is an object that knows its own inverse.

# %%
stft = st.STFT(n_fft=1024, hop_length=256)
coefficients = stft(audio)
restored = stft.inverse(coefficients, length=len(audio)).numpy()
print(f"{len(audio)} samples -> {coefficients.shape} complex numbers -> {len(restored)} samples")

# %% [markdown]
# How far is the result from the original? We take the largest error at any sample, in decibels of
# the recording's peak. float32 itself rounds at about −144 dB, and 16-bit audio at −96 dB.


# %%
def level_db(difference, reference):
    with np.errstate(divide="ignore"):  # no error at all is minus infinity
        return 20 * np.log10(np.max(np.abs(difference)) / np.max(np.abs(reference)))


restored_db = level_db(restored - audio, audio)
print(f"largest error {restored_db:.1f} dB")
play(restored, sample_rate=sample_rate, label="apart, and together")

# %% [markdown]
# A model is trained on clips cut out of the middle of sounds, so the first and the last sample of
# a clip are no silence. There, windows are missing that would have overlapped, and whoever divides
# by the window sum of the middle gets the ends wrong. Here is one second of the recording by
# `st.STFT`, and by `tf.signal` with its own inverse window, as it comes and with `pad_end=True`.

# %%
middle = len(audio) // 8
clip = audio[middle : middle + sample_rate]


def by_tf_signal(pad_end):
    frames = tf.signal.stft(clip, 1024, 256, pad_end=pad_end)
    window = tf.signal.inverse_stft_window_fn(256)
    sound = tf.signal.inverse_stft(frames, 1024, 256, window_fn=window).numpy()
    return np.pad(sound, (0, 1024))[: len(clip)]  # what does not come back counts as silence


results = {
    "tf.signal": by_tf_signal(pad_end=False),
    "tf.signal, pad_end": by_tf_signal(pad_end=True),
    "st.STFT": stft.inverse(stft(clip), length=len(clip)).numpy(),
}

# %%
milliseconds = 1000 * np.arange(len(clip)) / sample_rate
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
for panel, part in zip(panels, (slice(0, 1500), slice(-1500, None)), strict=True):
    for name, result in results.items():
        error = np.maximum(np.abs(result - clip), 1e-9) / np.abs(clip).max()
        panel.plot(milliseconds[part], 20 * np.log10(error[part]), lw=0.8, label=name)
    panel.set_xlabel("milliseconds")
panels[0].set(title="The beginning of the clip", ylabel="error, dB of the peak")
panels[1].set(title="The end of the clip")
_ = panels[1].legend(loc="center left")

# %%
worst_db = {name: level_db(result - clip, clip) for name, result in results.items()}
for name, result in results.items():
    first, last = (level_db(result[i] - clip[i], clip) for i in (0, -1))
    print(f"{name:18}  first sample {first:7.1f} dB  last {last:7.1f} dB", end="  ")
    print(f"worst {worst_db[name]:7.1f} dB")

# %% [markdown]
# ## The same transform, said differently
#
# A vocoder trained on somebody else's spectrograms needs exactly those frames. Where libraries
# disagree (how many frames, what lies beyond the ends, where a frame starts), `convention` names
# the one to follow. Two of these libraries are here, so we can ask them.

# %%
peers = {
    "librosa": librosa.stft(clip, n_fft=1024, hop_length=256).T,
    "tf": tf.signal.stft(clip, 1024, 256).numpy(),
}
unlike = {}
print(f"{len(clip)} samples           frames  unlike the library  first sample   last sample")
for convention in (None, "librosa", "torch", "hifigan", "tf"):
    cut = st.STFT(n_fft=1024, hop_length=256, convention=convention)
    result = cut(clip).numpy()
    back = cut.inverse(result, length=len(clip)).numpy()
    if convention in peers:
        unlike[convention] = level_db(result - peers[convention], peers[convention])
    apart = f"{unlike[convention]:.1f} dB" if convention in unlike else ""
    first, last = (level_db(back[i] - clip[i], clip) for i in (0, -1))
    print(f"{convention!s:22} {len(result):6d} {apart:>19} {first:10.1f} dB {last:10.1f} dB")

# %% [markdown]
# Every convention is undone as exactly as its framing allows. `tf` weighs the very first sample by
# zero and drops what is left over at the end: those two errors are the samples themselves. The
# default, `None`, sees every sample.
#
# ## Phase matters
#
# A coefficient has a magnitude (how much) and a phase (where in the swing). Pictures show the
# magnitudes, so it is tempting to model only those. Listen to all the right magnitudes with phases
# drawn by lot.

# %%
magnitude = tf.abs(coefficients)
angle = tf.random.stateless_uniform(magnitude.shape, seed=(0, 1), minval=-np.pi, maxval=np.pi)
scrambled_coefficients = tf.complex(magnitude * tf.cos(angle), magnitude * tf.sin(angle))
scrambled = stft.inverse(scrambled_coefficients, length=len(audio))
play(scrambled, sample_rate=sample_rate, label="the right magnitudes, phases by lot")

# %% [markdown]
# Each moment is smeared over its whole window. Frames that overlap no longer agree about the
# samples they share, so not even the magnitudes survive: analyse it again, and they are off.


# %%
def mismatch_db(sound):
    difference = tf.norm(tf.abs(stft(sound)) - magnitude)
    return 20 * np.log10(float(difference / tf.norm(magnitude)))


before_db = mismatch_db(scrambled)
print(f"magnitudes off by {before_db:.1f} dB of all there is")

# %% [markdown]
# How the phase turns shows what is lost. Below, a steady tone is a band from red (the tone is
# higher than this row) to blue (it is lower), and white is the tone itself. First the recording,
# then the same magnitudes with phases by lot.

# %%
show_phase(audio, sample_rate=sample_rate, title="The recording: instantaneous frequency")

# %%
show_phase(scrambled, sample_rate=sample_rate, title="Phases by lot: instantaneous frequency")

# %% [markdown]
# ## A way back by gradients
#
# Every transform can be differentiated, so a waveform can be *trained* until its magnitudes are
# right. We start from the smeared sound and watch the bands come back.

# %%
waveform = tf.Variable(scrambled)
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)


@tf.function
def descend():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((tf.abs(stft(waveform)) - magnitude) ** 2)
    optimizer.apply_gradients([(tape.gradient(loss, waveform), waveform)])


# %%
live = Live()
for step in range(STEPS + 1):
    if step % 50 == 0:
        title = f"step {step}: magnitudes {mismatch_db(waveform):.1f} dB off"
        live.update(show_phase(waveform, sample_rate=sample_rate, title=title))
    descend()
after_db = mismatch_db(waveform)

# %%
print(f"magnitudes off by {before_db:.1f} dB before, {after_db:.1f} dB after {STEPS} steps")
play(waveform, sample_rate=sample_rate, label="phases found by gradient descent")

# %% [markdown]
# It is no longer smeared. The waveform is still another one, for magnitudes cannot tell a sound
# from its negative; nor can the ear.
#
# ## Eight bits
#
# A model that predicts one sample after another chooses among codes, 256 of them, say. Spaced
# evenly, they are spent on loud samples that hardly ever come. μ-law, the telephone's code, spaces
# them by ratio: fine near silence, coarse near full scale. Take the recording 30 dB down, as a
# quiet passage would be, through both codes, then up again.


# %%
def mu_law(sound):
    return st.mu_law_decode(st.mu_law_encode(sound, bits=8), bits=8).numpy()


def linear(sound):
    return st.linear_decode(st.linear_encode(sound, bits=8), bits=8).numpy()


normalised = audio / np.abs(audio).max()
quiet, loud_again = 10 ** (-30 / 20), 10 ** (30 / 20)
play(linear(quiet * normalised) * loud_again, sample_rate=sample_rate, label="8 bits, linear")

# %%
play(mu_law(quiet * normalised) * loud_again, sample_rate=sample_rate, label="8 bits, μ-law")


# %%
def signal_to_noise_db(sound, code):
    return 10 * np.log10(np.sum(sound**2) / np.sum((code(sound) - sound) ** 2))


levels_db = np.arange(-50, 1, 2)
sounds = [normalised * 10 ** (level / 20) for level in levels_db]
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
for code, name in ((linear, "linear"), (mu_law, "μ-law")):
    ratios = [signal_to_noise_db(sound, code) for sound in sounds]
    axes.plot(levels_db, ratios, "o-", ms=3, label=f"8 bits, {name}")
axes.set(xlabel="peak of the recording, dB of full scale", ylabel="signal to noise, dB")
_ = axes.legend()
# %%
gain_db = signal_to_noise_db(quiet * normalised, mu_law) - signal_to_noise_db(
    quiet * normalised, linear
)
print(f"30 dB down, μ-law leaves {gain_db:.1f} dB less noise than even spacing")

# %% [markdown]
# ## As it comes
#
# A microphone does not wait for the end of the sound. Cut the recording anywhere, give the pieces
# to `step` one after another, and out come the same frames and the same samples.

# %%
random = np.random.default_rng(0)
pieces = np.split(audio, np.sort(random.integers(0, len(audio), 40)))
analysis, synthesis = stft.initial_state(), stft.initial_inverse_state()
heard, seen = [], []
for piece in pieces:
    frames, analysis = stft.step(piece, analysis)
    sound, synthesis = stft.inverse_step(frames, synthesis)
    seen.append(frames)
    heard.append(sound)

# %%
frames = stft.flush(analysis)
sound, synthesis = stft.inverse_step(frames, synthesis)
rest = stft.inverse_flush(synthesis, length=len(audio))
streamed_frames = np.concatenate([*seen, frames])
streamed = np.concatenate([*heard, sound, rest])
frames_db = level_db(streamed_frames - coefficients.numpy(), coefficients.numpy())
streamed_db = level_db(streamed - audio, audio)
print(f"{len(pieces)} pieces of {min(map(len, pieces))} to {max(map(len, pieces))} samples")
print(f"frames {frames_db:.1f} dB from those of the whole, sound {streamed_db:.1f} dB from it")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
assert restored_db <= -125
assert worst_db["st.STFT"] <= -125 < -60 < worst_db["tf.signal, pad_end"]
assert max(unlike.values()) <= -125
assert before_db > -6
assert after_db <= -15
assert gain_db >= 20
assert frames_db <= -125
assert streamed_db <= -125
print("All of it holds.")
