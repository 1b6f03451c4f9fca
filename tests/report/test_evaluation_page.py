from pathlib import Path

import numpy as np
import pytest

from spectrotools.report.circumstances import Circumstances
from spectrotools.report.comparisons import Comparison, Comparisons
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.evaluation_page import render
from spectrotools.report.measuring import Measured
from spectrotools.report.pairing import Pair, Pairing
from spectrotools.report.summary import summarise


@pytest.mark.slow
def test_noise_and_any_number_of_long_names_stay_under_30_megabytes(write, rng):
    file = write("noise.wav", rng.uniform(-0.9, 0.9, (2, 48000 * 12)), 48000, "PCM_16")
    evaluation = Evaluation(measures=("snr",), shown=10)
    name, reason = "é" * 250, "no " * 200
    done = tuple(
        Comparison(
            Pair(f"{number}{name}", file, file),
            Measured({"snr": float(number)}, 48000, 2, 48000 * 12, ("it is silent",)),
        )
        for number in range(20_000)
    )
    failed = {f"{number}{name}": reason for number in range(5000)}
    alone = tuple(Path(f"{number}{name}.wav") for number in range(5000))
    page = render(
        Comparisons(done, failed, Pairing((), {}, alone)),
        summarise(done, evaluation),
        evaluation,
        Circumstances(reference="r", generated="g", command="", settings="", date=""),
    )
    assert 18e6 < len(page.encode()) < 30e6
    assert page.count("<audio ") == page.count("<img ") == 40
    listed = page.count("<tr>") - 1000  # failures
    assert 5000 < listed < 20_000
    assert np.all([f">{number}{name}</td>" in page for number in (0, 1, 4000)])
    assert f">19999{name}</td>" not in page  # the nearest are left out, not the furthest


@pytest.mark.parametrize(("rate", "told"), [(2000, True), (8000, False)])
def test_a_rate_that_no_browser_plays_is_told_apart_from_the_notes(rate, told, write, rng):
    file = write("noise.wav", rng.uniform(-0.9, 0.9, (1, rate)), rate, "PCM_16")
    evaluation = Evaluation(measures=("snr",))
    measured = Measured({"snr": 1.0}, rate, 1, rate, ("it is silent",))
    done = (Comparison(Pair("noise", file, file), measured),)
    page = render(
        Comparisons(done, {}, Pairing((), {}, ())),
        summarise(done, evaluation),
        evaluation,
        Circumstances(reference="r", generated="g", command="", settings="", date=""),
    )
    text = " ".join(page.split())
    assert "· it is silent" in text
    assert ("it is silent · There are no players" in text) == told
    assert ("no players" in text) == told
