"""Delays, dynamics, mixing and rooms."""

import functools

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, around, noise, times


def _delayed() -> list[Entry]:
    """Sound that is late, by as much as numbers or the sound itself say."""
    varied = frozenset({"differentiable", "xla"})

    def moving(x: tf.Tensor, **settings: object) -> tf.Tensor:
        return st.delay(x, around(x, 5.2, 3.0), **settings)

    def each(x: tf.Tensor) -> tf.Tensor:
        return st.delay(x, around(x, 5.2, 3.0)[..., 0], max_delay=9)

    def part(x: tf.Tensor, convention: str | None = None) -> tf.Tensor:
        return st.variable_length_delay(
            x, around(x, 0.52, 0.45), max_length=6, convention=convention
        )

    entries = []
    for kind in ("linear", "cubic", "allpass"):
        fixed = functools.partial(st.delay, delay_samples=7.3, interpolation=kind)
        entries.append(Entry(f"delay {kind}", fixed, OP))
        changing = functools.partial(moving, interpolation=kind)
        entries.append(Entry(f"delay {kind} changing", changing, varied))
    sweep = {"sample_rate": SAMPLE_RATE, "rate_hz": 90.0, "depth_ms": 0.4, "center_ms": 0.7}
    fed_back = functools.partial(st.flanger, feedback=-0.6, **sweep)
    return [
        *entries,
        Entry("vibrato", functools.partial(st.vibrato, **sweep), OP),
        Entry("chorus", functools.partial(st.chorus, voices=2, **sweep), OP),
        Entry("flanger", functools.partial(st.flanger, **sweep), OP),
        Entry("flanger fed back", fed_back, OP),
        Entry("delay each", each, varied, any_rank=False),
        Entry("variable_length_delay", part, varied),
        Entry("variable_length_delay ddsp", functools.partial(part, convention="ddsp"), varied),
    ]


def _loud() -> list[Entry]:
    """Gains that follow the sound, with time constants of a few samples, and bent waves."""
    constants = {"attack_seconds": 3e-4, "release_seconds": 2e-3, "sample_rate": SAMPLE_RATE}
    squeeze = functools.partial(st.compressor, threshold_db=-12.0, knee_db=9.0, **constants)
    gate = functools.partial(st.expander, threshold_db=-9.0, knee_db=5.0, **constants)
    varied = frozenset({"differentiable", "xla"})
    return [
        Entry("compressor", squeeze, varied),
        Entry("compressor hard", functools.partial(squeeze, knee_db=0.0, ratio=20.0), varied),
        Entry(
            "limiter",
            functools.partial(
                st.limiter,
                sample_rate=SAMPLE_RATE,
                ceiling_db=-9.0,
                release_seconds=2e-3,
                lookahead_seconds=5e-4,
            ),
            varied,
        ),
        Entry("expander", functools.partial(gate, ratio=3.0, range_db=20.0), varied),
        *(
            Entry(
                f"distortion {kind}{' clean' * antialias}",
                functools.partial(st.distortion, kind=kind, antialias=antialias),
                varied,
            )
            for kind in ("tanh", "soft", "hard")
            for antialias in (False, True)
        ),
    ]


def _mixed() -> list[Entry]:
    def faded(x: tf.Tensor, **settings: object) -> tf.Tensor:
        return st.crossfade(x, st.delay(x, 3.0), around(x, 0.5, 0.45), **settings)

    def placed(x: tf.Tensor, law: str) -> tf.Tensor:
        return tf.reduce_sum(times(st.pan(x, around(x, 0.1, 0.8), law=law), (1.0, -2.0)), -1)

    varied = frozenset({"differentiable", "xla"})
    return [
        Entry("crossfade", faded, varied),
        Entry("crossfade linear", functools.partial(faded, law="linear"), varied),
        Entry("crossfade ddsp", functools.partial(faded, convention="ddsp"), varied),
        *(
            Entry(f"pan {law}", functools.partial(placed, law=law), varied, any_rank=False)
            for law in ("linear", "-4.5dB", "equal_power")
        ),
    ]


def _reverberation() -> list[Entry]:
    """Delay lines that feed one another by a Householder matrix, shorter than most signals."""
    lines = {"delays": (37, 23, 41, 59), "sample_rate": SAMPLE_RATE}
    mixing = [[0.5 - (i == j) for j in range(4)] for i in range(4)]
    gains = [1.0, -0.5, 0.25, 0.75], [0.5, 1.0, -1.0, 0.25]
    shelf = {"high_decay_seconds": 0.02, "crossover_hz": 3000.0}

    def plain(audio: tf.Tensor, **settings: object) -> tf.Tensor:
        return st.feedback_delay_network(audio, mixing, *gains, 0.1, **lines, **settings)

    def decayed(x: tf.Tensor, second: float, **settings: object) -> tf.Tensor:
        response = st.exponential_decay_response(
            x, around(x, second, 0.3), length=40, seed=3, **settings
        )
        return tf.reduce_sum(response, axis=-1)

    def fading(x: tf.Tensor) -> tf.Tensor:  # whatever x, it decays: no sample is at a level
        x = tf.convert_to_tensor(x)
        decay = tf.exp(-0.3 * tf.range(tf.shape(x)[-1], dtype=tf.float64))
        return (1.0 + 0.01 * x) * tf.cast(decay, x.dtype)

    timed = lambda x: st.reverberation_time(fading(x), sample_rate=20)[..., None]  # noqa: E731
    smooth, seeded = frozenset({"differentiable", "xla"}), frozenset({"seeded"})
    second = functools.partial(decayed, second=0.5, sample_rate=100)
    peer = functools.partial(decayed, second=1.0, convention="ddsp")
    return [
        Entry("feedback_delay_network", plain, OP),
        Entry("feedback_delay_network damped", functools.partial(plain, **shelf), OP),
        Entry("exponential_decay_response", second, smooth | seeded, input=noise),
        Entry("exponential_decay_response ddsp", peer, smooth | seeded, input=noise),
        Entry("energy_decay_curve", st.energy_decay_curve, smooth),
        Entry("reverberation_time", timed, smooth, input=noise),
    ]


ENTRIES = [*_delayed(), *_loud(), *_mixed(), *_reverberation()]
