"""Controls in time, and the scales that networks put out."""

import functools

import tensorflow as tf

import spectrotools as st

from .entry import OP, SUMMED, Entry
from .inputs import noise, phases, pitches, times


def _controls() -> list[Entry]:
    """Controls at frames, brought to samples at hops whole and broken, and shaped in time."""
    entries = []
    for method in ("nearest", "linear", "cosine", "cubic"):
        for hop in (4, 2.4, 0.7):
            call = functools.partial(st.upsample, hop_length=hop, method=method)
            entries.append(Entry(f"upsample {method} {hop}", call, OP))
    banked = functools.partial(st.upsample, hop_length=3, channels=True)
    entries.append(Entry("upsample channels", banked, OP, input=phases))
    uneven = functools.partial(st.upsample, hop_length=10 / 3, method="cubic", channels=True)
    entries.append(Entry("upsample channels broken hop", uneven, OP, input=phases))
    shaped = {"sample_rate": 100.0, "length": 9, "curvature": 3.0}
    note = lambda x: st.adsr(0.02 * x, 0.01, x / 9, 0.03, 0.03 * x, **shaped)  # noqa: E731
    rise = lambda x: st.breakpoint_envelope(  # noqa: E731
        tf.stack([x, -x, x], -1), tf.stack([0.02 * x, 0.03 * x], -1), **shaped
    )
    smooth = frozenset({"differentiable", "xla"})
    entries.append(Entry("adsr", note, smooth, input=pitches))
    entries.append(Entry("breakpoint_envelope", rise, smooth, input=pitches))
    for curve in ("exponential", "linear"):
        call = functools.partial(st.glide, glide_seconds=0.05, sample_rate=100, curve=curve)
        entries.append(Entry(f"glide {curve}", call, smooth, input=pitches, k=SUMMED))
    timed = lambda x: st.glide(x, x[..., 0] / 20, sample_rate=100, curve="linear")  # noqa: E731
    entries.append(Entry("glide timed", timed, smooth, input=pitches, k=SUMMED))
    return entries


def _scaled() -> list[Entry]:
    """What a network puts out, scaled to controls; called with numbers of [-1, 1]."""
    smooth = frozenset({"differentiable", "xla"})
    low, band = {"fmin": 1.0, "fmax": 3.0}, {"fmin": 1.0, "fmax": 40.0}
    pairs = lambda x: times(x, (1.0, -0.5, 0.25, 2.0))  # noqa: E731
    reversed_twice = lambda x: st.gradient_reversal(st.gradient_reversal(x))  # noqa: E731
    calls = {
        "exp_sigmoid": st.exp_sigmoid,
        "sym_exp_sigmoid": st.sym_exp_sigmoid,
        "log_scale": functools.partial(st.log_scale, low=0.5, high=3.0),
        "soft_limit": functools.partial(st.soft_limit, low=-0.5, high=0.75),
        "midi_to_hz": lambda x: st.midi_to_hz(x) / 8,
        "unit_to_midi": functools.partial(st.unit_to_midi, midi_min=1.0, midi_max=2.5),
        "midi_to_unit": functools.partial(st.midi_to_unit, midi_min=1.0, midi_max=2.5),
        "unit_to_hz": functools.partial(st.unit_to_hz, **low),
    }
    entries = [Entry(label, call, smooth, input=noise) for label, call in calls.items()]
    entries += [
        Entry("gradient_reversal", reversed_twice, OP),
        Entry("hz_to_midi", lambda x: st.hz_to_midi(x) / 32, smooth, input=pitches),
        Entry("hz_to_bark", lambda x: st.hz_to_bark(100.0 * x) / 8, smooth, input=pitches),
        Entry("bark_to_hz", lambda x: st.bark_to_hz(8.0 * x) / 1024, smooth, input=noise),
        Entry("hz_to_erb", lambda x: st.hz_to_erb(100.0 * x) / 64, smooth, input=pitches),
        Entry("hz_to_unit", functools.partial(st.hz_to_unit, **low), smooth, input=pitches),
    ]
    mapped = {
        "frequencies_sigmoid": functools.partial(st.frequencies_sigmoid, depth=2, **band),
        "frequencies_softmax": functools.partial(st.frequencies_softmax, depth=2, **band),
        "frequencies_critical_bands": functools.partial(
            st.frequencies_critical_bands, depth=2, **band
        ),
    }
    for label, call in mapped.items():
        whole = lambda x, call=call: tf.reduce_sum(call(pairs(x)), axis=-1) / 64  # noqa: E731
        entries.append(Entry(label, whole, smooth, input=noise, any_rank=False))
    return entries


ENTRIES = [*_controls(), *_scaled()]
