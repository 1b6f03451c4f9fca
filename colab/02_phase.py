# ---
# jupyter:
#   colab:
#     name: 02_phase.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Phase: why it is hard, and how to get it
#
# A spectrogram shows how much of each frequency there is, and when. It leaves out the *phase*:
# where in its swing each frequency is. Without phase there is no sound. Here you see why a model
# finds phase hard to predict, what form of it is easy, and how to find it where it is missing. It
# takes less than a minute and needs no GPU.
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
from spectrotools.notebook import play, show, show_phase

# %% [markdown]
# ## Two recordings
#
# Five recordings come along: `brass`, `drums`, `piano`, `speech` and `strings`. We look at the
# notes of one, and take the phase away from another. Take other ones, or put the path of a file of
# your own into `PATHS`.

# %% tags=["parameters"]
NOTES = "brass"  # to look at
RECORDING = "speech"  # to lose the phase of
ITERATIONS = 60  # of each curve of convergence

# %%
PATHS = {path.stem: path for path in bundled()}


def read(name):
    channels, sample_rate = soundfile.read(PATHS[name], dtype="float32", always_2d=True)
    return channels[:, 0], sample_rate


notes, notes_rate = read(NOTES)
play(notes, sample_rate=notes_rate, label=f"{NOTES}, as recorded")

# %% [markdown]
# ## An arrow
#
# The short-time Fourier transform cuts a sound into overlapping frames, and gives each frame a row
# of complex numbers, its *bins*, one for each of many evenly spaced frequencies. Such a number is
# an arrow. Its length is the magnitude: how much of this frequency there is. Its direction is the
# phase: where in the swing it is.
#
# We take the recording, and the same recording 10 samples later.

# %%
stft = st.STFT(n_fft=1024, hop_length=256)
later = np.pad(notes, (10, 0))[: len(notes)]
print(f"{10 / notes_rate * 1000:.2f} ms later")
play(later, sample_rate=notes_rate, label=f"{NOTES}, 10 samples later")

# %% [markdown]
# Nobody hears a difference. Below are the longest arrow of all, drawn at length 1, and the first
# 100 bins of its frame.

# %%
now, then = stft(notes).numpy(), stft(later).numpy()
frame, loudest = np.unravel_index(np.argmax(np.abs(now)), now.shape)
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for spectrum, name, line in ((now, "as recorded", "C0-"), (then, "10 samples later", "C1:")):
    arrow = spectrum[frame, loudest] / np.abs(now[frame, loudest])
    panels[0].quiver(0, 0, arrow.real, arrow.imag, color=line[:2], scale=2.4, width=0.02)
    values = spectrum[frame, :100]
    panels[1].plot(20 * np.log10(np.abs(values)), line, label=name)
    panels[2].plot(np.degrees(np.angle(values)), line[:2] + ".", ms=4)
panels[0].set(title=f"Bin {loudest}", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
panels[0].set(xlabel="real part", ylabel="imaginary part")
panels[1].set(title="Magnitudes", xlabel="bin", ylabel="dB")
panels[2].set(title="Phases", xlabel="bin", ylabel="degrees", yticks=range(-180, 181, 90))
_ = figure.legend(loc="outside lower center", ncols=2)

# %% [markdown]
# The magnitudes lie on one another. The phases have all moved, each bin's by another angle. Two
# angles drawn by lot are 90 degrees apart on average, and so are these.


# %%
def off_db(result, reference):
    return 20 * np.log10(np.linalg.norm(result - reference) / np.linalg.norm(reference))


loud = np.abs(now) > np.abs(now).max() / 1000  # within 60 dB of the loudest
apart = np.degrees(np.abs(np.angle(then[loud] * now[loud].conj()))).mean()
magnitudes_db = off_db(np.abs(then), np.abs(now))
arrows_db = off_db(then, now)
print(f"magnitudes differ by {magnitudes_db:.1f} dB of all there is, arrows by {arrows_db:.1f} dB")
print(f"phases differ by {apart:.1f} degrees on average")

# %% [markdown]
# This is why phase is hard. A model that is asked for it must tell apart what no listener can. One
# that cannot is least wrong with the mean of all the arrows that might be meant, which is nothing.
#
# ## Round and round
#
# Phase from one frame to the next is another matter. Take a tone of 440 Hz, in frames that follow
# each other every 4 samples, and the bin nearest to it, whose middle is at 437.5 Hz.

# %%
rate = 16000
time = np.arange(2 * rate) / rate
tone = (0.5 * np.cos(2 * np.pi * 440 * time)).astype(np.float32)
dense = st.STFT(n_fft=512, hop_length=4)
phase = st.angle(dense(tone))[64:-64, 14]  # not the ends, where frames reach into silence
line = st.unwrap(phase, axis=-1)

# %%
milliseconds = 1000 * 4 / rate * np.arange(60)
figure, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
panels[0].plot(milliseconds, phase[:60], ".-", ms=5, lw=0.8)
panels[0].set(title="Phase, as it is measured", ylabel="radians")
panels[0].set_yticks([-np.pi, 0, np.pi], ["−π", "0", "π"])
panels[1].plot(milliseconds, line[:60] / (2 * np.pi), ".-", ms=5, lw=0.8)
panels[1].set(title="Unwrapped", ylabel="turns")
for panel in panels:
    panel.set_xlabel("milliseconds")

# %% [markdown]
# The arrow turns evenly, but an angle is only known up to whole turns, so it is *wrapped*: it
# jumps from π to −π. `st.unwrap` adds the turns again, as `np.unwrap` does. What comes out is a
# line, and its slope is the frequency.


# %%
def slope_hertz(radians, hop_length):
    turns = np.asarray(radians, np.float64) / (2 * np.pi)
    return np.polyfit(np.arange(len(turns)), turns, 1)[0] * rate / hop_length


unlike_numpy = np.max(np.abs(line - np.unwrap(np.asarray(phase, np.float64))))
slope = slope_hertz(line, 4)
print(f"slope {slope:.4f} Hz, at most {unlike_numpy:.4f} radians from np.unwrap in float64")

# %% [markdown]
# A hop of 4 samples is a luxury. Common hops are 128 samples and more. Then the arrow makes
# several turns between two frames, 3.52 here, of which nobody sees the whole ones. Unwrapping
# takes the nearest way round, and that is the wrong one.

# %%
coarse = st.STFT(n_fft=512, hop_length=128)
measured = st.angle(coarse(tone))
mistaken = slope_hertz(st.unwrap(measured[2:-2, 14], axis=-1), 128)
print(f"slope {mistaken:.1f} Hz of a tone of 440 Hz")

# %% [markdown]
# ## Instantaneous frequency
#
# The way out: a bin only hears what is near its middle. The middle of bin $k$ of $N$ makes $kH/N$
# turns in a hop of $H$ samples, and these are taken off before wrapping. What is left is small:
# how much faster the tone turns than the middle of its bin. `st.instantaneous_frequency` gives it
# in half turns a hop, between −1 and 1. With the sample rate $f_s$, a value $f$ in bin $k$ means
# $f_s (k / N + f / 2H)$ Hz. This is right for tones up to $f_s / 2H$ from the middle: 62.5 Hz
# here, or two bins.
#
# Read a tone of 1010 Hz, which is 10 Hz above the middle of bin 32.


# %%
def hertz(sound, row):
    phase = st.angle(coarse(sound))
    frequency = st.instantaneous_frequency(phase, hop_length=128, n_fft=512)[:, row]
    return rate * (row / 512 + frequency.numpy().astype(np.float64) / (2 * 128))


steady = (0.5 * np.cos(2 * np.pi * 1010 * time)).astype(np.float32)
read_hertz = hertz(steady, 32)[3:-3]
error_hertz = np.max(np.abs(read_hertz - 1010))
print(f"{read_hertz.min():.5f} to {read_hertz.max():.5f} Hz, off by {error_hertz:.5f} Hz at most")

# %% [markdown]
# A tone that moves is read while it moves. Here is one with vibrato, 15 Hz up and down five times
# a second.

# %%
path = 440 + 15 * np.sin(2 * np.pi * 5 * time)
vibrato = (0.5 * np.cos(2 * np.pi * np.cumsum(path) / rate)).astype(np.float32)
play(vibrato, sample_rate=rate, label="a tone of 440 Hz with vibrato")

# %%
followed = hertz(vibrato, 14)[3:-3]
seconds = coarse.times(len(followed) + 6, rate)[3:-3] - 64 / rate  # halfway between two frames
error_vibrato = np.max(np.abs(followed - np.interp(seconds, time, path)))
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
axes.plot(time, path, lw=3, color="0.8", label="what was played")
axes.plot(seconds, followed, ".", ms=4, label="what bin 14 reads")
axes.axhline(437.5, lw=0.8, ls=":", color="C3", label="the middle of bin 14")
axes.set(xlabel="seconds", ylabel="Hz", xlim=(0, 1))
axes.legend(loc="lower right")
print(f"off by {error_vibrato:.2f} Hz at most")

# %% [markdown]
# ## Adding it up again
#
# The way back adds the steps up. In float32 that goes wrong slowly: the larger the sum, the
# coarser the steps between the numbers that float32 has near it, and each addition rounds. Let the
# tone of 1010 Hz go on for ten minutes. Bin 32 makes exactly 8 turns in a hop, which can be left
# out, so its steps are simply the differences.

# %%
frames = np.arange(10 * 60 * rate // 128)
true_turns = 1010 * 128 / rate * frames % 1  # float64
long = (2 * np.pi * true_turns).astype(np.float32)[:, np.newaxis]
steps = st.wrap_phase(np.diff(long, axis=0, prepend=np.float32(0)))
frequency = st.instantaneous_frequency(long, hop_length=128, n_fft=512)
sums = {
    "np.cumsum of float32": np.cumsum(steps, axis=0, dtype=np.float32),
    "st.unwrap": st.unwrap(long),
    "st.accumulate_phase": st.accumulate_phase(frequency, hop_length=128, n_fft=512),
}

# %%
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
drift = {}
for name, radians in sums.items():
    turns = np.asarray(radians, np.float64)[:, 0] / (2 * np.pi) - true_turns
    worst = np.maximum.accumulate(np.abs(turns - np.round(turns)))
    axes.semilogy(frames * 128 / rate / 60, np.maximum(worst, 1e-9), label=name)
    drift[name] = worst[-1]
    print(f"{name:22} off by {worst[-1]:.1e} turns at worst")
axes.set(xlabel="minutes", ylabel="largest error so far, turns", xlim=(0, 10), ylim=(1e-9, 1))
_ = figure.legend(loc="outside upper center", ncols=3)

# %% [markdown]
# A plain sum is half a turn off at times, which is as far as an angle can be. `st.unwrap` counts
# its turns in integers, so it is only as wrong as large numbers in float32 are coarse.
# `st.instantaneous_frequency` rounds phase once, to multiples of $2^{-24}$ half turns. Differences
# of such numbers are such numbers again. `st.accumulate_phase` sums them as integers, and an
# integer that overflows comes round at the other end, as an angle does. Nothing more is lost.
#
# ## A picture of phase
#
# Now the recording, in rows evenly spaced in pitch. Red is a tone that is higher than its row,
# blue one that is lower, white is on it, and black is 60 dB below the loudest. A note is a band
# from red to blue, and no longer anything like noise.

# %%
show_phase(notes, sample_rate=notes_rate, title=f"{NOTES}: instantaneous frequency")

# %% [markdown]
# `st.MagnitudeIF` makes two pictures of a sound, bin by bin: the logarithm of the magnitude, and
# the instantaneous frequency. A model can learn both, as GANSynth did in 2019. And it has an
# inverse.

# %%
rep = st.MagnitudeIF(stft)
log_magnitude, frequency = rep(notes)
restored = rep.inverse((log_magnitude, frequency), length=len(notes)).numpy()
restored_db = 20 * np.log10(np.max(np.abs(restored - notes)) / np.max(np.abs(notes)))
print(f"two pictures of {frequency.shape}; largest error {restored_db:.1f} dB of the peak")

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
extent = (0, len(notes) / notes_rate, 0, notes_rate / 2)
for panel, values, title, unit, limits, colours in (
    (panels[0], log_magnitude, "Log-magnitude", "natural logarithm", (-14, 6), "magma"),
    (panels[1], frequency, "Instantaneous frequency", "half turns a hop", (-1, 1), "RdBu_r"),
):
    image = panel.imshow(np.transpose(values), origin="lower", aspect="auto", extent=extent)
    image.set(cmap=colours, clim=limits)
    panel.set(title=title, xlabel="seconds", ylim=(0, 2000))
    figure.colorbar(image, pad=0.02, label=unit)
_ = panels[0].set_ylabel("Hz")

# %%
play(restored, sample_rate=notes_rate, label=f"{NOTES}, back from the two pictures")

# %% [markdown]
# ## Magnitudes alone
#
# Many models give no phase at all. What can be made of magnitudes? Here is the other recording,
# and what it becomes with all phases 0, and with phases by lot.

# %%
audio, sample_rate = read(RECORDING)
magnitude = tf.abs(stft(audio))
play(audio, sample_rate=sample_rate, label=f"{RECORDING}, as recorded")


# %%
def with_phase(phase):
    return stft.inverse(st.polar(magnitude, phase), length=len(audio))


zero = with_phase(tf.zeros_like(magnitude))
play(zero, sample_rate=sample_rate, label="the right magnitudes, phases 0")

# %%
lot = tf.random.stateless_uniform(magnitude.shape, seed=(0, 1), minval=-np.pi, maxval=np.pi)
by_lot = with_phase(lot)
play(by_lot, sample_rate=sample_rate, label="the right magnitudes, phases by lot")

# %% [markdown]
# Frames overlap, so each sample is in several of them, and phases that do not fit make them
# disagree about it. Of the phases that do fit, magnitudes tell a great deal. `st.pghi` reads it
# off them in one pass, without iterations; how, we see further below.

# %%
guessed = with_phase(st.pghi(magnitude, stft))
play(guessed, sample_rate=sample_rate, label="phases guessed by st.pghi")

# %% [markdown]
# `st.griffin_lim` goes on from there. It makes a sound, analyses it, keeps the phases, puts the
# right magnitudes back on them, and begins again.

# %%
found = st.griffin_lim(magnitude, stft, length=len(audio), n_iter=30)
play(found, sample_rate=sample_rate, label="after 30 iterations of st.griffin_lim")

# %% [markdown]
# Analyse each of these sounds again: how far are its magnitudes from the right ones?

# %%
sounds = {"0": zero, "by lot": by_lot, "st.pghi": guessed, "st.griffin_lim": found}
mismatch_db = {name: off_db(abs(stft(sound)), magnitude) for name, sound in sounds.items()}
for name, value in mismatch_db.items():
    print(f"phases {name:15} magnitudes off by {value:6.1f} dB of all there is")

# %% [markdown]
# ## How fast it gets there
#
# Two things count: where it starts, and how it goes on. It can start from phases by lot, from
# `"pghi"`, or from `"forest"`, which guesses along the loudest paths and takes longer over it. It
# can go on as Griffin and Lim did in 1984 (`"classic"`), with the momentum of 2013 that librosa
# and torchaudio use (`"fast"`), or with that of 2023 (`"accelerated"`).

# %%
WAYS = {
    "random, classic": ("random", "classic"),
    "random, fast": ("random", "fast"),
    "random, accelerated": ("random", "accelerated"),
    "pghi, accelerated": ("pghi", "accelerated"),
    "forest, accelerated": ("forest", "accelerated"),
}
traces = {}
for name, (init, algorithm) in WAYS.items():
    settings = {"n_iter": ITERATIONS, "algorithm": algorithm, "init": init}
    _, trace = st.griffin_lim(magnitude, stft, length=len(audio), return_trace=True, **settings)
    traces[name] = trace.numpy()

# %%
figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
for name, trace in traces.items():
    axes.plot(trace, label=name)
axes.axhline(-25, lw=0.8, ls=":", color="0.4")
axes.set(xlabel="iterations", ylabel="magnitudes off by, dB", xlim=(0, ITERATIONS))
_ = axes.legend(ncols=2)

# %%
needed = {}
print("iterations to -25 dB")
for name, trace in traces.items():
    needed[name] = next((i for i, level in enumerate(trace) if level <= -25), len(trace))
    reached = needed[name] < len(trace)
    print(f"{name:20} {needed[name] if reached else f'more than {ITERATIONS}':>12}")

# %% [markdown]
# A good start saves iterations, and so does a good algorithm. Whoever has time for many of them
# needs the start less: here, `"accelerated"` from phases by lot at last catches up with `"pghi"`,
# though not with `"forest"`.
#
# ## Why magnitudes know
#
# Look at the peak that a steady tone makes in one frame, rising from bin to bin and falling again.
# On the rising side lie the bins below the tone: it is higher than they are, so their phase runs
# ahead of their middle. On the falling side phase lags behind. So the slope of the magnitude
# across frequency tells how phase moves in time. For a window shaped like a bell, a Gaussian, this
# is an equation: where the natural logarithm of the magnitude has the slope $s$ per bin, the
# instantaneous frequency is $f_s\,s / (2 \pi c N)$ Hz above the middle of the bin. The number $c$
# says how wide the bell is. Of all bells, the one with $c = 0.249$ is nearest to the Hann window
# that we use.
#
# Here is a chirp, a tone that glides from 200 to 5000 Hz, and the two sides of this equation.

# %%
glide = (0.5 * np.sin(2 * np.pi * (200 * time + 1200 * time**2))).astype(np.float32)
play(glide, sample_rate=rate, label="a chirp")


# %%
def told_and_true(window, c):
    """Hz above the middle of the bin, by magnitudes and by phase, where there is energy."""
    chirp = st.STFT(n_fft=512, hop_length=64, window=window)(glide).numpy()[8:-8]
    slope = np.gradient(np.log(np.abs(chirp) + 1e-9), axis=1)
    told = rate / (2 * np.pi * c * 512) * (slope[1:] + slope[:-1]) / 2
    steps = st.instantaneous_frequency(st.angle(chirp), hop_length=64, n_fft=512)
    true = rate / (2 * 64) * steps.numpy()[1:]
    faintest = np.minimum(np.abs(chirp[1:]), np.abs(chirp[:-1]))
    faint = faintest < np.abs(chirp).max() / 10  # 20 dB below the loudest
    return np.ma.masked_where(faint, told), np.ma.masked_where(faint, true)


told, true = told_and_true("hann", 0.249)
told_bell, true_bell = told_and_true(("gaussian", 512 / 8), 2 * np.pi / 8**2)

# %%
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
extent = (8 * 64 / rate, (8 + len(told)) * 64 / rate, 0, rate / 2)
for panel, values, title in ((panels[0], told, "Told by magnitudes"), (panels[1], true, "True")):
    image = panel.imshow(values.T, origin="lower", aspect="auto", extent=extent, cmap="RdBu_r")
    image.set_clim(-40, 40)
    panel.set(title=title, xlabel="seconds", xlim=(0.95, 1.05), ylim=(2300, 2900))
    panel.set_facecolor("black")
panels[0].set_ylabel("Hz")
figure.colorbar(image, ax=panels[1], label="Hz above the bin")
panels[2].plot(coarse.frequencies(rate), told[250], "o-", label="told")
panels[2].plot(coarse.frequencies(rate), true[250], "x--", label="true")
panels[2].set(title="One frame", xlabel="middle of the bin, Hz")
_ = panels[2].legend()


# %%
def rms(values):
    return np.sqrt(np.mean(values**2))


told_error, bell_error = rms(told - true), rms(told_bell - true_bell)
print(f"Hann window: off by {told_error:.2f} Hz of {rms(true):.1f} Hz")
print(f"Gaussian window: off by {bell_error:.2f} Hz of {rms(true_bell):.1f} Hz")

# %% [markdown]
# With the bell it is exact, but for rounding and what the ends of the window cut off. With the
# Hann window it is near, and best where it counts, about the peak.
#
# So the step of phase from frame to frame is known, and by a like equation the step from bin to
# bin. `st.pghi` adds these steps up, and where they contradict each other it goes by the loud
# bins. The idea, and the name, short for phase gradient heap integration, are from Průša, Balazs
# and Søndergaard, 2017.
#
# ## From a mel picture
#
# Speech models often give not even magnitudes but a *mel* spectrogram: fewer rows, close together
# where the ear tells pitches apart, far apart above. `pseudo_inverse` finds magnitudes that fit it
# best, and Griffin-Lim phases that fit them.

# %%
mel = st.LogMel(stft, sample_rate=sample_rate, n_mels=80)
fitted = mel.pseudo_inverse(mel(audio))
from_mel = st.griffin_lim(fitted, stft, length=len(audio)).numpy()
print(f"{magnitude.shape[1]} magnitudes a frame -> {mel.n_mels} mel bands -> and back")
play(from_mel, sample_rate=sample_rate, label="from the mel picture")

# %%
show(audio, sample_rate=sample_rate, title="The recording", top_db=0.0)

# %%
show(from_mel, sample_rate=sample_rate, title="From the mel picture", top_db=0.0)

# %% [markdown]
# What is lost? The magnitudes that were found have the very mel picture that they were made from,
# so nothing in it says that they are wrong. Yet they are not those of the recording. The higher a
# mel band lies, the wider it is, and the overtones that share one become one hill, as in the
# loudest frame here.

# %%
loudest = np.argmax(np.linalg.norm(magnitude, axis=1))
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
for values, name in ((magnitude, "the recording"), (fitted, "from the mel picture")):
    levels = 20 * np.log10(np.maximum(values[loudest], 1e-3))
    axes.plot(stft.frequencies(sample_rate), levels, lw=1, label=name)
axes.set(xlabel="Hz", ylabel="dB", xlim=(0, 5000), ylim=(-60, 40))
_ = axes.legend()

# %%
low = stft.frequencies(sample_rate) < 1000
same_mel_db = off_db(fitted @ mel.filterbank, magnitude @ mel.filterbank)
low_db = off_db(fitted.numpy()[:, low], magnitude.numpy()[:, low])
high_db = off_db(fitted.numpy()[:, ~low], magnitude.numpy()[:, ~low])
print(f"mel picture off by {same_mel_db:.1f} dB")
print(f"magnitudes off by {low_db:.1f} dB below 1 kHz, {high_db:.1f} dB above")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
assert magnitudes_db <= -30 < -6 < arrows_db
assert 80 < apart < 100
assert abs(slope - 440) < 0.01
assert unlike_numpy < 0.01
assert abs(mistaken + 60) < 0.1
assert error_hertz < 0.01
assert error_vibrato < 1
assert drift["st.accumulate_phase"] < 1e-6 < 0.05 < drift["np.cumsum of float32"]
assert restored_db <= -120
assert mismatch_db["st.griffin_lim"] < mismatch_db["st.pghi"] - 2 < mismatch_db["by lot"] - 8
assert traces["random, accelerated"][-1] < traces["random, classic"][-1] - 2
assert traces["pghi, accelerated"][5] < traces["random, accelerated"][10] - 2
assert needed["forest, accelerated"] <= needed["pghi, accelerated"]
assert needed["pghi, accelerated"] <= needed["random, accelerated"] <= needed["random, classic"]
assert bell_error < 0.1 < told_error < rms(true) / 3
assert same_mel_db <= -60 < -35 < low_db < high_db - 1
print("All of it holds.")
