import re

import numpy as np
import pytest

import spectrotools as st
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.weighted_pieces import WeightedPieces

NAMES = [m.name for m in Evaluation().chosen if m.of == "pieces"]


def meter(*pieces, rate=16000, names=NAMES, **settings) -> WeightedPieces:
    made = WeightedPieces(rate, Evaluation(measures=tuple(names), **settings))
    for reference, estimate in pieces:
        made.add(np.atleast_2d(reference), np.atleast_2d(estimate))
    return made


@pytest.fixture
def tones(rng):
    """A tone and a weaker one, in noise."""
    tone = np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)
    return [(a * tone + 0.02 * rng.normal(size=16000)).astype(np.float32) for a in (0.3, 0.1)]


def test_one_piece_has_the_values_of_the_metrics(tones):
    values = meter(tones, fmin=80.0, fmax=500.0).values()
    expected = {
        "multi_resolution_stft_distance": st.metrics.multi_resolution_stft_distance(*tones),
        "mel_cepstral_distortion": st.metrics.mel_cepstral_distortion(*tones, sample_rate=16000),
        "loudness_error": st.metrics.loudness_error(*tones, sample_rate=16000),
        "periodicity_error": st.metrics.periodicity_error(
            *tones, sample_rate=16000, fmin=80.0, fmax=500.0
        ),
    }
    assert values == pytest.approx({name: float(value) for name, value in expected.items()})
    assert values["periodicity_error"] > 0.01


def test_pieces_count_by_their_length(tones):
    reference, estimate = tones
    equal = (reference[:4000], reference[:4000])
    different = (reference[4000:], estimate[4000:])
    alone, both = meter(different).values(), meter(equal, different).values()
    for name in NAMES:
        share = 0.75**0.5 if name == "periodicity_error" else 0.75  # of a root mean square
        assert both[name] == pytest.approx(share * alone[name], rel=1e-6)


def test_channels_count_alike(tones):
    reference, estimate = tones
    alone = meter((reference, estimate)).values()
    both = meter(([reference, reference], [reference, estimate])).values()
    for name in NAMES:
        share = 0.5**0.5 if name == "periodicity_error" else 0.5
        assert both[name] == pytest.approx(share * alone[name], rel=1e-6)


def test_what_a_rate_is_too_low_for_says_nothing_and_tells_why_once(tones):
    reference, estimate = tones
    pieces = [(reference[:8000], estimate[:8000])] * 2
    made = meter(*pieces, rate=900)
    values = made.values()
    assert [name for name, value in values.items() if np.isnan(value)] == [
        "mel_cepstral_distortion",
        "periodicity_error",
    ]
    first, second = made.notes
    assert re.fullmatch(
        r"no mel_cepstral_distortion: sample_rate must be .* 1000 Hz; got 900", first
    )
    assert re.fullmatch(r"no periodicity_error: fmin .* fmax .* 450\.0; got .*1200\.0\)", second)
