"""Round trips through what takes a whole clip at a time: phase found from magnitudes, GANSynth."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from ..ops.phase import angle
from ..phase_guess import pghi
from ..phase_retrieval import griffin_lim
from ..transforms.log_mel import LogMel
from ..transforms.magnitude_if import MagnitudeIF
from ..transforms.stft import STFT

__all__ = ["ClipRoundTrip", "gansynth", "gansynth_mel", "log_mel", "magnitude"]

Remake = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

_CLIP_FRAMES = 512  # hops in a clip, six seconds at 44.1 kHz
_OVERLAP = 4  # sizes of a frame, over which one clip fades into the next


class _State(NamedTuple):
    """What a round trip remembers between blocks."""

    remake: Remake
    pending: tf.Tensor  # [channels, samples] of which no clip is made yet
    made: tf.Tensor  # [channels, 0 or overlap], what the last clip became over their first ones


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClipRoundTrip:
    """The way through clips that overlap: each fades in over what the one before it became.

    It is a :class:`~spectrotools.report.round_trips.RoundTrip`.

    Args:
        remake_at: for a sample rate, gives the function that takes a clip ``[channels, samples]``
            and what its first samples have become already, none of them in the first clip, and
            returns what all of the clip becomes.
        clip_length: samples of a clip; the last one is as short as it is.
        overlap: samples that two clips share at least.
        unsure: samples at the end of a clip that are left to the next one.
        numbers: that the representation spends on a sample.
        description: for people.
    """

    remake_at: Callable[[int], Remake] = dataclasses.field(repr=False)
    clip_length: int
    overlap: int
    unsure: int
    numbers: float
    description: str
    bits: None = None

    def numbers_per_second(self, sample_rate: int) -> float:
        """Count the numbers of one channel."""
        return self.numbers * sample_rate

    def initial_state(self, channels: int, sample_rate: int) -> _State:
        """Nothing has been heard, and nothing made."""
        nothing = tf.zeros([channels, 0])
        return _State(self.remake_at(sample_rate), nothing, nothing)

    def step(self, block: tf.Tensor, state: _State) -> tuple[tf.Tensor, _State]:
        """Remake the clips that are complete."""
        remake, pending, made = state
        pending = tf.concat([pending, block], axis=1)
        done = [pending[:, :0]]
        while pending.shape[1] >= self.clip_length:
            sound = _faded_in(remake(pending[:, : self.clip_length], made), made)
            sure = self.clip_length - self.unsure
            ready = sure - self.overlap
            done.append(sound[:, :ready])
            pending, made = pending[:, ready:], sound[:, ready:sure]
        return tf.concat(done, axis=1), _State(remake, pending, made)

    def flush(self, state: _State, length: int) -> tf.Tensor:
        """Remake what is left, as one clip."""
        remake, pending, made = state
        if not pending.shape[1]:
            return pending
        return _faded_in(remake(pending, made), made)


def _faded_in(sound: tf.Tensor, made: tf.Tensor) -> tf.Tensor:
    overlap = made.shape[1]
    rising = tf.linspace(0.0, 1.0, overlap + 2)[1:-1]
    head = sound[:, :overlap] * rising + made * (1.0 - rising)
    return tf.concat([head, sound[:, overlap:]], axis=1)


def _of_frames(stft: STFT, **settings: Any) -> ClipRoundTrip:
    """Clips of a sensible length for frames of such a size."""
    overlap = _OVERLAP * stft.n_fft
    clip_length = max(_CLIP_FRAMES * stft.hop_length, 4 * overlap)
    return ClipRoundTrip(clip_length=clip_length, overlap=overlap, unsure=stft.n_fft, **settings)


def _retrieved(
    magnitudes: tf.Tensor, stft: STFT, clip: tf.Tensor, made: tf.Tensor, n_iter: int
) -> tf.Tensor:
    """Find a sound of these magnitudes that goes on from what was made of its beginning."""
    settled = max((made.shape[1] + stft.delay - stft.n_fft) // stft.hop_length + 1, 0)
    if settled:
        start = pghi(magnitudes, stft, known_phase=angle(stft(made))[:, :settled])
    else:
        start = pghi(magnitudes, stft, integration="forest")
    length = clip.shape[1]
    return griffin_lim(magnitudes, stft, length=length, n_iter=n_iter, init=start)


def magnitude(*, transform: STFT, n_iter: int = 60) -> ClipRoundTrip:
    """The round trip through magnitudes alone; see ``spectrotools.griffin_lim``."""

    def remake(clip: tf.Tensor, made: tf.Tensor) -> tf.Tensor:
        return _retrieved(tf.abs(transform(clip)), transform, clip, made, n_iter)

    size, hop_length = transform.n_fft, transform.hop_length
    return _of_frames(
        transform,
        remake_at=lambda sample_rate: remake,
        numbers=(size // 2 + 1) / hop_length,
        description=(
            f"Magnitudes of {size} samples at a time, {hop_length} apart; "
            f"their phase is found again, in {n_iter} iterations."
        ),
    )


def log_mel(
    *, transform: STFT, n_mels: int = 128, fmin: float = 0.0, n_iter: int = 60
) -> ClipRoundTrip:
    """The round trip through log-mel bands, up to Nyquist; see ``spectrotools.LogMel``."""

    def remake_at(sample_rate: int) -> Remake:
        mel = LogMel(transform, sample_rate=sample_rate, n_mels=n_mels, fmin=fmin)

        def remake(clip: tf.Tensor, made: tf.Tensor) -> tf.Tensor:
            magnitudes = mel.pseudo_inverse(mel(clip))
            return _retrieved(magnitudes, transform, clip, made, n_iter)

        return remake

    return _of_frames(
        transform,
        remake_at=remake_at,
        numbers=n_mels / transform.hop_length,
        description=(
            f"The logarithm of {n_mels} mel bands, {transform.hop_length} samples apart; "
            f"magnitudes that fit, and their phase, are found again."
        ),
    )


def gansynth(*, n_fft: int, hop_length: int) -> ClipRoundTrip:
    """The round trip through GANSynth's pictures; see ``spectrotools.MagnitudeIF``."""
    return _gansynth(n_fft, hop_length, None)


def gansynth_mel(*, n_fft: int, hop_length: int, n_mels: int | None = None) -> ClipRoundTrip:
    """The round trip through GANSynth's pictures on the mel scale, of as many bands as bins."""
    return _gansynth(n_fft, hop_length, n_fft // 2 if n_mels is None else n_mels)


def _gansynth(n_fft: int, hop_length: int, n_mels: int | None) -> ClipRoundTrip:
    stft = STFT(n_fft=n_fft, hop_length=hop_length, convention="tf")

    def remake(clip: tf.Tensor, made: tf.Tensor, sample_rate: int) -> tf.Tensor:
        rate = None if n_mels is None else sample_rate
        rep = MagnitudeIF(stft, convention="gansynth", n_mels=n_mels, sample_rate=rate)
        return rep.inverse(rep(clip), length=clip.shape[1])

    bands = f"{n_mels} mel bands" if n_mels else f"{n_fft // 2} bins"
    return _of_frames(
        stft,
        remake_at=lambda sample_rate: functools.partial(remake, sample_rate=sample_rate),
        numbers=2 * (n_mels or n_fft // 2) / hop_length,
        description=f"GANSynth's log-magnitude and frequency, {bands} every {hop_length} samples.",
    )
