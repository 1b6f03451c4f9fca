import os
import re
import unicodedata
from pathlib import Path

import pytest

from spectrotools.report.pairing import Pair, pair_up


@pytest.fixture
def tree(tmp_path):
    """Make empty files below ``r`` and ``g``, and give both folders."""

    def make(*names: str) -> tuple[Path, Path]:
        for name in ("r", "g", *(os.path.dirname(name) for name in names)):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        for name in names:
            (tmp_path / name).touch()
        return tmp_path / "r", tmp_path / "g"

    return make


def test_files_of_one_name_are_a_pair_whatever_their_format(tree):
    reference, generated = tree("r/b.wav", "g/b.FLAC", "r/x/a.1.ogg", "g/x/a.1.mp3")
    found = pair_up(reference, generated)
    assert found.pairs == (
        Pair("b", reference / "b.wav", generated / "b.FLAC"),
        Pair("x/a.1", reference / "x" / "a.1.ogg", generated / "x" / "a.1.mp3"),
    )
    assert (found.ambiguous, found.alone) == ({}, ())


def test_what_has_no_partner_is_told(tree):
    reference, generated = tree("r/a.wav", "g/a.wav", "r/b.wav", "g/x/b.wav")
    assert pair_up(reference, generated).alone == (generated / "x" / "b.wav", reference / "b.wav")


def test_two_files_of_one_name_are_none(tree):
    reference, generated = tree("r/a.wav", "g/a.wav", "g/a.flac", "r/b.wav", "g/b.wav")
    found = pair_up(reference, generated)
    assert [pair.name for pair in found.pairs] == ["b"]
    assert list(found.ambiguous) == ["a"]
    assert re.fullmatch(r"2 files have this name: .*a\.flac, .*a\.wav\.", found.ambiguous["a"])


def test_only_sound_that_is_not_hidden_counts(tree):
    names = ("a.wav", "a.txt", ".a.wav", "._b.wav", ".c/d.wav", "report.html")
    reference, generated = tree(*(f"{side}/{name}" for side in "rg" for name in names))
    found = pair_up(reference, generated)
    assert [pair.name for pair in found.pairs] == ["a"]
    assert found.alone == ()


def test_a_letter_and_its_accent_are_one_character_or_two(tree):
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    assert composed != decomposed
    reference, generated = tree(f"r/{composed}.wav", f"g/{decomposed}.wav")
    assert [pair.name for pair in pair_up(reference, generated).pairs] == [composed]


def test_a_linked_folder_is_entered_and_a_circle_is_not(tree, tmp_path):
    reference, generated = tree("r/x/a.wav", "elsewhere/a.wav")
    (generated / "x").symlink_to(tmp_path / "elsewhere")
    (reference / "x" / "back").symlink_to(reference)
    found = pair_up(reference, generated)
    assert [pair.name for pair in found.pairs] == ["x/a"]
    assert found.alone == ()


def test_folders_that_cannot_be_compared_are_refused(tree):
    reference, generated = tree("r/a.wav", "g/b.wav", "g/c.wav")
    with pytest.raises(ValueError, match=r"named as those in .*r, .* it has 2, none of the names"):
        pair_up(reference, generated)
    with pytest.raises(ValueError, match=r"g is the folder of the references; nothing"):
        pair_up(generated, generated / "." / "." / ".." / "g")
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        pair_up(reference / "a.wav", generated)
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        pair_up(reference, generated / "nothing")
