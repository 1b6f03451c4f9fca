"""Models as a configuration names them: by what they share with their data."""

from ..models.autoencoder import Autoencoder, Preset
from ..models.decoder import FOLLOWING
from ..models.dilated_decoder import DilatedDecoder
from ..models.inverse_synthesis import InverseSynthesis
from ..models.midi_decoder import MidiDecoder
from ..models.recurrent_decoder import RecurrentDecoder
from ..models.sinusoidal_encoder import SINUSOIDS_PLUS_NOISE
from ..models.voices import harmonic_plus_noise, sinusoidal_plus_noise

__all__ = [
    "ddsp_autoencoder",
    "dilated_autoencoder",
    "inverse_synthesis",
    "midi_autoencoder",
    "sinusoidal_autoencoder",
]


def ddsp_autoencoder(preset: Preset, sample_rate: int, frame_rate: int) -> Autoencoder:
    """Build DDSP's autoencoder for examples of a rate and a frame rate.

    Args:
        preset: see :class:`spectrotools.models.Autoencoder`.
        sample_rate: Hz, an integer multiple of ``frame_rate``.
        frame_rate: frames a second.

    Raises:
        ValueError: if a hop is no whole number of samples, or there is no such preset.
    """
    return Autoencoder.preset(preset, **_grid(sample_rate, frame_rate))


def dilated_autoencoder(sample_rate: int, frame_rate: int) -> Autoencoder:
    """Build an autoencoder of dilated convolutions; arguments as :func:`ddsp_autoencoder`."""
    group = harmonic_plus_noise(**_grid(sample_rate, frame_rate))
    return Autoencoder(decoder=DilatedDecoder(following=FOLLOWING), processor_group=group)


def midi_autoencoder(sample_rate: int, frame_rate: int) -> Autoencoder:
    """Build an autoencoder that is told notes; arguments as :func:`ddsp_autoencoder`."""
    group = harmonic_plus_noise(**_grid(sample_rate, frame_rate))
    return Autoencoder(decoder=MidiDecoder(), processor_group=group)


def sinusoidal_autoencoder(sample_rate: int, frame_rate: int) -> Autoencoder:
    """Build an autoencoder that plays sinusoids; arguments as :func:`ddsp_autoencoder`."""
    group = sinusoidal_plus_noise(**_grid(sample_rate, frame_rate))
    decoder = RecurrentDecoder(outputs=SINUSOIDS_PLUS_NOISE)
    return Autoencoder(decoder=decoder, processor_group=group)


def inverse_synthesis(
    sample_rate: int, frame_rate: int, consistency: float, pitch: float
) -> InverseSynthesis:
    """Build a model that hears sinusoids and pitch, for examples of a rate.

    Args:
        sample_rate: as in :func:`ddsp_autoencoder`.
        frame_rate: frames a second of the model; those of the examples where ``pitch`` is above 0.
        consistency: as in :class:`spectrotools.models.InverseSynthesis`.
        pitch: likewise.

    Raises:
        ValueError: as :func:`ddsp_autoencoder`, or if a weight is below 0.
    """
    grid = _grid(sample_rate, frame_rate)
    return InverseSynthesis.of_rate(**grid, consistency=consistency, pitch=pitch)


def _grid(sample_rate: int, frame_rate: int) -> dict[str, int]:
    hop_length, rest = divmod(sample_rate, frame_rate)
    if rest:
        raise ValueError(f"frame_rate must divide sample_rate={sample_rate}; got {frame_rate!r}.")
    return {"sample_rate": sample_rate, "hop_length": hop_length}
