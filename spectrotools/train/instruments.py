"""Models as a configuration names them: by what they share with their data."""

from ..models.autoencoder import Autoencoder, Preset

__all__ = ["ddsp_autoencoder"]


def ddsp_autoencoder(preset: Preset, sample_rate: int, frame_rate: int) -> Autoencoder:
    """Build DDSP's autoencoder for examples of a rate and a frame rate.

    Args:
        preset: see :class:`spectrotools.models.Autoencoder`.
        sample_rate: Hz, an integer multiple of ``frame_rate``.
        frame_rate: frames a second.

    Raises:
        ValueError: if a hop is no whole number of samples, or there is no such preset.
    """
    hop_length, rest = divmod(sample_rate, frame_rate)
    if rest:
        raise ValueError(f"frame_rate must divide sample_rate={sample_rate}; got {frame_rate!r}.")
    return Autoencoder.preset(preset, sample_rate=sample_rate, hop_length=hop_length)
