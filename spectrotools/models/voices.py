"""The processors at the end of a model of one instrument."""

from ..effects.add import Add
from ..effects.reverb import Reverb
from ..layers.processor import Processor
from ..layers.processor_group import ProcessorGroup
from ..synths.filtered_noise import FilteredNoise
from ..synths.harmonic import Harmonic
from ..synths.sinusoidal import Sinusoidal

__all__ = ["harmonic_plus_noise", "sinusoidal_plus_noise"]

_ROLLOFF = 0.6  # 12 dB an octave


def harmonic_plus_noise(
    *,
    sample_rate: float,
    hop_length: int,
    reverb_length: int | None = 48000,
    seed: int | None = None,
) -> ProcessorGroup:
    """Build DDSP's instrument: harmonics and noise, in a room that is learnt.

    Its inputs are ``amplitudes``, ``harmonic_distribution``, ``f0_hz`` and ``magnitudes``; of how
    many harmonics and bands, they say themselves.

    Harmonics begin by falling 12 dB an octave, as those of many instruments do. Were all alike at
    first, as in DDSP, then of a sound with few harmonics most would be too loud by far. All of
    them would pull the network the same way, which drives its hidden state into saturation within
    some twenty steps, and what is silent then stays so.

    Args:
        sample_rate: Hz.
        hop_length: samples from frame to frame.
        reverb_length: taps of the room's response; None is no room.
        seed: of the noise, as in :class:`spectrotools.synths.FilteredNoise`.

    Returns:
        The group, of the nodes ``harmonic``, ``noise``, ``add`` and, with a room, ``reverb``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> group = st.models.harmonic_plus_noise(sample_rate=16000, hop_length=64)
        >>> [processor.name for processor in group.processors]
        ['harmonic', 'noise', 'add', 'reverb']
    """
    tone = Harmonic(
        name="harmonic",
        sample_rate=sample_rate,
        hop_length=hop_length,
        initial_rolloff=_ROLLOFF,
    )
    keys = ["amplitudes", "harmonic_distribution", "f0_hz"]
    return _with_noise(tone, keys, reverb_length, seed)


def sinusoidal_plus_noise(
    *,
    sample_rate: float,
    hop_length: int,
    reverb_length: int | None = 48000,
    seed: int | None = None,
) -> ProcessorGroup:
    """Build an instrument that need not be harmonic: sinusoids and noise, in a room.

    Its inputs are ``amplitudes``, ``frequencies`` and ``magnitudes``; a decoder puts out as many
    frequencies as amplitudes. They are mapped as DDSP does, by :func:`frequencies_sigmoid`, to at
    most 8 kHz.

    Args:
        sample_rate: Hz.
        hop_length: samples from frame to frame.
        reverb_length: taps of the room's response; None is no room.
        seed: of the noise, as in :class:`spectrotools.synths.FilteredNoise`.

    Returns:
        The group, of the nodes ``sinusoidal``, ``noise``, ``add`` and, with a room, ``reverb``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> group = st.models.sinusoidal_plus_noise(sample_rate=16000, hop_length=64)
        >>> [processor.name for processor in group.processors]
        ['sinusoidal', 'noise', 'add', 'reverb']
    """
    tone = Sinusoidal(name="sinusoidal", sample_rate=sample_rate, hop_length=hop_length)
    return _with_noise(tone, ["amplitudes", "frequencies"], reverb_length, seed)


def _with_noise(
    tone: Harmonic | Sinusoidal, keys: list[str], reverb_length: int | None, seed: int | None
) -> ProcessorGroup:
    noise = FilteredNoise(name="noise", hop_length=tone.hop_length, window_size=None, seed=seed)
    nodes: list[tuple[Processor, list[str]]] = [
        (tone, keys),
        (noise, ["magnitudes"]),
        (Add(name="add"), [f"{tone.name}/signal", "noise/signal"]),
    ]
    if reverb_length is not None:
        nodes.append((Reverb(name="reverb", reverb_length=reverb_length), ["add/signal"]))
    return ProcessorGroup(nodes)
