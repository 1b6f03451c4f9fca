"""Arguments that are nothing, or of another kind: every op says which it was."""

import numpy as np
import pytest

import spectrotools as st

SOUND, ROOM = np.zeros([2, 3, 12]), np.eye(3)
SWAPPED = (3, 2)
LINES = {"delays": [3, 4, 5], "sample_rate": 1000}
SWEEP = {"rate_hz": 5.0, "depth_ms": 1.0, "center_ms": 2.0}


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: st.delay(None, 1.0), "audio must be a tensor, an array, or numbers"),
        (
            lambda: st.delay([[1.0], [1.0, 2.0]], 1.0),
            "audio must be a tensor, an array, or numbers",
        ),
        (lambda: st.STFT(n_fft=64)(None), "audio must be a tensor, an array, or numbers"),
        (lambda: st.fft_convolve(SOUND, None), "impulse_response must be a tensor"),
        (lambda: st.sinc_filter(SOUND, None, sample_rate=1000), "cutoff_hz must be a tensor"),
        (lambda: st.biquad(None, kind="lowpass", sample_rate=1000), "frequency_hz must be a"),
        (
            lambda: st.compressor(SOUND, sample_rate=1000, threshold_db=None),
            "threshold_db must be a tensor",
        ),
        (
            lambda: st.limiter(SOUND, sample_rate=1000, lookahead_seconds=None),
            r"lookahead_seconds must be a number in \[0, 60\]; got None",
        ),
        (
            lambda: st.reverberation_time(SOUND, sample_rate=1000, decay_db=None),
            "decay_db must be two levels; got None",
        ),
        (
            lambda: st.reverberation_time(SOUND, sample_rate=1000, decay_db=("a", -9.0)),
            "decay_db must be a number",
        ),
        (
            lambda: st.feedback_delay_network(
                SOUND, ROOM, np.ones(3), np.ones(3), 1.0, delays=3, sample_rate=1000
            ),
            "delays must be whole numbers of samples, one for each line; got 3",
        ),
        (
            lambda: st.vibrato(SOUND, sample_rate=1000, **SWEEP, max_delay_ms="a"),
            "max_delay_ms must be a number of at least 0; got 'a'",
        ),
        (
            lambda: st.effects.ModDelay(sample_rate=1000, center_ms="a"),
            "center_ms must be a number of at least 0; got 'a'",
        ),
        (
            lambda: st.effects.ModDelay(sample_rate=1000, depth_ms=None),
            "depth_ms must be a number of at least 0; got None",
        ),
        (
            lambda: st.crossfade(SOUND, SOUND, 0.5, law="x", convention="ddsp"),
            "law must be one of",
        ),
        (lambda: st.synths.Harmonic(sample_rate=1000, hop_length=4, convention=""), "convention"),
    ],
)
def test_what_is_wrong_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "memory"),
    [
        (lambda state: st.delay(SOUND, np.ones([2, 3, 12]), max_delay=4, state=state), (6,)),
        (lambda state: st.lfilter(SOUND, [1.0], [1.0, 0.5], state=state), (2, 1)),
        (lambda state: st.sosfilt(SOUND, [[1.0, 0, 0, 1.0, 0, 0]], state=state), (2, 2)),
        (lambda state: st.fft_convolve(SOUND, [1.0, 2.0], mode="causal", state=state), (1,)),
        (
            lambda state: st.limiter(
                SOUND, sample_rate=1000, lookahead_seconds=0.002, state=state
            ),
            (7,),
        ),
        (lambda state: st.compressor(SOUND, sample_rate=1000, state=state), (2,)),
        (lambda state: st.preemphasis(SOUND, state=state), (1,)),
        (lambda state: st.deemphasis(SOUND, state=state), (1,)),
        (lambda state: st.distortion(SOUND, antialias=True, state=state), (1,)),
        (
            lambda state: st.feedback_delay_network(
                SOUND, ROOM, np.ones(3), np.ones(3), 1.0, **LINES, state=state
            ),
            (3, 7),
        ),
    ],
)
def test_a_state_is_of_the_same_signals_in_the_same_order(call, memory):
    call(np.zeros([2, 3, *memory]))
    for wrong in (np.zeros([*SWAPPED, *memory]), np.zeros([6, *memory]), "a"):
        with pytest.raises(ValueError, match="state must be what the same op"):
            call(wrong)


def test_states_of_values_and_partitions_are_named():
    for state in (3, (1, 2, 3), (np.zeros([2, 3, 1, 5]), None)):
        with pytest.raises(ValueError, match="state must be"):
            st.partitioned_convolve(SOUND, np.ones(4), block_size=4, state=state)
    down = st.Resampler(sample_rate=3, target_rate=2)
    with pytest.raises(ValueError, match="state must be that of initial_state"):
        down.step(SOUND, None)
    with pytest.raises(ValueError, match="state must be that of initial_state"):
        down.flush(None)


def test_a_network_may_decay_never_by_an_array_too():
    given = (SOUND, 0.5 * ROOM, np.ones(3), np.ones(3))
    for never in (np.inf, np.float64(np.inf), np.array(np.inf)):
        heard = st.feedback_delay_network(*given, never, **LINES)
        np.testing.assert_array_equal(heard, np.zeros([2, 3, 12]))
