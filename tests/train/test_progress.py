"""Averages and speed, by arithmetic, and what people see."""

import math

import pytest

from spectrotools.train import progress
from spectrotools.train.progress import Averages, Pace, training_bar
from spectrotools.train.step import Outcome


def test_averages_are_of_the_steps_since_they_were_taken():
    averages = Averages()
    for value in (1.0, 2.0, 6.0):
        averages.add(Outcome({"a": value, "b": 2 * value}, value / 2, True))
    expected = {"terms/a": 3.0, "terms/b": 6.0, "loss": 9.0, "gradient_norm": 1.5}
    assert averages.take() == expected
    averages.add(Outcome({"a": 4.0}, 1.0, True))
    assert averages.take() == {"terms/a": 4.0, "loss": 4.0, "gradient_norm": 1.0}
    assert averages.take() == {}


def test_the_pace_leaves_out_the_step_that_compiles(monkeypatch):
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    pace = Pace(seconds_per_step=64.0)
    assert pace.take() == {}
    now += 60.0
    pace.step()
    assert pace.take() == {}
    for _ in range(4):
        now += 0.5
        pace.step()
    assert pace.take() == {"steps_per_second": 2.0, "times_real_time": 128.0}
    assert pace.take() == {}
    now += 4.0
    pace.step()
    assert pace.take()["steps_per_second"] == pytest.approx(0.25)


def test_the_bar_tells_loss_and_speed(monkeypatch, capsys):
    class Terminal(progress.tqdm):
        def __init__(self, **options):
            super().__init__(**options | {"disable": False, "mininterval": 0.0, "ncols": 120})

    monkeypatch.setattr(progress, "tqdm", Terminal)
    with training_bar(3, 10) as tell:
        tell(Outcome({"a": 0.25}, 1.0, True), {})
        tell(Outcome({"a": 0.125}, 1.0, True), {"steps_per_second": 3.14159, "times_real_time": 9})
        tell(Outcome({"a": math.nan}, 1.0, False), {})
    told = capsys.readouterr().err
    for words in ("step 4/10", "loss 0.25", "loss 0.125, 3.14 steps/s, 9 x real time", "loss nan"):
        assert words in told


def test_in_a_pipe_there_is_no_bar(capsys):
    with training_bar(0, 2) as tell:
        tell(Outcome({"a": 1.0}, 1.0, True), {})
    assert capsys.readouterr() == ("", "")
