"""Notes to pitch and to inputs of processors."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

OUTPUTS = (("amplitudes", 1), ("harmonic_distribution", 5), ("magnitudes", 9))


def notes(rng: np.random.Generator, frames: int = 9) -> dict[str, tf.Tensor]:
    names = ("pitch_scaled", "velocity_scaled")
    shape = (2, frames, 1)
    return {name: tf.constant(rng.integers(40, 80, shape) / 127, tf.float32) for name in names}


def decoder(**options) -> st.models.MidiDecoder:
    return st.models.MidiDecoder(outputs=OUTPUTS, rnn_units=8, units=6, layers=1, **options)


def test_pitch_is_that_of_the_notes_bent_by_no_more_than_the_deviation(rng):
    given, bent = notes(rng), decoder(deviation=0.5)
    outputs = bent(given)
    assert list(outputs) == ["amplitudes", "harmonic_distribution", "magnitudes", "f0_hz"]
    bent.dense_out.set_weights([100.0 * weight for weight in bent.dense_out.get_weights()])
    played = 440.0 * 2.0 ** ((127.0 * np.asarray(given["pitch_scaled"], np.float64) - 69) / 12)
    semitones = 12.0 * np.log2(np.asarray(bent(given)["f0_hz"]) / played)
    assert np.max(np.abs(semitones)) <= 0.5 + 1e-3
    assert np.max(np.abs(semitones)) > 0.1


def test_blocks_are_the_whole(rng):
    given, played = notes(rng), decoder()
    whole, state, parts = played(given), played.initial_state(2), []
    for begin, end in [(0, 1), (1, 1), (1, 9)]:
        block = {name: value[:, begin:end] for name, value in given.items()}
        outputs, state = played.step(block, state)
        parts.append(outputs)
    for name, value in whole.items():
        joined = tf.concat([part[name] for part in parts], axis=1)
        np.testing.assert_allclose(joined, value, rtol=1e-5, atol=1e-6)


def test_a_deviation_below_zero_is_refused():
    with pytest.raises(ValueError, match="deviation must be a number of at least 0; got -1"):
        st.models.MidiDecoder(deviation=-1.0)
