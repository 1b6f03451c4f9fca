"""Filters, convolution, resampling and linear prediction."""

import functools

import numpy as np
import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, around, controls, flat, noise, pitches, times


def _filters() -> list[Entry]:
    """Recursive filters: of all signals, of each its own, and such as change."""
    fixed = [1.0, 0.5], [2.0, -1.5, 0.5]
    sos = np.array([[0.2, 0.1, 0.3, 1.25, -1.5, 0.75], [1.0, -0.5, 0.25, 1.0, 0.25, 0.5]])

    def own(audio: tf.Tensor) -> tf.Tensor:
        """As many filters as there are signals, of one pole that every precision knows."""
        audio = tf.convert_to_tensor(audio)
        pole = tf.fill(tf.shape(audio)[:-1], tf.constant(0.625, tf.float64))
        return st.lfilter(audio, [1.0, 0.5], tf.stack([tf.ones_like(pole), -pole], axis=-1))

    def changing(audio: tf.Tensor) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        frame = tf.range(-(-tf.shape(audio)[-1] // 35))
        pole = tf.cast(frame % 7 - 3, tf.float64) / 4
        a = tf.stack([tf.ones_like(pole), -pole, pole**2], axis=-1)
        return st.lfilter(audio, tf.ones_like(a[:, :1]), a, hop_length=35)

    def shaped(numbers: tf.Tensor) -> tf.Tensor:
        numbers = tf.convert_to_tensor(numbers)
        settings = {"sample_rate": 100.0, "q": 1.0 + numbers**2, "gain_db": 3.0 * numbers}
        return st.biquad(5.0 + numbers, kind="peaking", **settings)[..., 2]

    def response(numbers: tf.Tensor) -> tf.Tensor:
        numbers = tf.convert_to_tensor(numbers)
        one = tf.ones_like(numbers)
        row = tf.stack([one, numbers, one, 4.0 * one, 0.5 * numbers, one], axis=-1)
        rows = tf.stack([row, row + 0.25], axis=-2)
        return st.sosfreqz(rows, [3.0, 20.0], sample_rate=100.0)

    smooth = frozenset({"differentiable", "xla"})
    return [
        Entry("sosfilt", lambda audio: st.sosfilt(audio, sos), OP),
        Entry("lfilter", lambda audio: st.lfilter(audio, *fixed), OP),
        Entry("lfilter own", own, OP, any_rank=False),
        Entry("lfilter changing", changing, OP),
        Entry("preemphasis", st.preemphasis, OP),
        Entry("deemphasis", st.deemphasis, OP),
        Entry("biquad", shaped, smooth, input=pitches),
        Entry("sosfreqz", response, smooth, input=pitches, any_rank=False),
    ]


def _moved() -> list[Entry]:
    """Signals through responses and to other rates."""
    taps = (0.5, -1.0, 0.25, 0.75, -0.5, 0.125, 1.0)
    entries = []
    for mode in ("full", "same", "valid", "causal"):
        call = functools.partial(st.fft_convolve, impulse_response=taps, mode=mode)
        entries.append(Entry(f"fft_convolve {mode}", call, OP))

    def by_itself(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        return st.fft_convolve(x, x[..., :9], mode="same")

    def low(x: tf.Tensor) -> tf.Tensor:
        return st.sinc_filter(x, 2000.0, sample_rate=SAMPLE_RATE, taps=33)

    def edges(x: tf.Tensor, kind: str) -> tf.Tensor:
        cutoff = around(x, 3000.0, 900.0)[..., :1]
        cutoff = cutoff if kind != "bandpass" else tf.concat([cutoff, 1.5 * cutoff], axis=-1)
        cutoff = cutoff if kind == "bandpass" else cutoff[..., 0]
        return st.sinc_filter(x, cutoff, sample_rate=SAMPLE_RATE, kind=kind, taps=33)

    def responses(x: tf.Tensor) -> tf.Tensor:
        cutoff = around(x, 3000.0, 900.0)
        return st.sinc_impulse_response(cutoff, sample_rate=SAMPLE_RATE, taps=9)[..., 3]

    def shaped(x: tf.Tensor, **settings: object) -> tf.Tensor:
        gains = times(x, (0.5, 1.0, 0.0, -0.25, 0.75))
        return st.frequency_impulse_response(gains, **settings)[..., 3]

    def swept(x: tf.Tensor, **settings: object) -> tf.Tensor:
        frames = times(tf.convert_to_tensor(x)[..., ::7], (0.5, -1.0, 0.25, 0.125))
        return st.time_varying_convolve(x, frames, hop_length=7, **settings)

    partitioned = functools.partial(st.partitioned_convolve, impulse_response=taps, block_size=4)
    down = st.Resampler(sample_rate=3, target_rate=2, zeros=8)
    awry = functools.partial(st.resample, sample_rate=147, target_rate=160, zeros=6, beta=6.0)
    near = functools.partial(st.resample, sample_rate=700, target_rate=701, zeros=4, beta=4.0)
    smooth = frozenset({"differentiable", "xla"})
    return [
        *entries,
        Entry("fft_convolve by itself", by_itself, smooth),
        Entry("partitioned_convolve", partitioned, OP),
        Entry("partition_response", _partitioned, OP, any_rank=False),
        Entry("sinc_filter", low, OP),
        Entry(
            "sinc_filter highpass", functools.partial(edges, kind="highpass"), smooth, input=noise
        ),
        Entry(
            "sinc_filter bandpass", functools.partial(edges, kind="bandpass"), smooth, input=noise
        ),
        Entry("sinc_impulse_response", responses, smooth),
        Entry("frequency_impulse_response", shaped, OP, input=controls, any_rank=False),
        Entry(
            "frequency_impulse_response ddsp",
            functools.partial(shaped, convention="ddsp"),
            OP,
            input=controls,
            any_rank=False,
        ),
        Entry(
            "time_varying_convolve",
            functools.partial(swept, mode="causal"),
            smooth,
            input=noise,
            any_rank=False,
        ),
        Entry(
            "time_varying_convolve ddsp",
            functools.partial(swept, convention="ddsp"),
            smooth,
            input=noise,
            any_rank=False,
        ),
        Entry("resample", functools.partial(st.resample, sample_rate=2, target_rate=3), OP),
        Entry("resample groups", awry, OP),
        Entry("resample many groups", near, OP),
        Entry("Resampler", down, OP | {"value"}, value=down),
    ]


def _partitioned(audio: tf.Tensor) -> tf.Tensor:
    """The partitions of responses of 7 taps, or fewer where there are not so many."""
    audio = tf.convert_to_tensor(audio)
    padded = tf.concat([audio, *[tf.zeros_like(audio[..., :1])] * 7], axis=-1)
    known = tf.reshape(padded[..., :7], tf.concat([tf.shape(audio)[:-1], [7]], axis=0))
    known.set_shape([*audio.shape[:-1], 7])
    return flat(st.partition_response(known, block_size=3))


def _prediction() -> list[Entry]:
    """Linear prediction, and filters of order 3 and 4 that are stable whatever the numbers."""

    def model(frames: tf.Tensor, **settings: object) -> tf.Tensor:
        coefficients, gain = st.linear_prediction(frames, order=3, **settings)
        return tf.concat([coefficients, gain[..., None]], axis=-1)

    def filters(x: tf.Tensor) -> tf.Tensor:
        shares = times(x, (0.25, -0.125, 0.25, 0.125))
        return tf.concat([tf.ones_like(shares[..., :1]), shares], axis=-1)

    smooth = frozenset({"differentiable", "xla"})
    calls = {
        "reflection_to_lpc": lambda x: st.reflection_to_lpc(times(x, (0.5, -0.25, 0.5))),
        "lpc_to_reflection": lambda x: st.lpc_to_reflection(filters(x)),
        "lpc_to_lsf even": lambda x: st.lpc_to_lsf(filters(x)),
        "lpc_to_lsf odd": lambda x: st.lpc_to_lsf(filters(x)[..., :-1]),
        "lsf_to_lpc": lambda x: st.lsf_to_lpc(times(x, (0.5, 1.0, 2.0))),
    }
    return [
        Entry("linear_prediction", model, smooth),
        Entry("linear_prediction burg", functools.partial(model, method="burg"), smooth),
    ] + [Entry(label, call, smooth, any_rank=False) for label, call in calls.items()]


ENTRIES = [*_filters(), *_moved(), *_prediction()]
