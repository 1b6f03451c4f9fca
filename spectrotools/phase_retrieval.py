"""Sound from magnitudes: Griffin-Lim and its faster descendants, from a good first guess."""

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol, get_args

import numpy as np
import tensorflow as tf

from ._validate import check, integer, one_of
from .ops.numerics import compiled, real_tensor, working_dtype
from .phase_guess import checked_magnitudes, guessed_phasors, unit_phasors
from .transforms.frames import Frames

__all__ = ["griffin_lim"]

Algorithm = Literal["classic", "fast", "accelerated", "admm"]
Start = Literal["pghi", "forest", "random", "zero"]


class _Momentum(NamedTuple):
    """The three numbers of the accelerated map: alpha, beta, gamma."""

    ahead: float
    memory: float
    step: float


_MOMENTA = {
    "classic": _Momentum(0.0, 0.0, 1.0),
    "fast": _Momentum(0.99, 0.0, 1.0),
    "accelerated": _Momentum(0.99, 1.1, 1.25),
}
_PENALTY = 0.1  # rho of ADMM
_FAINT = 1e-30  # below this a coefficient has no phase; far enough above 0 to divide by


class Invertible(Protocol):
    """A transform into complex coefficients, and its inverse."""

    def __call__(self, audio: Any) -> tf.Tensor:
        """Analyse."""

    def inverse(self, coefficients: Any, *, length: Any = None) -> tf.Tensor:
        """Synthesise."""


def griffin_lim(
    magnitudes: Any,
    transform: Invertible,
    *,
    length: int | tf.Tensor | None = None,
    n_iter: int = 30,
    algorithm: Algorithm = "accelerated",
    init: Start | tf.Tensor = "pghi",
    seed: int = 0,
    return_trace: bool = False,
) -> Any:
    r"""Find a sound that has the given magnitudes.

    With P the transform of the inverse (a projection onto the coefficients of sounds), M putting
    the given magnitudes on a phase, and c starting at M of the first guess,

    .. math::
        t_n &= (1 - \gamma)\,d_{n-1} + \gamma\,P M c_{n-1}, \\
        c_n &= t_n + \alpha\,(t_n - t_{n-1}), \qquad d_n = t_n + \beta\,(t_n - t_{n-1})

    ==================  ==========================================================
    ``algorithm``
    ==================  ==========================================================
    ``"classic"``       :math:`\alpha = 0, \gamma = 1`: Griffin and Lim
    ``"fast"``          :math:`\alpha = 0.99, \gamma = 1`: librosa's and torchaudio's momentum
    ``"accelerated"``   :math:`\alpha = 0.99, \beta = 1.1, \gamma = 1.25`
    ``"admm"``          alternating directions with :math:`\rho = 0.1`
    ==================  ==========================================================

    Args:
        magnitudes: ``[..., frames, bins]``, not negative and finite.
        transform: a complex transform with an inverse, such as an ``STFT``.
        length: samples of the sound; None is what the inverse gives by default.
        n_iter: iterations, at least 0.
        algorithm: how to iterate (see the table).
        init: the first phase: ``"pghi"`` or ``"forest"`` (:func:`pghi` of an STFT, integrated
            frame by frame or along a forest), ``"random"``, ``"zero"``, or radians of the shape
            of ``magnitudes``.
        seed: of the random phase.
        return_trace: whether to return the convergence too.

    Returns:
        sound ``[..., time]``; with ``return_trace`` also ``[n_iter + 1]``, the spectral
        convergence :math:`20 \log_{10}(\| |P M c| - m \| / \|m\|)` of every iterate, dB;
        :math:`-\infty` for silence.

    Raises:
        ValueError: if an argument is out of its range, or magnitudes are negative or not finite
            (``InvalidArgumentError`` where that is only known when a graph runs; XLA does not
            check, and gives NaN).

    Gradient:
        That of the iterations, and of the start but for ``"forest"``; in reverse mode.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=512, hop_length=128)
        >>> chirp = np.sin(0.02 * np.arange(16000) ** 1.2)
        >>> magnitudes = abs(stft(chirp))
        >>> sound, trace = st.griffin_lim(magnitudes, stft, length=16000, return_trace=True)
        >>> tuple(sound.shape), tuple(trace.shape), bool(trace[30] < -40.0)
        ((16000,), (31,), True)

    References:
        Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
        TASSP 32(2), 1984. Perraudin, Balazs and Søndergaard, "A fast Griffin-Lim algorithm",
        WASPAA 2013. Nenov, Nguyen, Balazs and Boţ, "Accelerated Griffin-Lim algorithm: a fast
        and provably converging numerical method for phase retrieval", 2023. Masuyama, Yatabe and
        Oikawa, "Griffin-Lim like phase recovery via alternating direction method of multipliers",
        IEEE SPL 26(1), 2019.
    """
    layout = getattr(transform, "layout", "matrix")
    check(layout == "matrix", "transform must have one tensor of coefficients", transform)
    magnitudes = checked_magnitudes(magnitudes, transform)
    integer("n_iter", n_iter, 0)
    one_of("algorithm", algorithm, Algorithm)
    length = _checked_length(length, magnitudes.shape[-2], transform)
    first = _first(magnitudes, transform, init, seed)
    if length is not None and tf.executing_eagerly():
        length = tf.constant(length, tf.int32)
    audio, trace = _iterate(
        magnitudes,
        first,
        length,
        transform=transform,
        n_iter=n_iter,
        algorithm=algorithm,
        traced=return_trace,
    )
    return (audio, trace) if return_trace else audio


def _checked_length(length: Any, frames: int | None, transform: Invertible) -> Any:
    """Check a length that is known against the frames that are."""
    if isinstance(transform, Frames):
        return length if frames is None else transform.checked_length(length, frames)
    known = length is not None and frames is not None and not tf.is_tensor(length)
    if known and hasattr(transform, "num_frames"):
        rule = f"length must be one whose num_frames is the {frames} of magnitudes"
        check(transform.num_frames(length) == frames, rule, length)
    return length


def _first(
    magnitudes: tf.Tensor, transform: Invertible, init: Start | tf.Tensor, seed: int
) -> tf.Tensor:
    """The phasors to start from."""
    if not isinstance(init, str):
        phase = real_tensor("init", init)
        fits = phase.shape.is_compatible_with(magnitudes.shape)
        check(fits, f"init must have the shape of magnitudes, {magnitudes.shape}", phase.shape)
        return unit_phasors(tf.cast(phase, working_dtype(magnitudes.dtype)))
    check(init in get_args(Start), f"init must be a phase or one of {get_args(Start)}", init)
    if init in ("pghi", "forest"):
        if not isinstance(transform, Frames):
            rule = "init must be 'random', 'zero' or a phase for a transform other than STFT"
            raise ValueError(f"{rule}; got {init!r}.")
        integration = "frames" if init == "pghi" else "forest"
        return guessed_phasors(magnitudes, None, transform=transform, integration=integration)
    zero = tf.zeros_like(magnitudes, working_dtype(magnitudes.dtype))
    if init == "random":
        turns = tf.random.stateless_uniform(
            tf.shape(zero), (seed, 0), dtype=zero.dtype, alg="philox"
        )
        return unit_phasors(2 * np.pi * turns)
    return unit_phasors(zero)


@compiled
def _iterate(
    magnitudes: tf.Tensor,
    phasors: tf.Tensor,
    length: tf.Tensor | int | None,
    *,
    transform: Invertible,
    n_iter: int,
    algorithm: Algorithm,
    traced: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    kept = magnitudes.dtype
    magnitudes = tf.cast(magnitudes, working_dtype(kept))
    first = tf.cast(magnitudes, phasors.dtype) * phasors
    if length is None:
        length = tf.shape(transform.inverse(first))[-1]

    def project(coefficients: tf.Tensor) -> tf.Tensor:
        projected = transform(transform.inverse(coefficients, length=length))
        return tf.ensure_shape(projected, coefficients.shape)

    def written(count: tf.Tensor | int, trace: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        if not traced:
            return trace
        distance = tf.norm(tf.abs(project(found)) - magnitudes)
        error = tf.math.divide_no_nan(distance, tf.norm(magnitudes))  # silence is found
        decibels = 20 / math.log(10) * tf.math.log(error)
        return tf.tensor_scatter_nd_update(trace, [[count]], [decibels])

    def step(count: tf.Tensor, state: tuple, trace: tf.Tensor) -> tuple:
        state = method.improve(state)
        return count + 1, state, written(count + 1, trace, method.estimate(state))

    method = _method(algorithm, magnitudes, project)
    trace = written(0, tf.zeros([n_iter + 1 if traced else 0], magnitudes.dtype), first)
    found = first
    if n_iter:
        state = method.begin(first)
        trace = written(1, trace, method.estimate(state))
        begun = (tf.constant(1), state, trace)
        unfinished = lambda count, *_: count < n_iter  # noqa: E731
        _, state, trace = tf.while_loop(unfinished, step, begun, maximum_iterations=n_iter - 1)
        found = method.estimate(state)
    return tf.cast(transform.inverse(found, length=length), kept), trace


class _Method(NamedTuple):
    """An algorithm: its state after one iteration, after one more, and what it then has found."""

    begin: Callable[[tf.Tensor], tuple]
    improve: Callable[[tuple], tuple]
    estimate: Callable[[tuple], tf.Tensor]


def _method(algorithm: Algorithm, magnitudes: tf.Tensor, project: Callable) -> _Method:
    if algorithm == "admm":
        return _alternating(magnitudes, project)
    ahead, memory, size = _MOMENTA[algorithm]

    def begin(first: tf.Tensor) -> tuple:
        consistent = project(first)
        return consistent, consistent, (1.0 - size) * consistent

    def improve(state: tuple) -> tuple:
        point, before, remembered = state
        new = project(_with(size * magnitudes, point)) + remembered
        # Only the phase of the point counts, so that its scale is free.
        point = new - ahead / (1.0 + ahead) * before
        remembered = (1.0 - size) * ((1.0 + memory) * new - memory * before)
        return point, new, remembered

    return _Method(begin, improve, lambda state: _with(magnitudes, state[0]))


def _alternating(magnitudes: tf.Tensor, project: Callable) -> _Method:
    def estimate(state: tuple) -> tf.Tensor:
        consistent, dual = state
        return _with(magnitudes, consistent - dual)

    def improve(state: tuple) -> tuple:
        both = estimate(state) + state[1]
        consistent = (_PENALTY * both + project(both)) / (1.0 + _PENALTY)
        return consistent, both - consistent

    return _Method(lambda first: improve((first, tf.zeros_like(first))), improve, estimate)


def _with(magnitudes: tf.Tensor, coefficients: tf.Tensor) -> tf.Tensor:
    """Put magnitudes on the phase of coefficients: 0 where they have none."""
    gain = magnitudes / tf.maximum(tf.abs(coefficients), _FAINT)
    return coefficients * tf.cast(gain, coefficients.dtype)
