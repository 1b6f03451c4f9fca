"""The figures that the benchmark of learning prints, of sounds whose errors are known."""

import numpy as np
import pytest

from benchmarks.learning import RATE, _curve, _errors
from spectrotools.train.events import Events


def tone(f0_hz: float, level: float) -> np.ndarray:
    time = np.arange(RATE) / RATE
    spectrum = (level / k * np.sin(2 * np.pi * k * f0_hz * time) for k in range(1, 6))
    return np.float32(0.2 * sum(spectrum))


def test_errors_are_those_of_pitch_and_of_level():
    """A quarter of a semitone sharp, beside an octave, and half as loud."""
    target = tone(220.0, 1.0)
    f0, level = _errors(target, tone(220.0 * 2 ** (0.25 / 12), 0.5), 0)
    assert f0 == pytest.approx(0.25, abs=0.01)
    assert level == pytest.approx(20 * np.log10(2.0), abs=0.2)
    assert _errors(target, tone(440.0, 1.0), 12)[0] == pytest.approx(0.0, abs=0.01)


def test_the_curve_is_what_tensorboard_is_told(tmp_path):
    for begin in (0, 2):  # a run in two parts
        with Events(tmp_path, begin) as events:
            for step in (begin + 1, begin + 2):
                events.scalars(step, {"loss": 10.0 / step})
                if step % 2 == 0:
                    events.scalars(step, {"validation/loss": 20.0 / step})
    points = list(_curve(tmp_path))
    assert [point.step for point in points] == [2, 4]
    np.testing.assert_allclose([point.loss for point in points], [5.0, 2.5])
    np.testing.assert_allclose([point.held_out for point in points], [10.0, 5.0])
    assert 0.0 <= points[0].minutes <= points[1].minutes < 1.0
