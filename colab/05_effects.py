# ---
# jupyter:
#   colab:
#     name: 05_effects.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Filters and effects, all of them differentiable
#
# What is done to a sound after it was made: equalisers, resonances that move, rooms, choruses,
# compressors. Each is a function of tensors with a gradient to every control, exact where it can
# be, and evaluated for all samples side by side. Here you see and hear them, and let gradient
# descent turn their knobs. It takes about a minute and needs no GPU.
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
import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.signal
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data.recordings import bundled
from spectrotools.notebook import play, show

# %% [markdown]
# ## Settings
#
# Any of the recordings that come along, or put the path of a file of your own into the cell that
# reads it.

# %% tags=["parameters"]
RECORDING = "speech"
STEPS = 150  # of gradient descent, to find an equaliser
RATE, HOP = 16000, 64

# %%
path = {path.stem: path for path in bundled()}[RECORDING]
audio, given_rate = soundfile.read(path, dtype="float32", always_2d=True)
audio = st.resample(audio[:, 0], sample_rate=given_rate, target_rate=RATE)[: 4 * RATE].numpy()
play(audio, sample_rate=RATE, label=f"{RECORDING}, resampled from {given_rate} Hz")

# %% [markdown]
# ## Equalisers
#
# `st.biquad` makes second-order sections, `st.sosfreqz` says what they do to a frequency, and
# `st.sosfilt` does it to a sound. The lines are the formula; the dots were measured, as the
# spectrum of a click that went through the filter.

# %%
sections = {
    "low shelf": st.biquad(200.0, kind="low_shelf", sample_rate=RATE, gain_db=9.0),
    "peak": st.biquad(1500.0, kind="peaking", sample_rate=RATE, q=3.0, gain_db=-12.0),
    "high shelf": st.biquad(4000.0, kind="high_shelf", sample_rate=RATE, gain_db=6.0),
}
click = np.eye(1, 2 * RATE)[0]
bins = np.unique(np.geomspace(40, RATE - 1, 60).astype(int))  # half a hertz each
figure, axes = plt.subplots(figsize=(9, 3.4), layout="constrained")
equaliser_off = 0.0
for name, row in sections.items():
    measured = np.abs(np.fft.rfft(st.sosfilt(click, row[None])))
    formula = np.abs(st.sosfreqz(row[None], np.arange(RATE) / 2, sample_rate=RATE))
    equaliser_off = max(equaliser_off, np.max(np.abs(measured[:RATE] - formula)))
    (line,) = axes.semilogx(np.arange(80, RATE) / 2, 20 * np.log10(formula[80:]), label=name)
    axes.plot(bins / 2, 20 * np.log10(measured[bins]), ".", color=line.get_color())
axes.set(xlabel="Hz", ylabel="dB", title="Three sections: formula and measurement")
_ = axes.legend()

# %% [markdown]
# ## Poles that move
#
# Give a filter new coefficients for every hop and it moves. A saw of 110 Hz goes through a
# resonance that sweeps from 200 Hz up to 4 kHz and back, five hundred times a second another one:
# the equation of the filter holds at every sample.

# %%
frames = 3 * RATE // 32
sweep_hz = 200.0 * 20.0 ** np.sin(np.pi * np.arange(frames) / frames) ** 2
moving = st.biquad(sweep_hz, kind="lowpass", sample_rate=RATE, q=8.0)
saw = st.waveform_synthesis(
    np.full(frames, 110.0, np.float32),
    np.full(frames, 0.3, np.float32),
    sample_rate=RATE,
    hop_length=32,
    shape="saw",
)
swept = st.sosfilt(saw, moving[:, None], hop_length=32).numpy()
by_hand, state = [], np.zeros(4)  # the last two inputs and outputs
for n, sample in enumerate(saw.numpy().astype(np.float64)[: RATE // 2]):
    b0, b1, b2, _, a1, a2 = moving[n // 32].numpy()
    result = b0 * sample + b1 * state[0] + b2 * state[1] - a1 * state[2] - a2 * state[3]
    state = np.array([sample, state[0], result, state[2]])
    by_hand.append(result)
moving_off = np.max(np.abs(swept[: RATE // 2] - by_hand))
play(0.5 * swept, sample_rate=RATE, label="a saw through a resonance that moves")

# %%
show(swept, sample_rate=RATE, title="A resonance that moves")

# %% [markdown]
# ## Speech from a buzz, and a whisper from speech
#
# Linear prediction finds, for every 16 ms of speech, the all-pole filter that its spectrum looks
# like: the throat and the mouth. What the filter cannot predict is the buzz of the vocal cords.
# Sent through the filters again it is the speech; white noise sent through them is a whisper.
# Below, the poles of half a second.

# %%
hop = 256
count = len(audio) // hop
around = np.pad(audio, (hop, 2 * hop))
pieces = np.stack([around[hop * m + hop // 2 :][: 2 * hop] for m in range(count)])
speech = pieces * scipy.signal.get_window("hann", 2 * hop)
predictor = st.linear_prediction(speech, order=18, white_noise_db=-60)
one = np.ones([1, 1])
residual = st.lfilter(audio[: count * hop], predictor.coefficients, one, hop_length=hop)
again = st.lfilter(residual, one, predictor.coefficients, hop_length=hop).numpy()
speech_off = np.max(np.abs(again - audio[: count * hop]))
loudness = tf.sqrt(tf.reduce_mean(tf.reshape(residual, [count, hop]) ** 2, axis=1))
breath = st.white_noise([count * hop], seed=3) * tf.repeat(loudness, hop)
whisper = st.lfilter(breath, one, predictor.coefficients, hop_length=hop).numpy()
play(whisper * 0.5 / np.abs(whisper).max(), sample_rate=RATE, label="a whisper")

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
turn = np.exp(2j * np.pi * np.arange(201) / 200)
panels[0].plot(turn.real, turn.imag, "k", lw=0.5)
loud = np.argsort(loudness)[-32:]
colours = plt.get_cmap("viridis")(np.linspace(0, 1, len(loud)))
for colour, m in zip(colours, np.sort(loud), strict=True):
    poles = np.roots(predictor.coefficients[m])
    panels[0].plot(poles.real, poles.imag, ".", color=colour)
panels[0].set(title="Poles of the loudest frames, the later the lighter", aspect="equal")
radii = [np.abs(np.roots(row)).max() for row in predictor.coefficients]
panels[1].plot(np.arange(count) * hop / RATE, radii)
_ = panels[1].set(title="The largest radius in every frame", xlabel="seconds", ylim=(0.9, 1))

# %% [markdown]
# ## A room
#
# A feedback delay network: eight delay lines, whose ends are mixed by an orthogonal matrix and go
# in again. It loses nothing, so the decay alone says how long it rings: here 1.2 s at low and
# 0.5 s at high frequencies, to 60 dB below. `st.energy_decay_curve` adds up what is still to come,
# and `st.reverberation_time` fits a line to it.

# %%
room = st.effects.FDNReverb(
    sample_rate=RATE, decay_seconds=1.2, high_decay_seconds=0.5, add_dry=False
)
response = room(tf.one_hot([100], 2 * RATE))[0].numpy()
low = scipy.signal.sosfilt(scipy.signal.butter(8, 500, fs=RATE, output="sos"), response)
high = scipy.signal.sosfilt(scipy.signal.butter(8, 6000, "high", fs=RATE, output="sos"), response)
decays = {"below 500 Hz": low, "above 6 kHz": high}
seconds = {
    name: float(st.reverberation_time(part, sample_rate=RATE)) for name, part in decays.items()
}
figure, axes = plt.subplots(figsize=(9, 3.4), layout="constrained")
for name, part in decays.items():
    curve = st.energy_decay_curve(part)
    axes.plot(np.arange(len(curve)) / RATE, curve, label=f"{name}: {seconds[name]:.2f} s")
axes.set(xlabel="seconds", ylabel="dB", ylim=(-80, 3), title="What is still to come")
_ = axes.legend()

# %%
wet = audio + 0.7 * room(audio[None])[0].numpy()
play(wet * 0.7 / np.abs(wet).max(), sample_rate=RATE, label="in a room")

# %% [markdown]
# ## Delays that sway
#
# A delay that sways by a sine is a vibrato: while it grows, the pitch falls. Next to the dry
# sound it is a chorus; a short one, fed back, is a flanger, whose comb of notches moves.

# %%
tone = np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)
swaying = st.vibrato(
    tone,
    sample_rate=RATE,
    rate_hz=5.0,
    depth_ms=0.5,
    center_ms=5.0,
    interpolation="cubic",
)
analytic = scipy.signal.hilbert(swaying.numpy())[RATE // 2 : -RATE // 2]
pitch = np.diff(np.unwrap(np.angle(analytic))) * RATE / (2 * np.pi)
sway = 1000 * 2 * np.pi * 5 * 0.0005  # the slope of the delay, of 1000 Hz
vibrato_hz = pitch.max() - 1000, 1000 - pitch.min()
print(f"the pitch sways by {vibrato_hz[0]:.2f} and {vibrato_hz[1]:.2f} Hz; expected {sway:.2f}")
hiss = st.white_noise([4 * RATE], seed=5) * 0.2
flanged = st.flanger(
    hiss,
    sample_rate=RATE,
    rate_hz=0.25,
    depth_ms=1.5,
    center_ms=2.5,
    feedback=0.6,
    mix=0.5,
).numpy()
play(0.5 * flanged, sample_rate=RATE, label="a flanger of noise")

# %%
show(flanged, sample_rate=RATE, title="Notches that move")

# %% [markdown]
# ## Loudness under control
#
# A compressor turns down what is above its threshold, here by 4 to 1 over -30 dB. Its static
# curve, measured with steady tones, bends within the knee. The limiter looks ahead and never lets
# a sample pass its ceiling.

# %%
levels = np.arange(-60.0, 1.0, 2.0)
steady = 10 ** (levels[:, None] / 20) * np.ones([1, RATE // 2])
squeezed = st.compressor(
    steady,
    sample_rate=RATE,
    threshold_db=-30.0,
    ratio=4.0,
    knee_db=12.0,
    attack_seconds=0.005,
    release_seconds=0.05,
)
curve = 20 * np.log10(squeezed[:, -1])
figure, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
axes.plot(levels, levels, "k:", lw=0.8)
axes.plot(levels, curve)
_ = axes.set(xlabel="dB in", ylabel="dB out", title="A compressor of 4 to 1")
loud = 20 * audio
held = st.limiter(loud, sample_rate=RATE, ceiling_db=-1.0, lookahead_seconds=0.005).numpy()
ceiling = np.float32(10 ** (-1 / 20))
print(f"before {np.abs(loud).max():.2f}, after {np.abs(held).max():.4f}, ceiling {ceiling:.4f}")

# %% [markdown]
# ## An equaliser that is learnt
#
# All that was a function with a gradient. Somebody has equalised a noise; we have the noise before
# and after, and want the knobs. `st.effects.Equalizer` is a Keras layer of five bands, which
# `compile` and `fit` know how to train. The loss compares spectra.

# %%
hidden = st.sosfilt(hiss, tf.stack(list(sections.values()))).numpy()
spectra = st.STFT(n_fft=1024, hop_length=512)


def distance(true, made):
    first, second = (tf.math.log(abs(spectra(part)) + 1e-3) for part in (true, made))
    return tf.reduce_mean((first - second) ** 2)


equaliser = st.effects.Equalizer(sample_rate=RATE)
equaliser.build(hiss[None].shape)
optimizer = keras.optimizers.Adam(0.1)
optimizer.build(equaliser.trainable_variables)


@tf.function(jit_compile=True)
def step():
    with tf.GradientTape() as tape:
        loss = distance(hidden[None], equaliser(hiss[None]))
    gradients = tape.gradient(loss, equaliser.trainable_variables)
    return loss, gradients


losses = []
for _ in range(STEPS):
    loss, gradients = step()
    optimizer.apply_gradients(zip(gradients, equaliser.trainable_variables, strict=True))
    losses.append(float(loss))
hz = np.geomspace(40, RATE / 2.1, 200)
asked = np.abs(st.sosfreqz(tf.stack(list(sections.values())), hz, sample_rate=RATE))
heard = np.abs(np.fft.rfft(equaliser(tf.one_hot([0], 2 * RATE))[0])[np.round(2 * hz).astype(int)])
figure, axes = plt.subplots(figsize=(9, 3.4), layout="constrained")
axes.semilogx(hz, 20 * np.log10(asked), label="hidden")
axes.semilogx(hz, 20 * np.log10(heard), "--", label="learnt")
axes.set(xlabel="Hz", ylabel="dB", title=f"The knobs, found in {STEPS} steps")
_ = axes.legend()
learnt_db = np.sqrt(np.mean((20 * np.log10(heard / asked)) ** 2))
print(f"the learnt response is off by {learnt_db:.2f} dB, root mean square")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
assert equaliser_off < 1e-9
assert moving_off < 1e-5
assert speech_off < 1e-5
assert max(radii) < 1
assert abs(seconds["below 500 Hz"] - 1.2) < 0.1
assert abs(seconds["above 6 kHz"] - 0.5) < 0.1
assert max(abs(level - sway) for level in vibrato_hz) < 0.3
assert np.max(np.abs(curve[levels > -20] - (-30 + (levels[levels > -20] + 30) / 4))) < 0.01
assert np.max(np.abs(curve[levels < -40] - levels[levels < -40])) < 0.01
assert np.abs(held).max() <= ceiling < np.abs(loud).max()
assert losses[-1] < 0.05 * losses[0]
assert learnt_db < 0.5
print("All of it holds.")
