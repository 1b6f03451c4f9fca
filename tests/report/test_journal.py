import dataclasses
import math
import os

import pytest

from spectrotools.report.evaluation import Evaluation
from spectrotools.report.journal import Journal, program
from spectrotools.report.measuring import Measured
from spectrotools.report.pairing import Pair

EVALUATION = Evaluation(measures=("snr", "si_sdr"))
MEASURED = Measured({"snr": 1 / 3, "si_sdr": -math.inf}, 8000, 2, 1234, ("it is silent",))


@pytest.fixture
def pairs(tmp_path) -> list[Pair]:
    made = []
    for name in ("a", "b"):
        files = [tmp_path / f"{name}.{side}.wav" for side in ("r", "g")]
        for file in files:
            file.write_bytes(b"sound")
        made.append(Pair(name, *files))
    return made


def written(path, *pairs) -> None:
    with Journal(path, EVALUATION) as journal:
        for pair in pairs:
            journal.add(pair, MEASURED)


def found(path, pair, evaluation=EVALUATION) -> Measured | None:
    return Journal(path, evaluation).find(pair)


def test_what_was_measured_is_found_again(tmp_path, pairs):
    path = tmp_path / "deep" / "journal"
    written(path, pairs[0])
    assert found(path, pairs[0]) == MEASURED
    assert found(path, pairs[1]) is None
    written(path, pairs[1])
    assert found(path, pairs[0]) == found(path, pairs[1]) == MEASURED


def test_nothing_is_written_where_nothing_was_measured(tmp_path):
    written(tmp_path / "deep" / "journal")
    assert not (tmp_path / "deep").exists()


def test_a_file_that_has_changed_is_measured_again(tmp_path, pairs):
    path = tmp_path / "journal"
    written(path, *pairs)
    pairs[0].generated.write_bytes(b"other sound")
    os.utime(pairs[1].reference, (1, 1))
    assert found(path, pairs[0]) is None
    assert found(path, pairs[1]) is None


def test_other_settings_measure_again_and_what_only_shows_does_not(tmp_path, pairs):
    path = tmp_path / "journal"
    written(path, pairs[0])
    for setting in ({"fmax": 900.0}, {"piece_seconds": 5.0}, {"measures": ("snr",)}):
        assert found(path, pairs[0], dataclasses.replace(EVALUATION, **setting)) is None
    for setting in ({"shown": 1}, {"confidence": 0.9}, {"ranked_by": "snr"}):
        assert found(path, pairs[0], dataclasses.replace(EVALUATION, **setting)) == MEASURED


def test_other_releases_measure_again(tmp_path, pairs, monkeypatch):
    path = tmp_path / "journal"
    written(path, pairs[0])
    monkeypatch.setattr("spectrotools.report.journal.versions", lambda *names: {"numpy": "9"})
    assert found(path, pairs[0]) is None


def test_a_changed_program_measures_again(tmp_path, pairs, monkeypatch):
    path = tmp_path / "journal"
    written(path, pairs[0])
    (tmp_path / "package").mkdir()
    monkeypatch.setattr(
        "spectrotools.report.journal.resources.files", lambda _: tmp_path / "package"
    )
    digests = []
    for text in ("x = 1", "x = 2", "x = 1"):
        (tmp_path / "package" / "module.py").write_text(text)
        program.cache_clear()
        digests.append(program())
        assert found(path, pairs[0]) is None
    assert digests[0] == digests[2] != digests[1]
    monkeypatch.undo()
    program.cache_clear()
    assert found(path, pairs[0]) == MEASURED


def test_a_line_cut_short_is_none_and_spoils_no_other(tmp_path, pairs):
    path = tmp_path / "journal"
    written(path, *pairs)
    path.write_text(path.read_text()[:-20])
    assert found(path, pairs[0]) == MEASURED
    assert found(path, pairs[1]) is None
    written(path, pairs[1])
    assert found(path, pairs[1]) == MEASURED


def test_a_file_that_is_not_there_is_not_found(tmp_path, pairs):
    written(tmp_path / "journal", pairs[0])
    pairs[0].reference.unlink()
    assert found(tmp_path / "journal", pairs[0]) is None
