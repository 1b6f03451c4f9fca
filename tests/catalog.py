"""Every public op and transform, once, with the traits by which the laws pick it up.

A new op is one entry here; the files in ``laws/`` then hold it to everything that its traits
promise, and ``laws/test_catalogue.py`` fails while a public name has no entry.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

import spectrotools as st

SAMPLE_RATE = 16000
NOT_OPS = {"__version__", "show_versions", "mel_filterbank", "hz_to_mel", "mel_to_hz"}
NOT_OPS |= {"effects", "layers", "synths"}  # whose names tests/processors.py lists


@dataclasses.dataclass(frozen=True)
class Entry:
    """One callable of the toolkit and what it promises.

    Attributes:
        id: unique name of the case, which starts with the public name.
        call: the callable, from one tensor ``[..., time]`` to one tensor.
        traits: the laws that it obeys, of ``TRAITS``.
        inverse: the way back, from the result and the length in samples.
        input: makes an input from a random generator, a shape and a NumPy dtype.
        value: the transform itself, where there is one.
        k: tolerance of agreement between ways of running, in eps of the dtype.
        any_rank: whether the number of axes may be known to the graph alone.
        k_unknown: the same in float64 where only a graph knows the sizes; None is ``k``.
    """

    id: str
    call: Callable[[tf.Tensor], tf.Tensor]
    traits: frozenset[str]
    inverse: Callable[..., tf.Tensor] | None = None
    input: Callable[..., np.ndarray] | None = None
    value: object = None
    k: float = 64.0
    k_unknown: float | None = None
    any_rank: bool = True

    @property
    def name(self) -> str:
        return self.id.split(" ")[0]

    def make_input(
        self, rng: np.random.Generator, shape: tuple[int, ...], dtype: type = np.float64
    ):
        return (self.input or noise)(rng, shape, dtype)


TRAITS = {
    "invertible": "inverse(call(x), length) is x, to the design's figures",
    "differentiable": "the gradient is finite, and that of central differences",
    "linear": "call(a x + b y) is a call(x) + b call(y)",
    "streaming": "step over any cuts, then flush, is the whole",
    "xla": "compiles for CPU and GPU, and agrees with eager",
    "codes": "gives or takes integers: agreement is exact",
    "seeded": "draws noise from a seed: every item of a batch has its own, in a batch of any size",
    "value": "is a value: equal, hashable, a dict round trip, one trace",
}


def noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return rng.uniform(-1.0, 1.0, shape).astype(dtype)


def spectra(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Coefficients of noise of the given shape by the STFT that the istft entry undoes."""
    return st.stft(noise(rng, shape, dtype), n_fft=64).numpy()


def complex_noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return noise(rng, shape, dtype) + 1j * noise(rng, shape, dtype)


def magnitudes(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Magnitudes of such coefficients."""
    return np.abs(spectra(rng, shape, dtype))


def phases(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Phases of as many frames, radians, far from where one wraps."""
    return rng.uniform(-1.0, 1.0, (*shape[:-1], shape[-1] // 16 + 1, 33)).astype(dtype)


def pitches(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Positive numbers of two octaves: Hz of a slow tremor, or tenths of seconds."""
    return rng.uniform(1.0, 4.0, shape).astype(dtype)


def constant_q(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Coefficients such as the icqt entry takes, of no signal: nowhere is the sound silent."""
    cqt = st.CQT(sample_rate=SAMPLE_RATE, fmin=500.0)
    size = cqt.num_frames(shape[-1]), len(cqt.frequencies)
    return complex_noise(rng, (*shape[:-1], *size), dtype)


def _flat(part: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(part)
    return tf.reshape(part, tf.concat([shape[:-2], [shape[-2] * shape[-1]]], axis=0))


def codes(low: int, high: int, dtype: type) -> Callable[..., np.ndarray]:
    return lambda rng, shape, _: rng.integers(low, high + 1, shape).astype(dtype)


def _transform(transform: st.STFT, label: str, traits: set[str] = frozenset()) -> Entry:
    everything = {"invertible", "differentiable", "linear", "streaming", "xla", "value"}
    return Entry(
        id=f"{type(transform).__name__} {label}",
        call=transform,
        inverse=lambda coefficients, length: transform.inverse(coefficients, length=length),
        value=transform,
        traits=frozenset(traits or everything),
    )


def _companding() -> list[Entry]:
    codecs = {
        f"mu_law {convention}": ("mu_law", {"convention": convention}, convention)
        for convention in ("wavenet", "midpoint", "nsynth", "librosa", "g711")
    }
    codecs |= {"a_law": ("a_law", {}, "g711"), "linear": ("linear", {"bits": 8}, "nsynth")}
    entries = []
    for label, (law, settings, kind) in codecs.items():
        signed = kind in ("nsynth", "librosa")
        low, high, dtype = (-128, 127, np.int8) if signed else (0, 255, np.uint8)
        for action, traits, source in (
            ("encode", {"codes", "xla"}, None),
            ("decode", {"codes", "xla"}, codes(low, high, dtype)),
        ):
            call = functools.partial(getattr(st, f"{law}_{action}"), **settings)
            name = f"{law}_{action}"
            entries.append(Entry(label.replace(law, name), call, frozenset(traits), input=source))
    halved = lambda audio: st.straight_through(audio, audio / 2)  # noqa: E731
    entries.append(Entry("straight_through", halved, frozenset({"xla", "linear"})))
    expand = lambda compressed, length: st.mu_law_expand(compressed)  # noqa: E731
    entries.append(Entry("mu_law_compress", st.mu_law_compress, _SMOOTH, inverse=expand))
    compress = lambda audio, length: st.mu_law_compress(audio)  # noqa: E731
    entries.append(Entry("mu_law_expand", st.mu_law_expand, _SMOOTH, inverse=compress))
    return entries


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
    joined = lambda audio: tf.concat([_flat(p) for p in octaves(audio)], -1)  # noqa: E731
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
            k_unknown=_SLICED,
        ),
        Entry("CQT octaves", joined, _OP, k_unknown=_SLICED),
        Entry("cqt", analysed, _OP, k_unknown=_SLICED),
        Entry("icqt", restored, _OP, input=constant_q, k_unknown=_SLICED),
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


def controls(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """What drives a synthesiser, a value at each frame: see ``_oscillators``."""
    return noise(rng, shape, dtype)


def _oscillators() -> list[Entry]:
    """Synthesisers, every control of which is made of one tensor ``[..., frames]``."""
    grid = {"sample_rate": SAMPLE_RATE, "hop_length": 4}
    smooth = frozenset({"differentiable", "xla"})

    def tone(x: tf.Tensor, **settings) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        harmonics = tf.stack([1.0 + x, x**2, 0.5 - x, *[0.1 * x] * 9], axis=-1)
        return st.harmonic_synthesis(700.0 + 50.0 * x, x, harmonics, **grid, **settings)

    def sinusoids(x: tf.Tensor, **settings) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        frequencies = tf.stack([500.0 + 90.0 * x, 1700.0 - 400.0 * x, 7000.0 + 1400.0 * x], -1)
        amplitudes = tf.stack([x, 1.0 - x, 0.5 * x], axis=-1)
        return st.sinusoidal_synthesis(frequencies, amplitudes, **grid, **settings)

    def phase(x: tf.Tensor) -> tf.Tensor:
        return tf.sin(st.oscillator_phase(500.0 + 90.0 * tf.convert_to_tensor(x), **grid))

    def partials(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        shifts = 0.1 * tf.stack([x, -x], axis=-1)
        made = st.harmonic_frequencies(x, 2, inharmonicity=x**2, shifts=shifts)
        return tf.reduce_sum(made, axis=-1)

    def normalized(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        distribution = tf.stack([2.0 + x, 2.0 - x, 1.5 + x], axis=-1)
        even = st.normalize_harmonics(distribution, 2600.0 + 100.0 * x, sample_rate=SAMPLE_RATE)
        return even[..., 0] - even[..., 1] * x

    def audible(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        frequencies = 7600.0 + 300.0 * x
        return st.remove_above_nyquist(frequencies, x, sample_rate=SAMPLE_RATE, nyquist="smooth")

    fading = functools.partial(tone, nyquist="smooth", interpolation="linear")
    return [
        Entry("harmonic_synthesis", tone, smooth, input=controls, any_rank=False),
        Entry("harmonic_synthesis smooth", fading, smooth, input=controls, any_rank=False),
        Entry("sinusoidal_synthesis", sinusoids, smooth, input=controls, any_rank=False),
        Entry("oscillator_phase", phase, smooth, input=controls),
        Entry("harmonic_frequencies", partials, smooth, input=controls),
        Entry("normalize_harmonics", normalized, smooth, input=controls),
        Entry("remove_above_nyquist", audible, smooth, input=controls),
    ]


def _constant_q() -> list[Entry]:
    """Frames long and short beside the hop, and a hop that does not halve."""
    bands = {"sample_rate": SAMPLE_RATE, "fmin": 1000.0, "n_bins": 18, "bins_per_octave": 6}
    odd = {"hop_length": 15, "gamma": None, "norm": 2, "pad_mode": "reflect"}
    return [
        Entry("librosa_cqt", lambda audio: st.librosa_cqt(audio, hop_length=32, **bands), _OP),
        Entry("librosa_cqt odd hop", lambda audio: st.librosa_cqt(audio, **odd, **bands), _OP),
    ]


def _signals() -> list[Entry]:
    """Frequencies within a Nyquist of 1.25 Hz; those of exponential glides are never 0."""
    rate = {"sample_rate": 2.5, "length": 8}
    glide = lambda hz: st.chirp(hz, 0.5 * hz, **rate)  # noqa: E731
    slide = lambda x: st.chirp(  # noqa: E731
        tf.exp(x - 1.0), tf.exp(0.5 * x), method="exponential", **rate
    )
    sweeps = lambda x: tf.concat(  # noqa: E731
        st.exponential_sweep(tf.exp(x - 3.0), tf.exp(0.5 * x - 1.0), **rate), axis=-1
    )
    beats = lambda times: st.clicks(  # noqa: E731
        times, sample_rate=50, length=40, click=[1.0, -0.5, 0.25]
    )
    spiral = lambda hz: st.hz_to_poles(hz, sample_rate=2.5, radius=hz)  # noqa: E731
    damped = lambda poles: st.damped_sinusoids(0.7 * poles, length=40)  # noqa: E731
    smooth = frozenset({"differentiable", "xla"})
    return [
        Entry("tone", functools.partial(st.tone, **rate), smooth),
        Entry("chirp", glide, smooth),
        Entry("chirp exponential", slide, smooth, input=noise),
        Entry("exponential_sweep", sweeps, smooth, input=noise),
        Entry("clicks", beats, frozenset({"xla"}), input=noise),
        Entry("damped_sinusoids", damped, smooth, input=complex_noise),
        Entry("hz_to_poles", spiral, smooth),
        Entry(
            "poles_to_hz",
            functools.partial(st.poles_to_hz, sample_rate=2.5),
            smooth,
            input=complex_noise,
        ),
    ]


def _harmonic_analysis() -> list[Entry]:
    """Harmonics of a glide, in windows shorter and longer than two hops, and of broken pitch."""

    def measured(audio: tf.Tensor, hop_length: int, gap: int = 10**6) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        frame = tf.range(1 + tf.shape(audio)[-1] // hop_length)
        f0_hz = 700.0 + 3.0 * tf.cast(frame, tf.float64)
        f0_hz = tf.where(frame % gap == 3, tf.constant(np.nan, tf.float64), f0_hz)
        settings = {"sample_rate": SAMPLE_RATE, "n_harmonics": 5, "fmin": 600.0}
        return st.harmonic_amplitudes(audio, f0_hz, hop_length=hop_length, **settings)

    return [
        Entry("harmonic_amplitudes", functools.partial(measured, hop_length=16), _OP),
        Entry("harmonic_amplitudes long hop", functools.partial(measured, hop_length=75), _OP),
        Entry("harmonic_amplitudes gaps", functools.partial(measured, hop_length=13, gap=7), _OP),
    ]


def _changing(audio: tf.Tensor, **settings: object) -> tf.Tensor:
    """Audio through filters of gains that every precision knows exactly."""
    audio = tf.convert_to_tensor(audio)
    frames = -(-tf.shape(audio)[-1] // 16)
    eighths = (3 * tf.range(frames)[:, None] + 5 * tf.range(5)) % 8
    gains = tf.cast(eighths, audio.dtype) / 8
    return st.time_varying_fir(audio, gains, hop_length=16, **settings)


def _enveloped(envelope: tf.Tensor, **settings: object) -> tf.Tensor:
    """Noise of an envelope ``[..., frames]``; the op wants to know how many bands there are."""
    envelope = tf.convert_to_tensor(envelope)
    shape = tf.shape(envelope)
    flat = tf.reshape(envelope, [tf.reduce_prod(shape[:-1]), shape[-1], 1])
    magnitudes = flat * tf.constant([0.5, 1.0, 0.0, -0.25, 0.75], envelope.dtype)
    sound = st.filtered_noise(magnitudes, hop_length=4, seed=1, **settings)
    return tf.reshape(sound, tf.concat([shape[:-1], [4 * shape[-1]]], axis=0))


def _noise() -> list[Entry]:
    def added(draw: Callable, **settings: object) -> Callable:
        def call(audio: tf.Tensor) -> tf.Tensor:
            audio = tf.convert_to_tensor(audio)
            return audio + draw(tf.shape(audio), seed=1, dtype=audio.dtype, **settings)

        return call

    normal = added(st.white_noise, distribution="normal")
    velvet = added(st.velvet_noise, sample_rate=SAMPLE_RATE, density=1500.0)
    drawn, shaped = frozenset({"seeded", "xla"}), _OP | {"seeded"}
    peer = functools.partial(_enveloped, convention="ddsp")
    late = functools.partial(_changing, convention="ddsp")
    return [
        Entry("white_noise", added(st.white_noise), drawn, input=noise),
        Entry("white_noise normal", normal, drawn, input=noise),
        Entry("velvet_noise", velvet, drawn, input=noise),
        Entry("time_varying_fir", _changing, _OP),
        Entry("time_varying_fir ddsp", late, _OP),
        Entry("filtered_noise", _enveloped, shaped, input=noise),
        Entry("filtered_noise ddsp", peer, shaped, input=noise),
    ]


def _controls() -> list[Entry]:
    """Controls at frames, brought to samples at hops whole and broken, and shaped in time."""
    entries = []
    for method in ("nearest", "linear", "cosine", "cubic"):
        for hop in (4, 2.4, 0.7):
            call = functools.partial(st.upsample, hop_length=hop, method=method)
            entries.append(Entry(f"upsample {method} {hop}", call, _OP))
    banked = functools.partial(st.upsample, hop_length=3, channels=True)
    entries.append(Entry("upsample channels", banked, _OP, input=phases))
    uneven = functools.partial(st.upsample, hop_length=10 / 3, method="cubic", channels=True)
    entries.append(Entry("upsample channels broken hop", uneven, _OP, input=phases))
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
        entries.append(Entry(f"glide {curve}", call, smooth, input=pitches, k=_SUMMED))
    timed = lambda x: st.glide(x, x[..., 0] / 20, sample_rate=100, curve="linear")  # noqa: E731
    entries.append(Entry("glide timed", timed, smooth, input=pitches, k=_SUMMED))
    return entries


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
        Entry("sosfilt", lambda audio: st.sosfilt(audio, sos), _OP),
        Entry("lfilter", lambda audio: st.lfilter(audio, *fixed), _OP),
        Entry("lfilter own", own, _OP, any_rank=False),
        Entry("lfilter changing", changing, _OP),
        Entry("preemphasis", st.preemphasis, _OP),
        Entry("deemphasis", st.deemphasis, _OP),
        Entry("biquad", shaped, smooth, input=pitches),
        Entry("sosfreqz", response, smooth, input=pitches, any_rank=False),
    ]


def _around(controls: tf.Tensor, middle: float, width: float) -> tf.Tensor:
    """Values that differ a little, of controls in [-1, 1], and are not rounded to half."""
    controls = tf.convert_to_tensor(controls)
    if not controls.dtype.is_floating:
        return controls
    half = controls.dtype in (tf.float16, tf.bfloat16)
    return middle + width * tf.cast(controls, tf.float32 if half else controls.dtype)


def _times(controls: tf.Tensor, values: tuple[float, ...]) -> tf.Tensor:
    """Multiples of controls, by powers of 2, which no dtype rounds."""
    controls = tf.convert_to_tensor(controls)
    return controls[..., None] * tf.cast(tf.constant(values), controls.dtype)


def _voices() -> list[Entry]:
    """Oscillators of other shapes than sines; called with controls of [-1, 1]."""
    grid = {"sample_rate": SAMPLE_RATE, "hop_length": 4}
    made = functools.partial(st.wavetable_synthesis, **grid)
    tone = functools.partial(st.waveform_synthesis, **grid)
    fm = functools.partial(st.fm_synthesis, **grid)
    f0 = lambda x: _around(x, 900.0, 40.0)  # noqa: E731
    table = (0.5, 1.0, -2.0, 0.25, -1.0, 0.0, 2.0, 1.0, -0.5, -1.0, 0.25, 0.5)
    calls = {
        "wavetable_synthesis": lambda x: made(f0(x), x, table),
        "wavetable_synthesis changing": lambda x: made(f0(x), x, _times(x, table)),
        "wavetable_synthesis cubic": lambda x: made(f0(x), x, table, lookup="cubic"),
        "wavetable_synthesis cubic changing": lambda x: made(
            f0(x), x, _times(x, table), lookup="cubic"
        ),
        "waveform_synthesis saw": lambda x: tone(f0(x), x, shape="saw"),
        "waveform_synthesis square": lambda x: tone(f0(x), x, shape="square"),
        "waveform_synthesis triangle": lambda x: tone(f0(x), x, shape="triangle"),
        "waveform_synthesis pulse": lambda x: tone(
            f0(x), x, shape="pulse", pulse_width=_around(x, 0.4, 0.2)
        ),
        "waveform_synthesis saw hard": lambda x: tone(f0(x), x, shape="saw", nyquist="hard"),
        "waveform_synthesis triangle hard": lambda x: tone(
            f0(x), x, shape="triangle", nyquist="hard"
        ),
        "fm_synthesis": lambda x: fm(f0(x), x, [2.0, 1.5], _times(x, (1.0, 2.0))),
        "lfo sine": lambda x: st.lfo(f0(x), **grid),
        "lfo triangle": lambda x: st.lfo(f0(x), shape="triangle", **grid),
    }
    traits, unranked = frozenset({"differentiable", "xla"}), ("changing", "fm_synthesis")
    return [
        Entry(label, call, traits, any_rank=not label.endswith(unranked))
        for label, call in calls.items()
    ] + [
        Entry("lfo square", lambda x: st.lfo(f0(x), shape="square", **grid), frozenset({"xla"})),
        Entry(
            "harmonics_to_wavetable",
            lambda x: st.harmonics_to_wavetable(_times(x, (1.0, 0.5)), size=6)[..., 1],
            frozenset({"differentiable", "xla"}),
            any_rank=False,
        ),
    ]


def _moved() -> list[Entry]:
    """Signals through responses and to other rates."""
    taps = (0.5, -1.0, 0.25, 0.75, -0.5, 0.125, 1.0)
    entries = []
    for mode in ("full", "same", "valid", "causal"):
        call = functools.partial(st.fft_convolve, impulse_response=taps, mode=mode)
        entries.append(Entry(f"fft_convolve {mode}", call, _OP))

    def by_itself(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        return st.fft_convolve(x, x[..., :9], mode="same")

    def low(x: tf.Tensor) -> tf.Tensor:
        return st.sinc_filter(x, 2000.0, sample_rate=SAMPLE_RATE, taps=33)

    def edges(x: tf.Tensor, kind: str) -> tf.Tensor:
        cutoff = _around(x, 3000.0, 900.0)[..., :1]
        cutoff = cutoff if kind != "bandpass" else tf.concat([cutoff, 1.5 * cutoff], axis=-1)
        cutoff = cutoff if kind == "bandpass" else cutoff[..., 0]
        return st.sinc_filter(x, cutoff, sample_rate=SAMPLE_RATE, kind=kind, taps=33)

    def responses(x: tf.Tensor) -> tf.Tensor:
        cutoff = _around(x, 3000.0, 900.0)
        return st.sinc_impulse_response(cutoff, sample_rate=SAMPLE_RATE, taps=9)[..., 3]

    def shaped(x: tf.Tensor, **settings: object) -> tf.Tensor:
        gains = _times(x, (0.5, 1.0, 0.0, -0.25, 0.75))
        return st.frequency_impulse_response(gains, **settings)[..., 3]

    partitioned = functools.partial(st.partitioned_convolve, impulse_response=taps, block_size=4)
    down = st.Resampler(sample_rate=3, target_rate=2, zeros=8)
    awry = functools.partial(st.resample, sample_rate=147, target_rate=160, zeros=6, beta=6.0)
    near = functools.partial(st.resample, sample_rate=700, target_rate=701, zeros=4, beta=4.0)
    smooth = frozenset({"differentiable", "xla"})
    return [
        *entries,
        Entry("fft_convolve by itself", by_itself, smooth),
        Entry("partitioned_convolve", partitioned, _OP),
        Entry("partition_response", _partitioned, _OP, any_rank=False),
        Entry("sinc_filter", low, _OP),
        Entry(
            "sinc_filter highpass", functools.partial(edges, kind="highpass"), smooth, input=noise
        ),
        Entry(
            "sinc_filter bandpass", functools.partial(edges, kind="bandpass"), smooth, input=noise
        ),
        Entry("sinc_impulse_response", responses, smooth),
        Entry("frequency_impulse_response", shaped, _OP, input=controls, any_rank=False),
        Entry(
            "frequency_impulse_response ddsp",
            functools.partial(shaped, convention="ddsp"),
            _OP,
            input=controls,
            any_rank=False,
        ),
        Entry("resample", functools.partial(st.resample, sample_rate=2, target_rate=3), _OP),
        Entry("resample groups", awry, _OP),
        Entry("resample many groups", near, _OP),
        Entry("Resampler", down, _OP | {"value"}, value=down),
    ]


def _partitioned(audio: tf.Tensor) -> tf.Tensor:
    """The partitions of responses of 7 taps, or fewer where there are not so many."""
    audio = tf.convert_to_tensor(audio)
    padded = tf.concat([audio, *[tf.zeros_like(audio[..., :1])] * 7], axis=-1)
    known = tf.reshape(padded[..., :7], tf.concat([tf.shape(audio)[:-1], [7]], axis=0))
    known.set_shape([*audio.shape[:-1], 7])
    return _flat(st.partition_response(known, block_size=3))


def _delayed() -> list[Entry]:
    """Sound that is late, by as much as numbers or the sound itself say."""
    varied = frozenset({"differentiable", "xla"})

    def moving(x: tf.Tensor, **settings: object) -> tf.Tensor:
        return st.delay(x, _around(x, 5.2, 3.0), **settings)

    def each(x: tf.Tensor) -> tf.Tensor:
        return st.delay(x, _around(x, 5.2, 3.0)[..., 0], max_delay=9)

    def part(x: tf.Tensor, convention: str | None = None) -> tf.Tensor:
        return st.variable_length_delay(
            x, _around(x, 0.52, 0.45), max_length=6, convention=convention
        )

    entries = []
    for kind in ("linear", "cubic", "allpass"):
        fixed = functools.partial(st.delay, delay_samples=7.3, interpolation=kind)
        entries.append(Entry(f"delay {kind}", fixed, _OP))
        changing = functools.partial(moving, interpolation=kind)
        entries.append(Entry(f"delay {kind} changing", changing, varied))
    sweep = {"sample_rate": SAMPLE_RATE, "rate_hz": 90.0, "depth_ms": 0.4, "center_ms": 0.7}
    fed_back = functools.partial(st.flanger, feedback=-0.6, **sweep)
    return [
        *entries,
        Entry("vibrato", functools.partial(st.vibrato, **sweep), _OP),
        Entry("chorus", functools.partial(st.chorus, voices=2, **sweep), _OP),
        Entry("flanger", functools.partial(st.flanger, **sweep), _OP),
        Entry("flanger fed back", fed_back, _OP),
        Entry("delay each", each, varied, any_rank=False),
        Entry("variable_length_delay", part, varied),
        Entry("variable_length_delay ddsp", functools.partial(part, convention="ddsp"), varied),
    ]


def _loud() -> list[Entry]:
    """Gains that follow the sound, with time constants of a few samples, and bent waves."""
    times = {"attack_seconds": 3e-4, "release_seconds": 2e-3, "sample_rate": SAMPLE_RATE}
    squeeze = functools.partial(st.compressor, threshold_db=-12.0, knee_db=9.0, **times)
    gate = functools.partial(st.expander, threshold_db=-9.0, knee_db=5.0, **times)
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
        return st.crossfade(x, st.delay(x, 3.0), _around(x, 0.5, 0.45), **settings)

    def placed(x: tf.Tensor, law: str) -> tf.Tensor:
        return tf.reduce_sum(_times(st.pan(x, _around(x, 0.1, 0.8), law=law), (1.0, -2.0)), -1)

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
            x, _around(x, second, 0.3), length=40, seed=3, **settings
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
        Entry("feedback_delay_network", plain, _OP),
        Entry("feedback_delay_network damped", functools.partial(plain, **shelf), _OP),
        Entry("exponential_decay_response", second, smooth | seeded, input=noise),
        Entry("exponential_decay_response ddsp", peer, smooth | seeded, input=noise),
        Entry("energy_decay_curve", st.energy_decay_curve, smooth),
        Entry("reverberation_time", timed, smooth, input=noise),
    ]


def _prediction() -> list[Entry]:
    """Linear prediction, and filters of order 3 and 4 that are stable whatever the numbers."""

    def model(frames: tf.Tensor, **settings: object) -> tf.Tensor:
        coefficients, gain = st.linear_prediction(frames, order=3, **settings)
        return tf.concat([coefficients, gain[..., None]], axis=-1)

    def filters(x: tf.Tensor) -> tf.Tensor:
        shares = _times(x, (0.25, -0.125, 0.25, 0.125))
        return tf.concat([tf.ones_like(shares[..., :1]), shares], axis=-1)

    smooth = frozenset({"differentiable", "xla"})
    calls = {
        "reflection_to_lpc": lambda x: st.reflection_to_lpc(_times(x, (0.5, -0.25, 0.5))),
        "lpc_to_reflection": lambda x: st.lpc_to_reflection(filters(x)),
        "lpc_to_lsf even": lambda x: st.lpc_to_lsf(filters(x)),
        "lpc_to_lsf odd": lambda x: st.lpc_to_lsf(filters(x)[..., :-1]),
        "lsf_to_lpc": lambda x: st.lsf_to_lpc(_times(x, (0.5, 1.0, 2.0))),
    }
    return [
        Entry("linear_prediction", model, smooth),
        Entry("linear_prediction burg", functools.partial(model, method="burg"), smooth),
    ] + [Entry(label, call, smooth, any_rank=False) for label, call in calls.items()]


def _scaled() -> list[Entry]:
    """What a network puts out, scaled to controls; called with numbers of [-1, 1]."""
    smooth = frozenset({"differentiable", "xla"})
    low, band = {"fmin": 1.0, "fmax": 3.0}, {"fmin": 1.0, "fmax": 40.0}
    pairs = lambda x: _times(x, (1.0, -0.5, 0.25, 2.0))  # noqa: E731
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
        Entry("gradient_reversal", reversed_twice, _OP),
        Entry("hz_to_midi", lambda x: st.hz_to_midi(x) / 32, smooth, input=pitches),
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


_PEER = {"differentiable", "linear", "xla", "value"}
_OP = frozenset({"differentiable", "linear", "xla"})
_SLICED = 1e9  # in float64, -130 dB: what a slice of unknown sound cannot hear
_SUMMED = 512.0  # a mean is the difference of two sums over all that came before
_SMOOTH = frozenset({"differentiable", "invertible", "xla"})

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
        {"invertible", *_PEER},
    ),
    _transform(st.STFT(n_fft=64, convention="librosa"), "librosa", {"streaming", *_PEER}),
    _transform(st.STFT(n_fft=64, convention="torch"), "torch", _PEER),
    _transform(st.STFT(n_fft=64, convention="tf"), "tf", {"streaming", *_PEER}),
    _transform(
        st.STFT(n_fft=64, win_length=40, convention="tf"), "tf short", {"streaming", *_PEER}
    ),
    _transform(st.STFT(n_fft=64, convention="hifigan"), "hifigan", _PEER),
    _transform(st.STFT(n_fft=64, hop_length=15, convention="hifigan"), "hifigan odd", _PEER),
    Entry("stft", lambda audio: st.stft(audio, n_fft=64), _OP),
    Entry("istft", lambda spectrum: st.istft(spectrum, n_fft=64), _OP, input=spectra),
    *_companding(),
    *_oscillators(),
    *_constant_q(),
    *_signals(),
    *_harmonic_analysis(),
    *_noise(),
    *_filters(),
    *_controls(),
    *_loud(),
    *_mixed(),
    *_reverberation(),
    *_prediction(),
    *_spectral(),
    *_voices(),
    *_delayed(),
    *_moved(),
    *_scaled(),
]

BY_ID = {entry.id: entry for entry in ENTRIES}


def having(*traits: str) -> list:
    """The entries with all these traits, for ``pytest.mark.parametrize``."""
    import pytest

    chosen = [entry for entry in ENTRIES if set(traits) <= entry.traits]
    return [pytest.param(entry, id=entry.id) for entry in chosen]
