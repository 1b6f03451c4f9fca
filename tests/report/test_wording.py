import math

import pytest

from spectrotools.report.wording import (
    attenuation,
    bits,
    clock,
    decibel,
    difference,
    number,
    speed,
)


def test_figures_are_written_for_people():
    assert [decibel(x) for x in (-3.04, math.inf, -math.inf)] == ["−3.0", "∞", "−∞"]
    assert [decibel(x) for x in (-0.04, 0.04, -0.06)] == ["0.0", "0.0", "−0.1"]
    assert [decibel(x, "inf", "-") for x in (-3.04, -math.inf)] == ["-3.0", "-inf"]
    assert (number(176400.4), clock(9.968), clock(62.5)) == ("176,400", "9.97 s", "1:02.50 min")
    assert (bits(176400.0), bits(None), attenuation(0.5)) == ("176,400", "–", "6.0")


def test_no_speed_is_none_at_all():
    assert [speed(x) for x in (1204.4, 10, 9.96, 0.0234)] == ["1,204", "10", "10", "0.023"]


@pytest.mark.parametrize(
    ("snr_db", "clause"),
    [
        (math.inf, "there is none"),
        (-math.inf, "it is all there is, for the original is silent"),
        (0.04, "it is as strong as the original"),
        (37.82, "it is 37.8 dB below the original"),
        (-2.0, "it is 2.0 dB above the original"),
    ],
)
def test_a_difference_is_told_in_words(snr_db, clause):
    assert difference(snr_db) == clause
