# ---
# jupyter:
#   colab:
#     name: 06_losses.ipynb
#     provenance: []
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a loss hears
#
# A model of sound learns what its loss tells it. Some losses hear phase, some only colour; some
# see a wrong pitch from an octave away, most only when it is nearly right. Here each is asked the
# same questions, and answers in a curve: where it is flat the loss is deaf, and where it has a
# slope it leads home. It takes about a minute and needs no GPU.
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

# %% [markdown]
# ## The losses
#
# Each is a value: its settings make it, it goes into `model.compile(loss=...)` as it is, and
# called with a target and a sound it gives one number for each signal. So that they compare, each
# answer is divided by what the same loss says of the target a semitone out of tune.

# %% tags=["parameters"]
RATE = 8000
PITCH_HZ = 330.0
STEPS = 200  # of gradient descent

# %%
frames = st.STFT(n_fft=1024, hop_length=256, convention="tf")
losses = {
    "L1": st.losses.L1(),
    "SI-SDR": st.losses.SISDR(),
    "multi-scale spectral": st.losses.MultiScaleSpectral(
        [st.STFT(n_fft=n_fft) for n_fft in (2048, 1024, 512, 256, 128, 64)]
    ),
    "multi-scale mel": st.losses.MultiScaleMel.preset("dac", sample_rate=RATE),
    "phase": st.losses.Phase(frames),
    "Wasserstein": st.losses.SpectralWasserstein(frames),
    "modulation": st.losses.JointModulation(st.CQT(sample_rate=RATE, fmin=60.0)),
}
time = np.arange(RATE) / RATE
fade = np.minimum(1.0, 20.0 * np.minimum(time, time[::-1]))


def tone(hz, shift=0.0):
    """Five harmonics whose amplitudes fall, faded in and out."""
    k = np.arange(1, 6)[:, None]
    return 0.3 * fade * np.sum(np.sin(2 * np.pi * k * hz * (time - shift)) / k, axis=0)


target = tone(PITCH_HZ)


# One unit of each loss: what it says of a semitone out of tune.
least = {name: float(loss(target, target)) for name, loss in losses.items()}
semitone = tone(PITCH_HZ * 2 ** (1 / 12))
unit = {name: float(loss(target, semitone)) - least[name] for name, loss in losses.items()}
play(target, sample_rate=RATE, label="the target")

# %% [markdown]
# ## Out of tune
#
# The target again, from an octave too low to an octave too high. Losses on samples and on bins
# have a narrow valley and a plateau, on which a sound an octave off is no nearer than one off by a
# fifth. That of Wasserstein, the distance that energy has to move, goes down all the way.


# %%
def curves(sounds, axis, label):
    """The answers of all losses to the same sounds, in semitones out of tune."""
    answers = {}
    _, axes = plt.subplots(2, 4, figsize=(11, 4.4), layout="constrained", sharex=True)
    for place, (name, loss) in zip(axes.flat[:-1], losses.items(), strict=True):
        heard = loss(np.broadcast_to(target, sounds.shape), sounds).numpy()
        answers[name] = (heard - least[name]) / unit[name]
        place.plot(axis, answers[name])
        place.set(title=name, xlabel=label)
    axes.flat[-1].set_axis_off()
    return answers


cents = np.linspace(-1200, 1200, 97)
detuned = np.stack([tone(PITCH_HZ * 2 ** (c / 1200)) for c in cents])
by_cents = curves(detuned, cents, "cents")


def downhill(answers):
    """The share of all steps towards the middle that lead down."""
    middle = len(answers) // 2
    steps = np.concatenate([-np.diff(answers[: middle + 1]), np.diff(answers[middle:])])
    return np.mean(steps > 0)


leads = {name: downhill(answers) for name, answers in by_cents.items()}
print({name: f"{share:.0%}" for name, share in leads.items()})

# %% [markdown]
# ## Late
#
# The target, later by up to ten milliseconds. Losses on samples take a shift of half a period for
# as bad as any wrong note; those on magnitudes hear little of it, and modulations and transport
# almost nothing.

# %%
shifts_ms = np.linspace(0, 10, 101)
late = np.stack([tone(PITCH_HZ, shift / 1000) for shift in shifts_ms])
by_shift = curves(late, shifts_ms, "ms late")
half_period = np.argmin(np.abs(shifts_ms - 500 / PITCH_HZ))

# %% [markdown]
# ## In noise
#
# The target under more and more noise: all hear that, but not alike. A loss of logarithms hears a
# noise that is 60 dB below, for it fills bins that were empty; the others hear what is loud.

# %%
noise_db = np.linspace(-80, 0, 81)
hiss = np.random.default_rng(0).standard_normal(RATE) * np.std(target)
noisy = target + 10 ** (noise_db[:, None] / 20) * hiss
by_noise = curves(noisy, noise_db, "dB of noise")

# %% [markdown]
# ## Silence
#
# Nothing against nothing, something against nothing: finite, with a finite gradient.

# %%
silent = []
for loss in losses.values():
    for pair in ((0 * target, 0 * target), (target, 0 * target), (0 * target, target)):
        sound = tf.constant(pair[1])
        with tf.GradientTape() as tape:
            tape.watch(sound)
            value = loss(pair[0], sound)
        silent += [np.isfinite(value), np.all(np.isfinite(tape.gradient(value, sound)))]
print(f"{sum(silent)} of {len(silent)} values and gradients are finite")

# %% [markdown]
# ## Home from an octave away
#
# The same in earnest: a sinusoid an octave too high, whose frequency alone is learnt, by Adam. The
# spectral loss is lost on its plateau; transport brings it home.

# %%
samples = tf.constant(np.arange(RATE) / RATE)
wanted = tf.sin(2 * np.pi * PITCH_HZ * samples)


def descend(loss):
    """The pitch after every step, from an octave too high."""
    octaves = tf.Variable(1.0, dtype=tf.float64)
    mean, square, path = 0.0, 0.0, []
    for number in range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            sound = tf.sin(2 * np.pi * PITCH_HZ * 2.0**octaves * samples)
            value = loss(wanted, sound)
        slope = float(tape.gradient(value, octaves))
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        move = mean / (1 - 0.9**number) / (np.sqrt(square / (1 - 0.99**number)) + 1e-12)
        octaves.assign_sub(0.02 * (1.0 - number / STEPS) * move)
        path.append(PITCH_HZ * 2.0 ** float(octaves))
    return np.array(path)


paths = {name: descend(losses[name]) for name in ("Wasserstein", "multi-scale spectral")}
figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
for name, path in paths.items():
    axes.plot(path, label=name)
axes.axhline(PITCH_HZ, color="grey", linestyle=":")
axes.set(xlabel="step", ylabel="Hz", title="Who finds the pitch")
_ = axes.legend()
off_cents = {name: 1200 * abs(np.log2(path[-1] / PITCH_HZ)) for name, path in paths.items()}
print({name: f"{cents:.0f} cents off" for name, cents in off_cents.items()})

# %% [markdown]
# ## What this notebook claims
#
# If a line below is not true on your machine, this cell fails.

# %%
assert leads["Wasserstein"] > 0.95
assert leads["Wasserstein"] > leads["multi-scale spectral"]
assert by_shift["L1"][half_period] > 0.9
assert max(by_shift["Wasserstein"].max(), by_shift["modulation"].max()) < 0.05
assert by_noise["multi-scale mel"][20] > 0.3 > by_noise["L1"][20]
assert all(silent)
assert off_cents["Wasserstein"] < 20
assert off_cents["multi-scale spectral"] > 200
