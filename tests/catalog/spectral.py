"""Transforms, and ops on spectra, their phase and their magnitudes."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

import spectrotools as st

from .entry import OP, PEER, SLICED, Entry
from .inputs import (
    SAMPLE_RATE,
    complex_noise,
    constant_q,
    contradictory,
    flat,
    magnitudes,
    phases,
    spectra,
)


def _transform(transform: st.STFT | st.MDCT, label: str, traits: set[str] = frozenset()) -> Entry:
    everything = {"invertible", "differentiable", "linear", "streaming", "xla", "value"}
    return Entry(
        id=f"{type(transform).__name__} {label}",
        call=transform,
        inverse=lambda coefficients, length: transform.inverse(coefficients, length=length),
        value=transform,
        traits=frozenset(traits or everything),
    )


def _mdct(label: str, **settings: object) -> Entry:
    entry = _transform(st.MDCT(**settings), label)
    return dataclasses.replace(entry, traits=entry.traits | {"orthonormal"})


def _pqmf() -> list[Entry]:
    """Banks of no exact inverse, and one that doubled is orthonormal."""
    perfect = st.PQMF(n_bands=4, order=31, beta=5.0, reconstruction="perfect")
    odd, published = (
        st.PQMF(n_bands=3, order=19),
        st.PQMF(n_bands=4, convention="parallel_wavegan"),
    )
    exact = {"invertible", "orthonormal", "streaming", *PEER}
    return [
        Entry(
            "PQMF perfect",
            lambda audio: perfect(audio + audio),
            frozenset(exact),
            inverse=lambda bands, length: perfect.inverse(0.5 * bands, length=length),
            value=perfect,
        ),
        Entry("PQMF near, three bands", odd, frozenset(PEER), value=odd),
        Entry("PQMF published", published, frozenset(PEER), value=published),
    ]


def _on_the_circle(coefficients: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """One tensor without the step between -1 and 1 half turns, which are the same."""
    log_magnitude, frequency = coefficients
    return tf.concat(
        [log_magnitude, tf.cos(np.pi * frequency), tf.sin(np.pi * frequency)], axis=-1
    )


def _streamed(stream: st.StreamingPGHI, magnitudes: tf.Tensor) -> tf.Tensor:
    """Coefficients of the given magnitudes, their phase guessed frame by frame."""
    magnitudes = tf.convert_to_tensor(magnitudes)
    state = stream.initial_state(tf.shape(magnitudes)[:-2], magnitudes.dtype)
    phase, state = stream.step(magnitudes, state)
    return st.polar(magnitudes, tf.concat([phase, stream.flush(state)], axis=-2))


def _weighted(reassigned: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """One tensor, in which a bin counts as much as it holds: an empty one does not tell."""
    frequency, time, magnitude = reassigned
    return tf.concat([magnitude * (frequency / SAMPLE_RATE), magnitude * time, magnitude], axis=-1)


def _followed(levels: tf.Tensor) -> tf.Tensor:
    """Two ridges of 33 bins, a number that has to be known."""
    levels = tf.convert_to_tensor(levels)
    levels = tf.ensure_shape(levels, [*levels.shape[:-1], 33])
    return st.ridges(levels, n_ridges=2, max_step=3, half_width=2)


def _spectral() -> list[Entry]:
    """Ops on spectra, their phase and their magnitudes."""
    stft = st.STFT(n_fft=64)
    rep, mel = st.MagnitudeIF(stft), st.LogMel(stft, sample_rate=SAMPLE_RATE, n_mels=12)
    whole = st.STFT(n_fft=64, convention="tf")
    bands = {"n_mels": 32, "sample_rate": SAMPLE_RATE, "normalised": True}
    gan = st.MagnitudeIF(whole, convention="gansynth", **bands)
    settled = frozenset({"differentiable", "xla", "value"})
    guess = lambda values: st.polar(values, st.pghi(values, stft))  # noqa: E731
    sound = lambda values: st.griffin_lim(values, stft, n_iter=2)  # noqa: E731
    streamed = functools.partial(_streamed, st.StreamingPGHI(stft))
    bins = {"hop_length": 16, "n_fft": 64}
    constant = st.CQT(sample_rate=SAMPLE_RATE, fmin=500.0)
    octaves = st.CQT(sample_rate=SAMPLE_RATE, fmin=500.0, layout="octaves")
    analysed = lambda audio: st.cqt(audio, sample_rate=SAMPLE_RATE, fmin=500.0)  # noqa: E731
    restored = lambda values: st.icqt(values, sample_rate=SAMPLE_RATE, fmin=500.0)  # noqa: E731
    joined = lambda audio: tf.concat([flat(p) for p in octaves(audio)], -1)  # noqa: E731
    advance = lambda phase: st.instantaneous_frequency(phase, **bins)  # noqa: E731
    total = lambda steps: st.accumulate_phase(steps, **bins)  # noqa: E731
    smooth = frozenset({"differentiable", "xla"})
    return [
        Entry("MagnitudeIF", lambda audio: _on_the_circle(rep(audio)), settled, value=rep),
        Entry(
            "MagnitudeIF gansynth", lambda audio: _on_the_circle(gan(audio)), settled, value=gan
        ),
        Entry("LogMel", mel, settled, value=mel),
        Entry(
            "CQT",
            constant,
            frozenset({"differentiable", "invertible", "linear", "xla", "value"}),
            inverse=lambda coefficients, length: constant.inverse(coefficients, length=length),
            value=constant,
            k_unknown=SLICED,
        ),
        Entry("CQT octaves", joined, OP, k_unknown=SLICED),
        Entry("cqt", analysed, OP, k_unknown=SLICED),
        Entry("icqt", restored, OP, input=constant_q, k_unknown=SLICED),
        Entry("angle", st.angle, smooth, input=complex_noise),
        Entry("polar", lambda values: st.polar(values, values), smooth),
        Entry("unwrap", st.unwrap, smooth, input=phases),
        Entry("wrap_phase", st.wrap_phase, smooth, input=phases),
        Entry("instantaneous_frequency", advance, smooth, input=phases),
        Entry("accumulate_phase", total, smooth, input=phases),
        Entry("power_to_db", st.power_to_db, smooth, input=magnitudes),
        Entry("amplitude_to_db", st.amplitude_to_db, smooth, input=magnitudes),
        Entry("db_to_power", st.db_to_power, smooth),
        Entry("db_to_amplitude", st.db_to_amplitude, smooth),
        Entry("pghi", guess, frozenset({"xla"}), input=magnitudes, k=1e4),
        Entry("StreamingPGHI", streamed, frozenset({"xla"}), input=magnitudes, k=1e4),
        Entry("griffin_lim", sound, frozenset({"xla"}), input=magnitudes, k=1e4),
    ]


def _consistency() -> list[Entry]:
    stft, mask = st.STFT(n_fft=64), np.linspace(0.0, 1.0, 33)[None]

    def mixed(audio: tf.Tensor) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        sources = tf.stack([audio + audio, -audio, audio], axis=-2)
        return flat(st.mixture_consistency(sources, -audio))

    return [
        Entry(
            "project_consistent",
            lambda values: st.project_consistent(values, stft),
            OP,
            input=contradictory,
        ),
        Entry(
            "inconsistency",
            lambda values: st.inconsistency(values, stft),
            OP - {"linear"},
            input=contradictory,
        ),
        Entry("apply_mask", lambda audio: st.apply_mask(audio, mask, stft), OP),
        Entry("mixture_consistency", mixed, OP),
    ]


def _time_frequency() -> list[Entry]:
    """Pictures of time and frequency, and what moves sounds in them."""
    settled = frozenset({"differentiable", "xla", "value"})
    stft, peer = st.STFT(n_fft=64), st.STFT(n_fft=64, convention="librosa")
    exact = st.ReassignedSpectrogram(stft, sample_rate=SAMPLE_RATE)
    librosas = st.ReassignedSpectrogram(peer, sample_rate=SAMPLE_RATE, convention="librosa")
    squeezed = st.SynchrosqueezedSTFT(
        st.STFT(n_fft=16, hop_length=1), assignment="linear", magnitude_floor=1e-3
    )
    told = lambda audio: _weighted(exact(audio))  # noqa: E731
    cleaned = lambda audio: tf.nn.relu(_weighted(librosas(audio)))  # noqa: E731  # without NaN
    sound = st.STFT(n_fft=64)
    free = {"locking": "none"}
    vocoded = functools.partial(st.phase_vocoder, rate=0.8)
    plain = functools.partial(st.phase_vocoder, rate=1.3, **free)
    peers = functools.partial(st.phase_vocoder, rate=0.7, convention="librosa")
    slower = lambda audio, **how: st.time_stretch(audio, 0.8, sound, **how)  # noqa: E731
    higher = lambda audio, **how: st.pitch_shift(audio, 4.0, sound, **how)  # noqa: E731
    xla, smooth = frozenset({"xla"}), frozenset({"differentiable", "xla"})
    return [
        Entry("phase_vocoder", vocoded, xla, input=contradictory, k=1024.0),
        Entry("phase_vocoder plain", plain, smooth, input=contradictory, k=1024.0),
        Entry("phase_vocoder librosa", peers, smooth, input=contradictory, k=1024.0),
        Entry("time_stretch", slower, xla, k=1024.0),
        Entry("time_stretch plain", functools.partial(slower, **free), smooth, k=1024.0),
        Entry("pitch_shift", higher, xla, k=1024.0),
        Entry("pitch_shift plain", functools.partial(higher, **free), smooth, k=1024.0),
        Entry(
            "SynchrosqueezedSTFT",
            squeezed,
            settled | {"invertible"},
            inverse=lambda coefficients, length: squeezed.inverse(coefficients, length=length),
            value=squeezed,
            k=1024.0,
        ),
        Entry("ridges", _followed, frozenset({"xla", "codes"}), input=phases, any_rank=False),
        Entry("ReassignedSpectrogram", told, settled, value=exact),
        Entry(
            "ReassignedSpectrogram librosa", cleaned, frozenset({"xla", "value"}), value=librosas
        ),
    ]


def _constant_q() -> list[Entry]:
    """Frames long and short beside the hop, and a hop that does not halve."""
    bands = {"sample_rate": SAMPLE_RATE, "fmin": 1000.0, "n_bins": 18, "bins_per_octave": 6}
    odd = {"hop_length": 15, "gamma": None, "norm": 2, "pad_mode": "reflect"}
    return [
        Entry("librosa_cqt", lambda audio: st.librosa_cqt(audio, hop_length=32, **bands), OP),
        Entry("librosa_cqt odd hop", lambda audio: st.librosa_cqt(audio, **odd, **bands), OP),
    ]


def _transport() -> list[Entry]:
    """Masses that differ, at places that are in no order."""

    def moved(audio: tf.Tensor, p: float) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        mass = tf.abs(audio)
        return st.transport_cost(audio, -audio, mass, mass[..., ::-1], p=p)

    return [
        Entry(f"transport_cost {p}", functools.partial(moved, p=p), OP - {"linear"}, k=1024.0)
        for p in (1, 2)
    ]


ENTRIES = [
    _transform(st.STFT(n_fft=64), "quarter hop"),
    _transform(st.STFT(n_fft=64, hop_length=32), "half hop"),
    _transform(st.STFT(n_fft=63, hop_length=13), "odd size, hop that does not divide"),
    _transform(st.STFT(n_fft=64, win_length=40, hop_length=15), "short window"),
    _transform(st.STFT(n_fft=64, hop_length=2), "many overlaps"),
    _transform(st.STFT(n_fft=64, hop_length=50), "ill-conditioned"),
    _transform(st.STFT(n_fft=202, hop_length=50), "prime factor 101"),
    _transform(st.STFT(n_fft=1009), "prime size"),
    _transform(st.STFT(n_fft=1, hop_length=1, window="boxcar"), "one sample"),
    _transform(
        st.STFT(n_fft=64, window=("kaiser", 8.0), pad_mode="reflect"),
        "reflected",
        {"invertible", *PEER},
    ),
    _transform(st.STFT(n_fft=64, convention="librosa"), "librosa", {"streaming", *PEER}),
    _transform(st.STFT(n_fft=64, convention="torch"), "torch", PEER),
    _transform(st.STFT(n_fft=64, convention="tf"), "tf", {"streaming", *PEER}),
    _transform(
        st.STFT(n_fft=64, win_length=40, convention="tf"), "tf short", {"streaming", *PEER}
    ),
    _transform(st.STFT(n_fft=64, convention="ddsp"), "ddsp", {"streaming", *PEER}),
    _transform(st.STFT(n_fft=64, convention="hifigan"), "hifigan", PEER),
    _transform(st.STFT(n_fft=64, hop_length=15, convention="hifigan"), "hifigan odd", PEER),
    _mdct("sine", win_length=32),
    _mdct("derived, odd half", win_length=52, window=("kaiser_bessel_derived", 12.0)),
    _mdct("vorbis, shortest", win_length=4, window="vorbis"),
    *_pqmf(),
    Entry("stft", lambda audio: st.stft(audio, n_fft=64), OP),
    Entry("istft", lambda spectrum: st.istft(spectrum, n_fft=64), OP, input=spectra),
    *_spectral(),
    *_consistency(),
    *_time_frequency(),
    *_constant_q(),
    *_transport(),
]
