"""Every public processor, once or oftener, for the laws in ``laws/test_processors.py``."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

import spectrotools as st

RATE, HOP, FRAMES = 16000, 16, 12
TIME = HOP * FRAMES


@dataclasses.dataclass(frozen=True)
class Case:
    """A processor and what it is given.

    Attributes:
        id: unique, starts with the name of the class.
        make: builds it, the same each time.
        inputs: from a random generator to its inputs, for a batch of two.
        axes: the time axis of each input, by which streams are cut; None where it has none.
        streams: whether it streams.
        learns: which input is off at first, for training to put right.
        off: by how much.
        k: tolerance, in eps of float32, of the whole as a stream.
    """

    id: str
    make: Callable
    inputs: Callable[[np.random.Generator], list[np.ndarray]]
    axes: tuple[int | None, ...] = (-1,)
    streams: bool = True
    learns: int = 0
    off: float = 0.5
    k: float = 64.0

    @property
    def name(self) -> str:
        return self.id.split(" ")[0]

    def make_inputs(self, seed: int = 0) -> list[np.ndarray]:
        made = self.inputs(np.random.default_rng(seed))
        return [np.asarray(value, np.float32) for value in made]


def normal(rng: np.random.Generator, *sizes: int) -> np.ndarray:
    return rng.standard_normal((2, *sizes))


def pitch(rng: np.random.Generator, *sizes: int) -> np.ndarray:
    return rng.uniform(200.0, 400.0, (2, *sizes))


def _synths() -> list[Case]:
    grid = {"sample_rate": RATE, "hop_length": HOP}

    def tone(rng: np.random.Generator) -> list[np.ndarray]:
        return [normal(rng, FRAMES, 1), normal(rng, FRAMES, 5), pitch(rng, FRAMES, 1)]

    def flat(rng: np.random.Generator) -> list[np.ndarray]:
        return [normal(rng, FRAMES), normal(rng, FRAMES, 32), pitch(rng, FRAMES)]

    def partials(rng: np.random.Generator) -> list[np.ndarray]:
        return [normal(rng, FRAMES, 6), normal(rng, FRAMES, 6)]

    def bands(rng: np.random.Generator) -> list[np.ndarray]:
        return [normal(rng, FRAMES, 9)]

    framed, single = (-2, -2, -2), (-1, -2, -1)
    synths = st.synths
    return [
        Case("Harmonic", lambda: synths.Harmonic(**grid), tone, framed),
        Case(
            "Harmonic plain",
            lambda: synths.Harmonic(
                scale_fn=None,
                normalize_below_nyquist=False,
                interpolation="linear",
                nyquist="smooth",
                **grid,
            ),
            lambda rng: [np.abs(value) for value in tone(rng)],
            framed,
        ),
        Case("Harmonic ddsp", lambda: synths.Harmonic(convention="ddsp", **grid), tone, framed),
        Case("Sinusoidal", lambda: synths.Sinusoidal(**grid), partials, (-2, -2)),
        Case(
            "Sinusoidal ddsp",
            lambda: synths.Sinusoidal(convention="ddsp", **grid),
            partials,
            (-2, -2),
        ),
        Case("Wavetable", lambda: synths.Wavetable(**grid), flat, single),
        Case("Wavetable ddsp", lambda: synths.Wavetable(convention="ddsp", **grid), flat, single),
        Case(
            "FilteredNoise",
            lambda: synths.FilteredNoise(hop_length=HOP, seed=3),
            bands,
            (-2,),
            off=4.0,
        ),
        Case(
            "FilteredNoise ddsp",
            lambda: synths.FilteredNoise(hop_length=HOP, seed=3, convention="ddsp"),
            bands,
            (-2,),
            streams=False,
            off=4.0,
        ),
        Case(
            "TensorToAudio",
            lambda: synths.TensorToAudio(),
            lambda rng: [normal(rng, TIME, 1)],
            (-2,),
        ),
    ]


def audio(rng: np.random.Generator) -> list[np.ndarray]:
    return [normal(rng, TIME)]


def two(rng: np.random.Generator) -> list[np.ndarray]:
    return [normal(rng, TIME), normal(rng, TIME)]


def _routing() -> list[Case]:
    effects = st.effects
    return [
        Case("Add", lambda: effects.Add(), two, (-1, -1)),
        Case("Crop", lambda: effects.Crop(samples=7), audio),
        Case("Crop back", lambda: effects.Crop(samples=9, place="back"), audio),
    ]


def _reverbs() -> list[Case]:
    effects, layers = st.effects, st.layers
    drawn = np.random.default_rng(5).uniform(-0.3, 0.3, 40)

    def response() -> st.layers.Parameter:
        return layers.Parameter(drawn)

    rooms = {"reverb_length": 50, "seed": 3}
    small = {"sample_rate": RATE, "delays": [5, 7, 11]}
    return [
        Case("Reverb", lambda: effects.Reverb(impulse_response=response()), audio),
        Case(
            "Reverb long",
            lambda: effects.Reverb(impulse_response=np.tile(drawn, 8), add_dry=False),
            audio,
        ),
        Case(
            "Reverb given",
            lambda: effects.Reverb(reverb_length=None),
            lambda rng: [normal(rng, TIME), 0.1 * normal(rng, 30)],
            (-1, None),
        ),
        Case(
            "ExpDecayReverb",
            lambda: effects.ExpDecayReverb(sample_rate=RATE, decay=0.005, **rooms),
            audio,
        ),
        Case(
            "ExpDecayReverb ddsp",
            lambda: effects.ExpDecayReverb(convention="ddsp", gain=0.1, **rooms),
            audio,
        ),
        Case(
            "FilteredNoiseReverb",
            lambda: effects.FilteredNoiseReverb(
                n_frames=10, n_bands=5, magnitudes=np.zeros([10, 5]), **rooms
            ),
            audio,
        ),
        Case("FDNReverb", lambda: effects.FDNReverb(**small), audio, k=256.0),
        Case(
            "FDNReverb one colour",
            lambda: effects.FDNReverb(
                high_decay_seconds=False, decay_seconds=layers.Positive(0.1), **small
            ),
            audio,
            k=256.0,
        ),
    ]


def _delays() -> list[Case]:
    effects, rate = st.effects, {"sample_rate": RATE}

    def moved(rng: np.random.Generator) -> list[np.ndarray]:
        return [normal(rng, TIME) for _ in range(3)]

    near = {"center_ms": 2.0, "depth_ms": 1.5, **rate}
    filtered = lambda rng: [normal(rng, TIME), normal(rng, FRAMES, 9)]  # noqa: E731
    return [
        Case("ModDelay", lambda: effects.ModDelay(**near), moved, (-1, -1, -1)),
        Case(
            "ModDelay ddsp",
            lambda: effects.ModDelay(convention="ddsp", **near),
            lambda rng: [moved(rng)[0], normal(rng, TIME, 1), normal(rng, TIME, 1)],
            (-1, -2, -2),
        ),
        Case("Vibrato", lambda: effects.Vibrato(rate_hz=90.0, **rate), audio),
        Case("Chorus", lambda: effects.Chorus(rate_hz=90.0, **rate), audio),
        Case("Flanger", lambda: effects.Flanger(rate_hz=90.0, feedback=0.4, **rate), audio),
        Case("FIRFilter", lambda: effects.FIRFilter(hop_length=HOP), filtered, (-1, -2)),
        Case(
            "FIRFilter short",
            lambda: effects.FIRFilter(hop_length=HOP, window_size=4, scale_fn=None),
            filtered,
            (-1, -2),
        ),
        Case(
            "FIRFilter ddsp",
            lambda: effects.FIRFilter(hop_length=HOP, convention="ddsp"),
            filtered,
            (-1, -2),
            streams=False,
        ),
    ]


def _levels() -> list[Case]:
    effects, layers, rate = st.effects, st.layers, {"sample_rate": RATE}
    bands = {"frequencies_hz": [500.0, 1500.0, 4000.0], "q": [0.7, 2.0, 0.7]}
    fade = lambda rng: [*two(rng), normal(rng, FRAMES, 1)]  # noqa: E731
    return [
        Case(
            "Compressor",
            lambda: effects.Compressor(threshold_db=layers.Parameter(-10.0), **rate),
            audio,
        ),
        Case("Expander", lambda: effects.Expander(threshold_db=-6.0, **rate), audio, off=0.3),
        Case(
            "Limiter",
            lambda: effects.Limiter(lookahead_seconds=0.001, **rate),
            lambda rng: [0.5 * normal(rng, TIME)],
        ),
        Case("Distortion", lambda: effects.Distortion(drive_db=layers.Parameter(3.0)), audio),
        Case("Distortion clean", lambda: effects.Distortion(kind="soft", antialias=True), audio),
        Case("Equalizer", lambda: effects.Equalizer(**rate), audio, k=256.0),
        Case(
            "Equalizer fixed",
            lambda: effects.Equalizer(gains_db=[6.0, -9.0, 3.0], **bands, **rate),
            audio,
            k=256.0,
        ),
        Case("Mix", lambda: effects.Mix(hop_length=HOP), fade, (-1, -1, -2)),
        Case(
            "Mix ddsp", lambda: effects.Mix(hop_length=HOP, convention="ddsp"), fade, (-1, -1, -2)
        ),
        Case("Pan", lambda: effects.Pan(position=0.3), audio),
    ]


def group() -> st.layers.ProcessorGroup:
    """Harmonics and noise, each of which is late by its own, through an effect."""
    synths, effects = st.synths, st.effects
    grid = {"sample_rate": RATE, "hop_length": HOP}
    return st.layers.ProcessorGroup(
        [
            (synths.Harmonic(name="harmonic", **grid), ["amplitudes", "harmonics", "f0_hz"]),
            (synths.FilteredNoise(name="noise", hop_length=HOP, seed=3), ["magnitudes"]),
            (effects.Crop(name="crop", samples=3, place="back"), ["harmonic/signal"]),
            (effects.Crop(name="late", samples=3), ["noise/signal"]),
            (effects.Add(name="add"), ["crop/signal", "late/signal"]),
        ],
        name="group",
    )


def group_inputs(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    made = {
        "amplitudes": normal(rng, FRAMES, 1),
        "harmonics": normal(rng, FRAMES, 5),
        "f0_hz": pitch(rng, FRAMES, 1),
        "magnitudes": normal(rng, FRAMES, 9),
    }
    return {name: value.astype(np.float32) for name, value in made.items()}


CASES = [*_synths(), *_routing(), *_reverbs(), *_delays(), *_levels()]


def cut(value: np.ndarray, axis: int | None, shares: list[float]) -> list[tf.Tensor]:
    """Blocks that end at these shares of the whole, rounded down."""
    if axis is None:
        return [tf.constant(value)] * (len(shares) + 1)
    size = value.shape[axis]
    return [tf.constant(part) for part in np.split(value, [int(s * size) for s in shares], axis)]
