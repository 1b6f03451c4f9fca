"""The table of what ``evaluate`` measures of a pair, known without importing TensorFlow."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .._validate import check

__all__ = ["LOSS", "MEASURES", "Measure", "choose"]


class Measure(NamedTuple):
    """One line of the table.

    Attributes:
        name: of the function in ``spectrotools.metrics``.
        label: for people, in a column's head.
        unit: empty where the number is a ratio in [0, 1], or has none.
        nearer: which numbers tell of a smaller difference.
        of: what it is taken of: ``"sums"`` over all samples, ``"pieces"`` of the sound, the two
            tracks of ``"pitch"``, or a ``"run"``.
        description: one sentence for people.
    """

    name: str
    label: str
    unit: str
    nearer: Literal["higher", "lower"]
    of: Literal["sums", "pieces", "pitch", "run"]
    description: str

    @property
    def digits(self) -> int:
        """How many are worth showing behind the point."""
        return {"dB": 2, "cents": 1}.get(self.unit, 3)

    @property
    def head(self) -> str:
        """The label with the unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


LOSS = Measure("loss", "loss", "", "lower", "run", "What the run was trained to lower.")
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("snr", "SNR", "dB", "higher", "sums", "All that differs is noise."),
        Measure("si_sdr", "SI-SDR", "dB", "higher", "sums", "The same, whatever the gain."),
        Measure(
            "log_spectral_distance",
            "log-spectral distance",
            "dB",
            "lower",
            "sums",
            "By how much levels are off, loud and soft alike.",
        ),
        Measure(
            "spectral_convergence",
            "convergence",
            "dB",
            "lower",
            "sums",
            "The error of the magnitudes beside the magnitudes.",
        ),
        Measure(
            "multi_resolution_stft_distance",
            "M-STFT",
            "",
            "lower",
            "pieces",
            "Magnitudes and their logarithms under three windows.",
        ),
        Measure(
            "mel_cepstral_distortion",
            "mel-cepstral distortion",
            "dB",
            "lower",
            "pieces",
            "Spectral envelopes, aligned in time.",
        ),
        Measure(
            "loudness_error",
            "loudness error",
            "dB",
            "lower",
            "pieces",
            "By how much A-weighted loudness strays.",
        ),
        Measure(
            "periodicity_error",
            "periodicity error",
            "",
            "lower",
            "pieces",
            "How periodic each moment is, root mean square.",
        ),
        Measure(
            "f0_rmse",
            "pitch error",
            "cents",
            "lower",
            "pitch",
            "Root mean square, where both are voiced.",
        ),
        Measure(
            "raw_pitch_accuracy",
            "pitch accuracy",
            "",
            "higher",
            "pitch",
            "Part of the voiced frames that is right to 50 cents.",
        ),
        Measure(
            "voicing_recall",
            "voicing recall",
            "",
            "higher",
            "pitch",
            "Part of the voiced frames that is voiced again.",
        ),
    )
}


def choose(names: Iterable[str], *, pitch: bool = True) -> tuple[Measure, ...]:
    """Look names up, each once, in the order of the table; ``all`` stands for the whole table.

    Args:
        names: those asked for.
        pitch: whether to keep what needs the pitch of both sounds to be tracked.

    Raises:
        ValueError: if a name is unknown; the message lists the known ones. If none is left.
    """
    wanted = set(names)
    for name in wanted:
        check(
            name in MEASURES or name == "all",
            f"metric must be one of {', '.join(MEASURES)} or all",
            name,
        )
    chosen = tuple(
        measure
        for measure in MEASURES.values()
        if ("all" in wanted or measure.name in wanted) and (pitch or measure.of != "pitch")
    )
    check(bool(chosen), "metric must name at least one that needs no pitch", sorted(wanted))
    return chosen
