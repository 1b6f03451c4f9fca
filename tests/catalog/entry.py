"""What an entry of the catalogue is, and what it can promise."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from .inputs import noise

NOT_OPS = {"__version__", "show_versions", "mel_filterbank", "hz_to_mel", "mel_to_hz"}
NOT_OPS |= {"triangular_filterbank", "chroma_filterbank", "gammatone_filterbank"}
NOT_OPS |= {"erb_space", "gammatone_sos"}  # constants, as filterbanks are
NOT_OPS |= {"effects", "layers", "synths"}  # whose names tests/processors.py lists
NOT_OPS |= {"data"}  # whose names tests/data holds
NOT_OPS |= {"HeldNotes", "Note", "PitchTrack", "PitchTracker"}  # what ops give, and a kind of call
NOT_OPS |= {"segment_notes"}  # a list, of arrays
NOT_OPS |= {"losses", "metrics", "models"}  # whose names the folders of their tests list
OP = frozenset({"differentiable", "linear", "xla"})
SMOOTH = frozenset({"differentiable", "invertible", "xla"})
PEER = {"differentiable", "linear", "xla", "value"}
SLICED = 1e9  # in float64, -130 dB: what a slice of unknown sound cannot hear
SUMMED = 512.0  # a mean is the difference of two sums over all that came before


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
    "orthonormal": "the energy of call(x) is that of x",
    "streaming": "step over any cuts, then flush, is the whole",
    "xla": "compiles for CPU and GPU, and agrees with eager",
    "codes": "gives or takes integers: agreement is exact",
    "seeded": "draws noise from a seed: every item of a batch has its own, in a batch of any size",
    "value": "is a value: equal, hashable, a dict round trip, one trace",
}
