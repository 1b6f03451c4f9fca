"""The table of round trips, sound → representation → sound, that ``resynth`` can make.

It names them without importing TensorFlow, so that ``--help`` can list them at once. A new one
is a factory somewhere below, and one line here.
"""

import importlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from .._validate import check

__all__ = ["ROUND_TRIPS", "Entry", "RoundTrip", "register", "select"]


class RoundTrip(Protocol):
    """A streaming way into a representation and back out of it, all channels at once.

    However a recording is cut into blocks, the samples of all steps and of the flush after
    them are the whole result, and as many as went in.
    """

    bits: int | None  # of each number, where the numbers are codes

    @property
    def description(self) -> str:
        """One sentence for people, of what it goes through with these settings."""

    def numbers_per_second(self, sample_rate: int) -> float:
        """Real numbers that the representation of one channel spends on a second."""

    def initial_state(self, channels: int, sample_rate: int) -> Any:
        """The state before the first block of a recording."""

    def step(self, block: Any, state: Any) -> tuple[Any, Any]:
        """Take ``[channels, samples]``; give the samples that are complete, and the state."""

    def flush(self, state: Any, length: int) -> Any:
        """Give the last samples of a recording of ``length`` samples in all."""


class Entry(NamedTuple):
    """One line of the table."""

    name: str
    description: str  # one sentence that holds for every setting, for people
    factory: str  # "module:function", imported when work begins

    def load(self) -> Callable[..., RoundTrip]:
        """Import the factory; its settings are keyword arguments, bound by gin."""
        module, _, function = self.factory.partition(":")
        return getattr(importlib.import_module(module), function)


ROUND_TRIPS: dict[str, Entry] = {}


def register(name: str, description: str, factory: str) -> None:
    """Add a round trip to the table.

    Args:
        name: an identifier: it names the written files and the gin bindings.
        description: one sentence for people.
        factory: ``"package.module:function"``; the function returns a :class:`RoundTrip`.

    Raises:
        ValueError: if the name is taken or not an identifier.
    """
    check(name.isidentifier(), "name must be an identifier", name)
    check(name not in ROUND_TRIPS, "name must not be registered already", name)
    ROUND_TRIPS[name] = Entry(name, description, factory)


def select(names: Iterable[str]) -> list[Entry]:
    """Look names up, each once, in the order given; ``all`` stands for the whole table.

    Raises:
        ValueError: if a name is unknown; the message lists the known ones.
    """
    expanded = [known for name in names for known in (ROUND_TRIPS if name == "all" else [name])]
    for name in expanded:
        rule = f"transform must be one of {', '.join(ROUND_TRIPS)} or all"
        check(name in ROUND_TRIPS, rule, name)
    return [ROUND_TRIPS[name] for name in dict.fromkeys(expanded)]


for _module, _name, _description in (
    ("streamed", "stft", "The short-time Fourier transform, magnitude and phase."),
    ("streamed", "cqt", "The constant-Q transform: bins at musical distances."),
    ("streamed", "magnitude_if", "Log-magnitude and instantaneous frequency."),
    ("streamed", "mdct", "The modified discrete cosine transform, as many numbers as samples."),
    ("streamed", "pqmf", "A few bands of the spectrum, such as multi-band vocoders make."),
    ("clipwise", "gansynth", "The two pictures that GANSynth makes of a note."),
    ("clipwise", "gansynth_mel", "GANSynth's pictures on the mel scale, as it was trained."),
    ("clipwise", "magnitude", "Magnitudes alone; their phase is found again."),
    ("clipwise", "log_mel", "Log-mel bands, such as vocoders get; all else is found again."),
    ("synthesis", "harmonic_noise", "One fundamental, its harmonics, and noise in bands."),
    ("streamed", "mu_law", "Samples as μ-law codes, such as WaveNet predicts."),
    ("streamed", "g711_mu", "Samples as 8-bit μ-law codes of the telephone, G.711."),
    ("streamed", "a_law", "Samples as 8-bit A-law codes of the telephone, G.711."),
    ("streamed", "linear", "Samples rounded to evenly spaced codes, for comparison."),
):
    register(_name, _description, f"spectrotools.report.{_module}:{_name}")
