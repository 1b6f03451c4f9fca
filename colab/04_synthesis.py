# ---
# jupyter:
#   colab:
#     name: 04_synthesis.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Synthesis: sound from a few controls
#
# A model of sound need not give every sample. It can give *controls*, a few hundred times a
# second: the pitch, how loud, how the harmonics share it, what colour the noise has. A synthesiser
# makes sound of them. Here you hear and see such synthesisers: that they stay in tune, where they
# click or alias and where they do not, and how controls are learnt from a sound. It takes about a
# minute and needs no GPU.
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
import scipy.signal
import scipy.special
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data.recordings import bundled
from spectrotools.notebook import play, show

# %% [markdown]
# ## Settings
#
# Controls come in *frames*, one every `HOP` samples. `RECORDING` is learnt further below. It has
# to be a single voice: of the recordings that come along only `speech` is. Or put the path of a
# file of your own into the cell that reads it.

# %% tags=["parameters"]
RECORDING = "speech"
STEPS = 200  # of gradient descent, to learn it
MINUTES = 10  # that a tone lasts, to see whether it stays in tune
RATE, HOP = 16000, 64  # of the sounds that we make ourselves: 250 frames a second

# %% [markdown]
# ## A tone from controls
#
# Three controls make a tone: its pitch in Hz, its amplitude, and the *harmonic distribution*, the
# share that each harmonic has in it. This one glides up a fifth, and grows brighter all the time:
# the shares of its 40 harmonics fall off steeply at first, and less and less so.


# %%
def times(seconds):
    """When the frames are."""
    return np.arange(round(seconds * RATE / HOP), dtype=np.float32) * HOP / RATE


now = times(3)
up = np.clip(now - 1, 0, 1)
f0_hz = 220 * 2 ** (7 / 12 * (3 * up**2 - 2 * up**3))
amplitudes = 0.5 * np.clip(np.minimum(now / 0.05, (3 - now) / 0.5), 0, 1)
shares = np.arange(1, 41) ** -np.linspace(4, 1, len(now), dtype=np.float32)[:, np.newaxis]
shares = st.normalize_harmonics(shares, f0_hz, sample_rate=RATE)
settings = {"sample_rate": RATE, "hop_length": HOP}
tone = st.harmonic_synthesis(f0_hz, amplitudes, shares, **settings).numpy()
print(f"{len(now)} frames of {2 + shares.shape[1]} numbers -> {len(tone)} samples")
play(tone, sample_rate=RATE, label="a tone from controls")

# %%
figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
panels[0].plot(now, f0_hz)
panels[0].set(title="Pitch", xlabel="seconds", ylabel="Hz", ylim=(200, 350))
panels[1].plot(now, amplitudes)
panels[1].set(title="Amplitude", xlabel="seconds")
levels = 20 * np.log10(np.maximum(shares, 1e-5)).T
image = panels[2].imshow(levels, origin="lower", aspect="auto", extent=(0, 3, 0.5, 40.5))
image.set(cmap="magma", clim=(-80, 0))
panels[2].set(title="Harmonic distribution", xlabel="seconds", ylabel="harmonic")
_ = figure.colorbar(image, label="dB")

# %%
show(tone, sample_rate=RATE, title="The tone")

# %% [markdown]
# ## What does not fit
#
# Sound sampled 16,000 times a second has room for frequencies below 8,000 Hz, the *Nyquist
# frequency*. What is higher comes back from there, mirrored: it *aliases*. So a harmonic has to be
# silent from the sample on where it would get there. Below, eight harmonics climb out of reach:
# first plain sines of the same phase, then `st.harmonic_synthesis`, which cuts (`nyquist="hard"`)
# or fades over the last tenth of the way (`"smooth"`).

# %%
climb = np.linspace(500, 3000, len(times(2)), dtype=np.float32)
loud, equal = 0.5 * np.ones_like(climb), np.full([len(climb), 8], 1 / 8, np.float32)
phase = st.oscillator_phase(climb, **settings)
climbs = {"plain sines": sum(np.sin(k * phase.numpy()) for k in range(1, 9)) / 16}
for nyquist in ("hard", "smooth"):
    audio = st.harmonic_synthesis(climb, loud, equal, nyquist=nyquist, **settings)
    climbs[f'nyquist="{nyquist}"'] = audio.numpy()
play(climbs["plain sines"], sample_rate=RATE, label="plain sines")

# %%
play(climbs['nyquist="smooth"'], sample_rate=RATE, label='nyquist="smooth"')

# %%
fine = st.STFT(n_fft=1024, hop_length=128, window="blackmanharris")


def draw(axes, audio, title, stft=fine):
    levels = 20 * np.log10(np.maximum(np.abs(stft(audio)).T, 1e-9))
    image = axes.imshow(levels, origin="lower", aspect="auto", cmap="magma")
    image.set(
        extent=(0, len(audio) / RATE, 0, RATE / 2000), clim=(levels.max() - 100, levels.max())
    )
    axes.set(title=title, xlabel="seconds")
    return image


figure, panels = plt.subplots(1, 3, figsize=(9, 3.4), sharey=True, layout="constrained")
for panel, (name, audio) in zip(panels, climbs.items(), strict=True):
    image = draw(panel, audio, name)
panels[0].set_ylabel("kHz")
_ = figure.colorbar(image, label="dB")

# %% [markdown]
# The upright lines in the middle are clicks, where a harmonic stops at once. How loud are the two
# faults? Below the fundamental there should be nothing. We take the loudest that is there.


# %%
def below_db(audio):
    """The loudest below 350 Hz, but for the ends, in decibels of the loudest of all."""
    magnitudes = np.abs(fine(audio)).astype(np.float64)[8:-8]
    return 20 * np.log10(magnitudes[:, fine.frequencies(RATE) < 350].max() / magnitudes.max())


stray_db = {name: below_db(audio) for name, audio in climbs.items()}
for name, level in stray_db.items():
    print(f"{name:17} {level:7.1f} dB below the fundamental")

# %% [markdown]
# ## In tune for hours
#
# An oscillator adds up steps of phase. In float32 that goes wrong: the larger the sum, the coarser
# the numbers near it, and each addition rounds. `st.harmonic_synthesis` counts phase in integers,
# $2^{64}$ to the turn. An integer that overflows comes round at the other end, as an angle does,
# and nothing is lost. Let a tone of 440 Hz, of eight harmonics, go on for `MINUTES` minutes.

# %%
length = 60 * MINUTES * RATE
spectrum = (1 / np.arange(1, 9)).astype(np.float32)
steady = [np.full(length // HOP, level, np.float32) for level in (440, 0.3)]
counted = st.harmonic_synthesis(*steady, np.tile(spectrum, [length // HOP, 1]), **settings).numpy()
steps = np.full(length, 2 * np.pi * 440 / RATE, np.float32)
steps[0] = 0
phase = np.cumsum(steps, dtype=np.float32)


def harmonics(phase):
    return 0.3 * sum(share * np.sin(k * phase) for k, share in enumerate(spectrum, 1))


# %%
def in_the_second_before(end):
    """The pitch of the sum, and the errors of both, relative to the tone."""
    part = slice((end - 1) * RATE, end * RATE)
    true = harmonics(2 * np.pi * (440 * np.arange(RATE) % RATE) / RATE)  # in float64
    turns = (phase[part][-1].astype(np.float64) - phase[part][0]) / (2 * np.pi)
    errors = (harmonics(phase[part]) - true, counted[part] - true)
    return turns / (RATE - 1) * RATE, *(np.linalg.norm(e) / np.linalg.norm(true) for e in errors)


ends = np.unique(np.geomspace(1, 60 * MINUTES, 60).astype(int))
hertz_of_sum, *errors = np.transpose([in_the_second_before(end) for end in ends])
errors_db = dict(zip(("float32 sum", "st.harmonic_synthesis"), 20 * np.log10(errors), strict=True))

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
panels[0].semilogx(ends, hertz_of_sum, ".-")
panels[0].axhline(440, lw=0.8, ls=":", color="0.4")
panels[0].set(title="Pitch of the float32 sum", ylabel="Hz")
for name, values in errors_db.items():
    panels[1].semilogx(ends, values, ".-", label=name)
panels[1].set(title="Error of the sound", ylabel="dB of the tone", ylim=(-160, 20))
panels[1].legend(loc="center left")
ticks = {1: "1 s", 4: "4 s", 15: "15 s", 60: "1 min", 60 * MINUTES: f"{MINUTES} min"}
for panel in panels:
    panel.set_xticks(list(ticks), ticks.values())
    panel.set_xticks([], minor=True)

# %%
for end, name in ticks.items():
    place = np.flatnonzero(ends >= end)[0]
    both = ", ".join(f"{key} {values[place]:6.1f} dB" for key, values in errors_db.items())
    print(f"{name:>6}: the sum sounds at {hertz_of_sum[place]:6.2f} Hz; errors: {both}")
play(harmonics(phase[-2 * RATE :]), sample_rate=RATE, label="the float32 sum, its last 2 seconds")

# %%
play(counted[-2 * RATE :], sample_rate=RATE, label="st.harmonic_synthesis, its last 2 seconds")

# %% [markdown]
# Within four seconds, which is how long the clips of DDSP are, the wave of the sum is as wrong as
# can be. That need not be heard. After minutes it is out of tune, and that is.
#
# Who plays live makes the sound in blocks. With `return_phase` each block hands on its phase, an
# integer, and the next begins there. Here is the first tone again, in blocks of 100 ms. A block
# needs one frame more than it has hops: the one that it is on its way to.

# %%
blocks, state = [], tf.constant(0, tf.int64)
for a in range(0, len(now), 25):
    part = slice(a, a + 26)
    block, state = st.harmonic_synthesis(
        f0_hz[part],
        amplitudes[part],
        shares[part],
        length=25 * HOP,
        initial_phase=state,
        return_phase=True,
        **settings,
    )
    blocks.append(block)
blocks_off = np.max(np.abs(np.concatenate(blocks) - tone))
print(f"{len(blocks)} blocks, at most {blocks_off:.1e} from the whole")

# %% [markdown]
# ## Noise
#
# Breath, bow, wind and rain are noise. `st.white_noise` gives the sample at each place by a
# function of the place and of a seed, so the same seed gives the same noise, and noise that starts
# later is the rest of it. `st.velvet_noise` is one impulse, of 1 or −1, in each cell of a grid.
# From some 1,500 impulses a second on it sounds smoother than white noise.

# %%
white = st.white_noise(2 * RATE, seed=7).numpy()
rest = st.white_noise(RATE, seed=7, start=RATE).numpy()
print(f"the rest of the same noise: {np.array_equal(white[RATE:], rest)}")
velvet = {
    density: st.velvet_noise(2 * RATE, seed=7, sample_rate=RATE, density=density).numpy()
    for density in (100, 2000)
}
figure, panels = plt.subplots(1, 3, figsize=(9, 2.4), sharey=True, layout="constrained")
part = slice(0, RATE // 40)
for panel, (density, noise) in zip(panels, {None: white, **velvet}.items(), strict=True):
    panel.vlines(1000 * np.arange(RATE)[part] / RATE, 0, noise[part], lw=0.8)
    panel.set(title=f"Velvet, {density} a second" if density else "White", xlabel="milliseconds")


# %%
def as_loud(noise):
    return 0.1 * noise / np.std(noise)


play(as_loud(white), sample_rate=RATE, label="white noise")

# %%
play(as_loud(velvet[100]), sample_rate=RATE, label="velvet noise, 100 impulses a second")

# %%
play(as_loud(velvet[2000]), sample_rate=RATE, label="velvet noise, 2,000 impulses a second")

# %% [markdown]
# `st.filtered_noise` shapes noise by *magnitudes*, gains in bands evenly spaced in Hz, a row for
# each frame. They can be drawn: a band of wind that wavers, and one that falls.

# %%
now = times(4)[:, np.newaxis]
bands = np.linspace(0, RATE / 2, 129, dtype=np.float32)
wavering = 1500 + 700 * np.sin(2 * np.pi * 0.6 * now) + 150 * np.sin(2 * np.pi * 3.1 * now)
falling = 7000 * 2 ** (-now / 1.3)
magnitudes = np.exp(-(((bands - wavering) / 200) ** 2)) + np.exp(-(((bands - falling) / 150) ** 2))
magnitudes *= np.clip(np.minimum(now / 0.3, (4 - now) / 0.5), 0, 1)
wind = st.filtered_noise(magnitudes, hop_length=HOP, seed=1).numpy()
play(as_loud(wind), sample_rate=RATE, label="noise in two bands that move")

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
wanted = panels[0].imshow(20 * np.log10(np.maximum(magnitudes.T, 1e-6)), origin="lower")
wanted.set(extent=(0, 4, 0, RATE / 2000), cmap="magma", clim=(-60, 0))
panels[0].set(title="The magnitudes", xlabel="seconds", ylabel="kHz", aspect="auto")
image = draw(panels[1], wind, "The noise", st.STFT(n_fft=512, hop_length=128))
_ = figure.colorbar(image, label="dB")

# %% [markdown]
# How do filters change from one frame to the next? DDSP switches from one to the other, a filter
# for each hop. `st.filtered_noise` crossfades what the two filters make of the sound, by half a
# raised cosine. Noise hides the difference. So send a tone of 997 Hz through
# `st.time_varying_fir`, which filters any sound in the same way, with a gain that swings by 20 dB,
# three times a second; `convention="ddsp"` switches.

# %%
now = times(4)
whistle = st.tone(997, sample_rate=RATE, length=4 * RATE).numpy()
gains = 10 ** ((10 * np.sin(2 * np.pi * 3 * now) - 10) / 20)
gains = np.tile(gains[:, np.newaxis], [1, 65])
ways = {"switched, as DDSP does": "ddsp", "crossfaded": None}
swung = {
    name: st.time_varying_fir(whistle, gains, hop_length=HOP, convention=convention).numpy()
    for name, convention in ways.items()
}

# %%
figure, panels = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
spurs_db = {}
for panel, (name, audio) in zip(panels, swung.items(), strict=False):
    image = draw(panel, audio, name)
    panel.set(xlim=(0.5, 1.5), ylabel="kHz")
    middle = audio[RATE // 2 : -RATE // 2]
    lines = np.abs(np.fft.rfft(middle * scipy.signal.get_window("blackmanharris", len(middle))))
    lines = 20 * np.log10(lines / lines.max())
    hertz_of = np.fft.rfftfreq(len(middle), 1 / RATE)
    spurs_db[name] = lines[np.abs(hertz_of - 997) > 150].max()
    panels[2].plot(hertz_of / 1000, lines, lw=0.6, label=name)
    print(f"{name:22} largest spur {spurs_db[name]:.1f} dB")
figure.colorbar(image, ax=panels[1], label="dB")
panels[2].set(title="Over all the time", xlabel="kHz", ylabel="dB of the tone", ylim=(-130, 5))
_ = panels[2].legend(loc="upper right", fontsize="small")

# %% [markdown]
# ## Between frames
#
# `st.upsample` brings controls from frames to samples in four ways: it holds them, or joins them
# by lines, by half a raised cosine, or by cubics through them.

# %%
points = np.array([0.0, 1.0, 0.3, 0.4, 0.9, 0.9, 0.1, 0.0], np.float32)
methods = ("nearest", "linear", "cosine", "cubic")
figure, panels = plt.subplots(1, 4, figsize=(9, 2.4), sharey=True, layout="constrained")
for panel, method in zip(panels, methods, strict=True):
    panel.plot(np.arange(700) / 100, st.upsample(points, hop_length=100, method=method)[:700])
    panel.plot(points, "o", ms=4)
    panel.set(title=method, xlabel="frames")

# %% [markdown]
# The method can be heard where frames are few. Let 50 frames a second be the amplitude of a tone
# of 997 Hz that swells three times a second. What is neither tone nor swell is a buzz, at 50 Hz
# and its multiples beside the tone.

# %%
few = 0.5 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(200, dtype=np.float32) / 50)
swells = {m: whistle * st.upsample(few, hop_length=RATE // 50, method=m).numpy() for m in methods}
buzz_db = {}
for method, audio in swells.items():
    lines = np.abs(np.fft.rfft(audio * scipy.signal.get_window("blackmanharris", len(audio))))
    far = np.abs(np.fft.rfftfreq(len(audio), 1 / RATE) - 997) > 30
    buzz_db[method] = 20 * np.log10(lines[far].max() / lines.max())
    print(f"{method:8} largest line of the buzz {buzz_db[method]:6.1f} dB of the tone")
play(0.5 * swells["nearest"], sample_rate=RATE, label="held")

# %%
play(0.5 * swells["cubic"], sample_rate=RATE, label="by cubics")

# %% [markdown]
# Half a cosine has no corners, but it stands still at every frame, and so it buzzes more than a
# line does. A cubic keeps moving.
#
# ## Notes
#
# `st.adsr` is the envelope of a note: attack, decay, sustain, and a release from wherever the key
# lets go. `curvature` bends its lines as capacitors do in an analogue synthesiser. `st.glide` lets
# the pitch slide from note to note, in a straight line or like a charge, and over rests (NaN) as
# well.

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
times_of = {"attack_seconds": 0.1, "decay_seconds": 0.3, "sustain": 0.5, "release_seconds": 0.4}
for held, curvature, style in ((0.7, 0, "C0"), (0.7, 5, "C1"), (0.06, 0, "C0--")):
    curve = st.adsr(
        **times_of, note_seconds=held, sample_rate=1000, length=1200, curvature=curvature
    )
    label = f"held {held} s, curvature={curvature}"
    panels[0].plot(np.arange(1200) / 1000, curve, style, label=label)
panels[0].set(title="st.adsr", xlabel="seconds")
panels[0].legend(fontsize="small")
score_hz = np.repeat(librosa.note_to_hz(["C4", "G4", "C4", "C5", "A4"]), 125).astype(np.float32)
score_hz[250:300] = np.nan
now = np.arange(len(score_hz)) * HOP / RATE
panels[1].semilogy(now, score_hz, color="0.7", lw=3, label="notes")
for curve in ("linear", "exponential"):
    slid = st.glide(score_hz, 0.12, sample_rate=RATE, hop_length=HOP, curve=curve)
    panels[1].semilogy(now, slid, label=f'curve="{curve}"')
names = ["C4", "G4", "A4", "C5"]
panels[1].set_yticks(librosa.note_to_hz(names), names)
panels[1].set_yticks([], minor=True)
panels[1].set(title="st.glide", xlabel="seconds")
_ = panels[1].legend(fontsize="small")

# %%
keys = st.adsr(
    *(0.03, 0.2, 0.6, 0.15),
    note_seconds=np.array([0.35, 0.35, 0.15, 0.35, 0.35], np.float32),
    onset_seconds=np.array([0, 0.5, 1.2, 1.5, 2], np.float32),
    sample_rate=RATE,
    length=len(now) * HOP,
    hop_length=HOP,
)
reed = np.tile((1 / np.arange(1, 21)).astype(np.float32), [len(now), 1])
slid = st.glide(score_hz, 0.12, sample_rate=RATE, hop_length=HOP)
loud = 0.3 * tf.reduce_max(keys, axis=0)
notes = st.harmonic_synthesis(slid, loud, reed, nyquist="smooth", **settings)
play(notes, sample_rate=RATE, label="notes with an envelope, and a glide")

# %% [markdown]
# ## Strings that are stiff, and bells
#
# The partials of a piano string lie above its harmonics, for it is stiff: $f_k = k f_0 \sqrt{1 + B
# k^2}$. `st.harmonic_frequencies` gives them, and `st.sinusoidal_synthesis` sums sinusoids of any
# frequencies. First a low A as it would sound of a string that is not stiff at all, then with $B =
# 0.0004$. Nothing else differs.

# %%
now, k = times(4)[:, np.newaxis], np.arange(1, 41, dtype=np.float32)
dying = 10 ** (-3 * now * (1 + 0.15 * k) / 8)  # by 60 dB in 8 seconds, higher partials sooner
hammer = np.abs(np.sin(np.pi * k / 8)) / k * np.clip(now / 0.004, 0, 1)
strings = {}
for stiffness in (0.0, 4e-4):
    partials = st.harmonic_frequencies(
        np.full(len(now), 55, np.float32), 40, inharmonicity=stiffness
    )
    strings[stiffness] = st.sinusoidal_synthesis(
        partials, 0.4 * hammer * dying, **settings
    ).numpy()
play(strings[0.0], sample_rate=RATE, label="harmonic")

# %%
play(strings[4e-4], sample_rate=RATE, label="stiff")

# %% [markdown]
# Read the partials off the spectrum of the sound, and see how far above the harmonics they are, in
# cents, hundredths of a semitone.


# %%
def peak_hz(audio, near_hz):
    """The top of a parabola through the levels about the loudest bin near each frequency."""
    window = scipy.signal.get_window("blackmanharris", len(audio))
    levels = np.log(np.abs(np.fft.rfft(audio * window, 4 * len(audio))))
    per_bin = RATE / (4 * len(audio))
    tops = []
    for hz in near_hz:
        first = round((hz - 20) / per_bin)
        top = first + np.argmax(levels[first : round((hz + 20) / per_bin)])
        below, middle, above = levels[top - 1 : top + 2]
        tops.append(top + (below - above) / 2 / (below - 2 * middle + above))
    return per_bin * np.array(tops)


heard = np.setdiff1d(np.arange(1, 31), [8, 16, 24])  # which the hammer does not excite
stretch = 1200 * np.log2(np.sqrt(1 + 4e-4 * heard**2))
read = peak_hz(strings[4e-4], 55 * heard * np.sqrt(1 + 4e-4 * heard**2))
read_cents = 1200 * np.log2(read / (55 * heard))
stretch_off = np.max(np.abs(read_cents - stretch))
figure, axes = plt.subplots(figsize=(9, 2.8), layout="constrained")
axes.plot(heard, stretch, color="0.7", lw=3, label="formula")
axes.plot(heard, read_cents, ".", label="read off the sound")
axes.set(xlabel="partial", ylabel="cents above the harmonic")
axes.legend()
print(f"off by {stretch_off:.1e} cents at most")

# %% [markdown]
# A bell has partials of no series at all. This one is Jean-Claude Risset's, of 1969: eleven
# sinusoids, some in pairs that beat, and each dies in its own time.

# %%
RATIOS = [0.56, 0.56, 0.92, 0.92, 1.19, 1.7, 2, 2.74, 3, 3.76, 4.07]
SHIFTS_HZ = [0, 1, 0, 1.7, 0, 0, 0, 0, 0, 0, 0]
LOUD = [1, 0.67, 1, 1.8, 2.67, 1.67, 1.46, 1.33, 1.33, 1, 1.33]
LASTING = [1, 0.9, 0.65, 0.55, 0.325, 0.35, 0.25, 0.2, 0.15, 0.1, 0.075]


def bell(hertz, seconds):
    now = times(seconds)[:, np.newaxis]
    partials = np.float32(hertz * np.array(RATIOS) + SHIFTS_HZ)
    dying = 10 ** (-3 * now / (seconds * np.float32(LASTING)))
    level = 0.06 * np.float32(LOUD) * dying * np.clip(now / 0.004, 0, 1)
    return st.sinusoidal_synthesis(np.tile(partials, [len(now), 1]), level, **settings).numpy()


play(bell(440, 5), sample_rate=RATE, label="a bell of eleven sinusoids")

# %%
show(bell(440, 5), sample_rate=RATE, title="The bell")

# %% [markdown]
# ## Waveforms
#
# Saws, squares, triangles and pulses have harmonics without end, so if they are just drawn they
# alias. `st.waveform_synthesis` gives the harmonics below the Nyquist frequency and none above,
# and takes no longer over a thousand of them than over ten. Those in the last tenth below it fade,
# so that none clicks as it goes. Here is a saw that climbs, drawn and synthesised.

# %%
climb = np.geomspace(500, 4000, len(times(2))).astype(np.float32)
turning = st.oscillator_phase(climb, **settings).numpy()
drawn = scipy.signal.sawtooth(turning) / 2
half = np.full_like(climb, 0.5)
saw = st.waveform_synthesis(climb, half, shape="saw", **settings).numpy()
saw_db = {"drawn": below_db(drawn), "st.waveform_synthesis": below_db(saw)}
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for panel, audio, (name, level) in zip(panels, (drawn, saw), saw_db.items(), strict=True):
    image = draw(panel, audio, name)
    print(f"{name:22} {level:7.1f} dB below the fundamental")
panels[0].set_ylabel("kHz")
_ = figure.colorbar(image, label="dB")

# %%
play(drawn, sample_rate=RATE, label="a saw, drawn")

# %%
play(saw, sample_rate=RATE, label="a saw by st.waveform_synthesis")

# %% [markdown]
# ## Wavetables
#
# A wavetable is one period, read at the pace of the pitch, and it may change from frame to frame.
# `st.harmonics_to_wavetable` makes one of harmonics. Here is one that passes through five vowels,
# sung on a low note: their harmonics are those near the resonances of the mouth.

# %%
VOWELS = {"a": (730, 1090), "e": (530, 1840), "i": (270, 2290), "o": (570, 840), "u": (300, 870)}
now, k = times(4), np.arange(1, 31, dtype=np.float32)
low = 110 + 2 * st.lfo(np.full(len(now), 5, np.float32), sample_rate=RATE / HOP, hop_length=1)


def mouth(formants):
    return sum(np.exp(-(((110 * k - formant) / 150) ** 2)) for formant in formants) + 0.3 / k**2


spectra = np.stack([mouth(formants) for formants in VOWELS.values()])
spectra = st.upsample(
    spectra, hop_length=(len(now) - 1) / 4, length=len(now), channels=True, method="cosine"
)
tables = st.harmonics_to_wavetable(spectra)
level = 0.15 * np.clip(np.minimum(now / 0.1, (4 - now) / 0.3), 0, 1)
vowels = st.wavetable_synthesis(low, level, tables, **settings).numpy()
same = st.harmonic_synthesis(low, level, spectra, **settings).numpy()
table_db = 20 * np.log10(np.max(np.abs(vowels - same)) / np.max(np.abs(same)))
print(f"{table_db:.1f} dB from the same harmonics by st.harmonic_synthesis")
play(vowels, sample_rate=RATE, label=f"a wavetable, from {' to '.join(VOWELS)}")

# %%
figure, panels = plt.subplots(1, 5, figsize=(9, 2.2), sharey=True, layout="constrained")
chosen = np.linspace(0, len(now) - 1, 5).astype(int)
for panel, name, frame in zip(panels, VOWELS, chosen, strict=True):
    panel.plot(np.linspace(0, 1, tables.shape[1]), tables[frame])
    panel.set(title=name, xlabel="period")

# %%
show(vowels, sample_rate=RATE, title="The vowels")

# %% [markdown]
# ## Frequency modulation
#
# Let one sine, the modulator, move the phase of another, the carrier. The sound has partials at
# the frequency of the carrier and at all multiples of the modulator's above and below it. How loud
# each is, Bessel functions of the *index* tell. `st.fm_synthesis` takes an index for each frame,
# so that a sound can be bright when struck and pure at its end.

# %%
now = times(4)
falling = 10 ** (-3 * now / 4)  # by 60 dB
index = (8 * falling**0.5)[:, np.newaxis]
gong = st.fm_synthesis(
    np.full_like(now, 200), 0.5 * falling * np.clip(now / 0.01, 0, 1), [1.4], index, **settings
).numpy()
play(gong, sample_rate=RATE, label="a gong of two sines")

# %%
second = np.ones(RATE // HOP, np.float32)
hum = st.fm_synthesis(4000 * second, second, [0.05], 5 * second[:, np.newaxis], **settings)
orders = np.arange(-9, 10)
lines = 2 * np.abs(np.fft.rfft(hum))[4000 + 200 * orders] / RATE
bessel = np.abs(scipy.special.jv(orders, 5))
bessel_off = np.max(np.abs(lines - bessel))
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
draw(panels[0], gong, "The gong")
panels[0].set(ylabel="kHz", ylim=(0, 4))
panels[1].vlines(orders, 0, lines, lw=2, label="partials")
panels[1].plot(orders, bessel, "x", color="C1", label="Bessel functions")
panels[1].set(title="Index 5", xlabel="multiples of the modulator", ylabel="amplitude")
panels[1].set(xticks=range(-8, 9, 4), ylim=(0, 0.55))
panels[1].legend(loc="upper right", fontsize="small")
print(f"off by {bessel_off:.1e} at most")

# %% [markdown]
# For slow movements there is `st.lfo`, a low-frequency oscillator, with all its corners: nobody
# hears them alias.

# %%
slow = np.full(1000, 2, np.float32)
figure, panels = plt.subplots(1, 4, figsize=(9, 2), sharey=True, layout="constrained")
for panel, shape in zip(panels, ("sine", "triangle", "saw", "square"), strict=True):
    panel.plot(np.arange(1000) / 1000, st.lfo(slow, sample_rate=1000, hop_length=1, shape=shape))
    panel.set(title=shape, xlabel="seconds")

# %% [markdown]
# ## Controls, learnt
#
# Every synthesiser here has a gradient by its controls, so they can be learnt from a sound. Here
# is a recording of a voice. `librosa.pyin` gives its pitch, and NaN where there is none; there the
# harmonics are to be silent. The rest is learnt: the amplitudes of 60 harmonics and the magnitudes
# of noise in 65 bands, in every frame, all alike at first. The loss compares spectrograms of two
# sizes.

# %%
path = {path.stem: path for path in bundled()}[RECORDING]
channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
voice = channels[:, 0]
hop = 128
lowest = scipy.signal.butter(4, 500, fs=rate, output="sos")  # where the fundamental is
lowest = scipy.signal.sosfiltfilt(lowest, voice).astype(np.float32)
pitch = librosa.pyin(lowest, fmin=60, fmax=300, sr=rate, frame_length=1024, hop_length=hop)[0]
voiced = np.flatnonzero(np.isfinite(pitch))
sounding = np.isfinite(pitch).astype(np.float32)  # 1 where there is a pitch, 0 elsewhere
pitch = np.interp(np.arange(len(pitch)), voiced, pitch[voiced]).astype(np.float32)
play(voice, sample_rate=rate, label=f"{RECORDING}, as recorded")

# %%
log_harmonics = tf.Variable(tf.fill([len(pitch), 60], -6.0))
log_noise = tf.Variable(tf.fill([len(pitch), 65], -6.0))
place = {"hop_length": hop, "length": len(voice)}


def synthesise(pitch, harmonics, noise):
    tonal = st.harmonic_synthesis(pitch, sounding, harmonics, sample_rate=rate, **place)
    return tonal + st.filtered_noise(noise, seed=0, **place)


stfts = [st.STFT(n_fft=n, hop_length=n // 4) for n in (1024, 256)]
targets = [tf.abs(stft(voice)) for stft in stfts]


def loss_of(sound):
    loss = 0.0
    for stft, target in zip(stfts, targets, strict=True):
        magnitude = tf.abs(stft(sound))
        loss += tf.reduce_mean(tf.abs(magnitude - target)) / tf.reduce_mean(target)
        ratio = (magnitude + 1e-3) / (target + 1e-3)
        loss += tf.reduce_mean(tf.abs(tf.math.log(ratio)))
    return loss


# %%
optimizer = tf.keras.optimizers.Adam(learning_rate=0.1)
weights = [log_harmonics, log_noise]


@tf.function(autograph=False)
def descend():
    with tf.GradientTape() as tape:
        sound = synthesise(pitch, tf.exp(log_harmonics), tf.exp(log_noise))
        loss = loss_of(sound)
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return loss


curve = [float(descend()) for _ in range(STEPS)]
harmonics, noise = (tf.exp(weight).numpy() for weight in weights)
learnt = synthesise(pitch, harmonics, noise).numpy()
off = tf.norm(tf.abs(stfts[0](learnt)) - targets[0]) / tf.norm(targets[0])
learnt_db = 20 * np.log10(off)
print(f"magnitudes off by {learnt_db:.1f} dB of all there is")
print(f"loss {curve[0]:.2f} before, {curve[-1]:.2f} after {STEPS} steps")
play(learnt, sample_rate=rate, label="learnt")

# %%
figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
axes.plot(curve)
_ = axes.set(xlabel="steps", ylabel="loss", ylim=(0, None))

# %%
show(voice, sample_rate=rate, title="The recording", top_db=0.0)

# %%
show(learnt, sample_rate=rate, title="Learnt", top_db=0.0)

# %% [markdown]
# Why not keep the recording, then? Because controls can be played. Here are the harmonics alone,
# then the noise alone, and then the sentence on notes: the amplitudes are read off at the new
# harmonics, so that the vowels stay what they are.

# %%
play(synthesise(pitch, harmonics, 0 * noise), sample_rate=rate, label="the harmonics")

# %%
play(synthesise(pitch, 0 * harmonics, noise), sample_rate=rate, label="the noise")

# %%
tune = librosa.note_to_hz(["C3", "D3", "E3", "G3", "E3", "C3", "D3", "B2", "C3"])
tune = tune[np.arange(len(pitch)) * len(tune) // len(pitch)].astype(np.float32)
sung = st.glide(tune, 0.08, sample_rate=rate, hop_length=hop).numpy()
k = np.arange(1, 61)
moved = [
    np.interp(new * k, old * k, h, right=0)
    for new, old, h in zip(sung, pitch, harmonics, strict=True)
]
moved = np.array(moved, np.float32)
play(synthesise(sung, moved, noise), sample_rate=rate, label="the sentence, on notes")

# %% [markdown]
# ## A frequency, learnt
#
# Pitch is another matter. We took it from `librosa.pyin`, for by descent it is not found. Take 512
# samples of a sine of 2,000 Hz. The error of another sine, over its frequency, is flat, with a
# narrow pit at the right place and ripples beside it: whoever starts anywhere else slides into the
# next ripple.
#
# `st.damped_sinusoids` makes a sine of the powers of a complex number, a *pole*: its angle is the
# frequency, its magnitude how much of a sample is left in the next. A pole need not creep along
# the circle of steady sines. It can dive: inside, a sine dies away before it is out of step, and
# there the way leads to the right frequency from afar.

# %%
count = 512
starts_hz = np.array([500, 1000, 3000, 4000, 5000, 6000], np.float32)
target = st.damped_sinusoids(st.hz_to_poles([2000.0], sample_rate=RATE), length=count)
inside = st.hz_to_poles(starts_hz[:, np.newaxis], sample_rate=RATE, radius=0.5)
real, imaginary = tf.Variable(tf.math.real(inside)), tf.Variable(tf.math.imag(inside))
angle = tf.Variable(2 * np.pi * starts_hz[:, np.newaxis] / RATE)


def poles():
    outside = tf.maximum(tf.sqrt(real**2 + imaginary**2), 1.0)
    return tf.complex(real / outside, imaginary / outside)  # held in the circle


def damped():
    return st.damped_sinusoids(poles(), length=count)


def plain():
    return tf.cos(angle * np.arange(count, dtype=np.float32))


def path_of(weights, sound, place):
    optimizer = tf.keras.optimizers.Adam(learning_rate=1 / count)

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((sound() - target) ** 2) / count
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return place()[:, 0]

    return np.array([place()[:, 0], *(step() for _ in range(3 * count))])


# %%
pole_path = path_of([real, imaginary], damped, poles)
pole_hz = st.poles_to_hz(pole_path, sample_rate=RATE).numpy()
plain_hz = RATE / (2 * np.pi) * path_of([angle], plain, lambda: tf.identity(angle))
for first, sine, pole in zip(starts_hz, plain_hz[-1], pole_hz[-1], strict=True):
    print(f"from {first:4.0f} Hz: a plain sine ends at {sine:7.2f} Hz, a pole at {pole:.2f} Hz")

# %%
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
hertz = np.linspace(1400, 2600, 1201)
sines = np.cos(2 * np.pi * hertz[:, np.newaxis] / RATE * np.arange(count))
panels[0].plot(hertz, np.mean((sines - target) ** 2, axis=1), lw=1)
panels[0].set(title="A plain sine", xlabel="Hz", ylabel="mean square error", ylim=(0, 1.4))
for i in range(len(starts_hz)):
    panels[1].plot(pole_hz[:, i] / 1000, f"C{i}")
    panels[1].plot(plain_hz[:, i] / 1000, f"C{i}:")
    panels[2].plot(pole_path[:, i].real, np.abs(pole_path[:, i].imag), f"C{i}")
panels[1].set(title="Poles, and sines (dotted)", xlabel="steps", ylabel="kHz", xlim=(0, 1000))
circle = np.exp(1j * np.pi * np.arange(181) / 180)
panels[2].plot(circle.real, circle.imag, "k:", lw=0.8)
panels[2].set(title="The paths of the poles", xlabel="real part", ylabel="imaginary part")
_ = panels[2].set(aspect="equal", ylim=(0, 1.1))

# %% [markdown]
# ## A room
#
# Synthesis also serves to measure. `st.exponential_sweep` gives a sweep to play in a room, and the
# filter that turns the recording of it into the room's impulse response: what a single click would
# sound like there. We do not have your room here, so we make one, of velvet noise that dies away
# by 60 dB in 0.8 seconds, and a recording of the sweep in it with noise of its own.

# %%
measuring = st.exponential_sweep(20, 8000, sample_rate=RATE, length=2 * RATE)
sweep, inverse = (part.numpy() for part in measuring)
decay = 10 ** (-3 * np.arange(RATE) / (0.8 * RATE))
echoes = st.velvet_noise(RATE, seed=3, sample_rate=RATE, density=2000).numpy()
room = 0.15 * echoes * decay
room[:160] = 0  # the first echo comes 10 ms after the sound itself
room[0] = 1
recording = scipy.signal.fftconvolve(sweep, room)
hum = 0.003 * st.white_noise(len(recording), seed=4, distribution="normal").numpy()
response = scipy.signal.fftconvolve(recording + hum, inverse)[len(sweep) - 1 :][:RATE]
play(0.3 * (recording + hum), sample_rate=RATE, label="the sweep, as the room has it")


# %%
def decay_db(response):
    """What is still to come at each time, in decibels of all that comes."""
    left = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    return 10 * np.log10(left / left[0] + 1e-12)


def seconds_for_60_db(response):
    curve = decay_db(response[160:])
    fit = np.flatnonzero((curve < -5) & (curve > -25))
    return -60 / np.polyfit(fit / RATE, curve[fit], 1)[0]


figure, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
part = slice(0, RATE // 20)
for impulses, name, style in ((room, "the room", "C0"), (response, "measured", "C1--")):
    panels[0].plot(1000 * np.arange(RATE)[part] / RATE, impulses[part], style, lw=0.9, label=name)
    panels[1].plot(np.arange(RATE) / RATE, decay_db(impulses), style, label=name)
panels[0].set(title="Impulse response", xlabel="milliseconds", ylim=(-0.3, 1.1))
panels[1].set(title="Energy still to come", xlabel="seconds", ylabel="dB", ylim=(-60, 0))
panels[1].legend()
measured_seconds = seconds_for_60_db(response)
print(f"60 dB in {measured_seconds:.3f} s; the room itself {seconds_for_60_db(room):.3f} s")

# %% [markdown]
# ## All of it
#
# At last a tune, played by nearly all of the above: a pipe that glides, with vibrato and breath,
# over a bass of a saw through a filter that opens and closes, a bell, and brushes of noise, in the
# room that was measured.

# %%
BEAT = 0.5  # seconds
TUNE = "E4 1.5 G4 0.5 A4 1 B4 1 D5 1.5 B4 0.5 A4 1 G4 1 A4 1.5 G4 0.5 E4 1 D4 1 E4 4"
BASS = "E2 4 G2 4 A2 2 D2 2 E2 4"
now = times(10)


def read(score):
    """The pitch of each note in Hz, and when it begins and how long it lasts, in seconds."""
    words = score.split()
    lasting = BEAT * np.array(words[1::2], np.float32)
    return librosa.note_to_hz(words[::2]).astype(np.float32), np.cumsum(lasting) - lasting, lasting


def keyed(score, *times_and_sustain, curvature=4):
    """At each frame the pitch, the time since the note began, and the envelope."""
    hertz, onsets, lasting = read(score)
    note = np.searchsorted(onsets, now, side="right") - 1
    each = {"onset_seconds": onsets, "note_seconds": 0.9 * lasting, "curvature": curvature}
    size = {"sample_rate": RATE, "length": len(now) * HOP, "hop_length": HOP}
    envelopes = st.adsr(*times_and_sustain, **each, **size)
    return hertz[note], now - onsets[note], tf.reduce_max(envelopes, axis=0).numpy()


# %%
hertz, since, loud = keyed(TUNE, 0.06, 0.3, 0.7, 0.2)
glided = st.glide(hertz, 0.07, sample_rate=RATE, hop_length=HOP, curve="linear")
swing = st.lfo(np.full_like(now, 5.5), sample_rate=RATE / HOP, hop_length=1)
pipe_hz = glided * 2 ** (0.25 / 12 * np.clip(since - 0.25, 0, 0.5) * 2 * swing)
odd = np.where(np.arange(1, 21) % 2, 1, 0.3).astype(np.float32)
pipe_shares = odd * np.arange(1, 21, dtype=np.float32) ** (-3 + 1.2 * loud[:, np.newaxis])
pipe = st.harmonic_synthesis(pipe_hz, 0.3 * loud, pipe_shares, nyquist="smooth", **settings)
centre = 4 * pipe_hz[:, np.newaxis]
breath = np.exp(-(((bands - centre) / 900) ** 2)) * loud[:, np.newaxis]
breath *= 0.02 + 0.1 * np.exp(-since[:, np.newaxis] / 0.04)  # most of it when a note begins
breath = st.filtered_noise(breath, hop_length=HOP, seed=11)

# %%
hertz, since, loud = keyed(BASS, 0.02, 0.4, 0.6, 0.2)
cutoff = (120 + 1500 * np.exp(-since / 0.35))[:, np.newaxis]
bass = st.waveform_synthesis(hertz, 0.4 * loud, shape="saw", **settings)
bass = st.time_varying_fir(bass, 1 / np.sqrt(1 + (bands / cutoff) ** 6), hop_length=HOP)
strokes = np.exp(-(now % (BEAT / 2)) / 0.03) * (now < 16 * BEAT)
strokes *= np.where(now % (2 * BEAT) < BEAT, 0.03, 0.08)  # every other beat is louder
brushes = np.clip((bands - 2000) / 4000, 0, 1) * strokes[:, np.newaxis]
brushes = st.filtered_noise(brushes, hop_length=HOP, seed=12)
band = (pipe + breath + bass + brushes).numpy()
for onset, name in ((0, "E5"), (2, "B5"), (4, "E5"), (6, "B5")):
    rung = 0.4 * bell(librosa.note_to_hz(name), 3)
    band[onset * RATE :][: len(rung)] += rung[: len(band) - onset * RATE]
song = 0.7 * band + 0.4 * scipy.signal.fftconvolve(band, response)[: len(band)]
song *= 0.7 / np.abs(song).max()
play(song, sample_rate=RATE, label="a tune")

# %%
show(song, sample_rate=RATE, title="A tune")

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
plain_db, hard_db, smooth_db = stray_db.values()
assert smooth_db < -90 < hard_db < -40 < -20 < plain_db
assert errors_db["st.harmonic_synthesis"].max() < -130
assert errors_db["float32 sum"][ends >= 4].min() > 0
assert abs(hertz_of_sum[-1] - 440) > 1
assert blocks_off < 1e-6
assert np.array_equal(white[RATE:], rest)
assert spurs_db["crossfaded"] < -50 < -45 < spurs_db["switched, as DDSP does"]
assert buzz_db["cubic"] < -65 < buzz_db["linear"] < -45 < buzz_db["cosine"] < -35
assert buzz_db["nearest"] > -35
assert stretch_off < 0.01
assert saw_db["st.waveform_synthesis"] < -55 < -30 < saw_db["drawn"]
assert table_db < -80
assert bessel_off < 1e-5
assert curve[-1] < 0.3 * curve[0]
assert learnt_db < -10
assert np.max(np.abs(pole_hz[-1] - 2000)) < 0.1
assert np.min(np.abs(plain_hz[-1] - 2000)) > 500
assert abs(measured_seconds - 0.8) < 0.02
print("All of it holds.")
