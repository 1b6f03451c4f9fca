import errno
import os
import re
import time
from pathlib import Path

import pytest

from spectrotools.report.staging import check_free, staged, sweep


def test_staged_files_appear_together_at_the_end(tmp_path):
    with staged(tmp_path / "deep" / "out") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "deep" / "out" / "a").exists()
        (folder / "b").write_text("2")
    assert sorted(os.listdir(tmp_path / "deep" / "out")) == ["a", "b"]


def fail(folder: Path, error: BaseException) -> None:
    with staged(folder) as stage:
        (stage / "a").write_text("half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt("^C"), OSError("full"), ValueError("no")])
def test_after_a_failure_nothing_is_there_that_was_not_before(tmp_path, error):
    with pytest.raises(type(error), match=re.escape(str(error))) as caught:
        fail(tmp_path / "deep" / "out", error)
    assert caught.value.__notes__ == ["nothing was written"]
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_the_files_of_an_earlier_run(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError, match="oops"):
        fail(tmp_path, RuntimeError("oops"))
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_files_in_the_way_are_found_before_any_work(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileExistsError, match="a exists; give --overwrite"):
        check_free(tmp_path, ["b", "a"], [], overwrite=False)
    check_free(tmp_path, ["b", "a"], [], overwrite=True)
    with pytest.raises(FileExistsError, match="is an input and would be lost"):
        check_free(tmp_path, ["b", "a"], [tmp_path / "a"], overwrite=True)
    for folder in (tmp_path / "a", tmp_path / "a" / "deep"):
        with pytest.raises(NotADirectoryError, match="a is a file; --out must name a directory"):
            check_free(folder, [], [], overwrite=True)


def test_what_is_no_file_is_never_replaced(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(FileExistsError, match=r"report\.html is no file, and in the way"):
        check_free(tmp_path, ["report.html"], [], overwrite=True)


def test_a_link_to_nowhere_is_something_in_the_way(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match="a exists; give --overwrite"):
        check_free(tmp_path, ["a"], [], overwrite=False)
    check_free(tmp_path, ["a"], [], overwrite=True)


def test_a_name_that_no_file_can_have_is_found_before_any_work(tmp_path):
    check_free(tmp_path, ["é" * 127], [], overwrite=False)
    with pytest.raises(OSError, match="too long for a file's name; rename the input"):
        check_free(tmp_path, ["é" * 128], [], overwrite=False)


def write_over(folder: Path) -> None:
    with staged(folder) as stage:
        for name in ("a", "b", "c"):
            (stage / name).write_text("new")


@pytest.mark.parametrize("failing", ["a", "b", "c"])
def test_where_one_file_cannot_be_moved_all_is_as_it_was(tmp_path, monkeypatch, failing):
    def replace(source, target):
        if Path(source).name == failing and Path(source).parent.name.startswith(".unfinished"):
            raise OSError(errno.EIO, "broken", str(source))
        move(source, target)

    (tmp_path / "a").write_text("old a")
    (tmp_path / "c").symlink_to("nowhere")
    move = os.replace
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="broken") as caught:
        write_over(tmp_path)
    assert caught.value.filename == str(tmp_path / failing)
    assert sorted(os.listdir(tmp_path)) == ["a", "c"]
    assert (tmp_path / "a").read_text() == "old a"
    assert os.readlink(tmp_path / "c") == "nowhere"


def test_a_directory_that_came_in_the_way_survives(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").touch()
    (tmp_path / "a").write_text("old a")
    with pytest.raises(OSError, match="director"):
        write_over(tmp_path)
    assert (tmp_path / "b" / "mine").exists()
    assert (tmp_path / "a").read_text() == "old a"


def test_new_files_take_the_place_of_old_ones(tmp_path):
    (tmp_path / "a").write_text("old")
    write_over(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        "abc", "new"
    )


def test_only_what_was_left_long_ago_is_swept_away(tmp_path):
    for name in (".unfinished-old", ".unfinished-new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").touch()
    for name in (".unfinished-old", "other"):
        os.utime(tmp_path / name, (0, time.time() - 2 * 24 * 3600))
    sweep(tmp_path)
    sweep(tmp_path / "nowhere")
    assert sorted(os.listdir(tmp_path)) == [".unfinished-new", "other"]


def test_a_folder_takes_the_place_of_an_old_one_whole(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("old")
    with staged(tmp_path) as stage:
        (stage / "model").mkdir()
        (stage / "model" / "new").write_text("new")
    assert os.listdir(tmp_path) == ["model"]
    assert os.listdir(tmp_path / "model") == ["new"]


def test_where_a_folder_cannot_stay_the_old_one_is_back(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("old")
    (tmp_path / "note").mkdir()  # in the way of a file

    def write() -> None:
        with staged(tmp_path) as stage:
            (stage / "model").mkdir()
            (stage / "note").write_text("new")

    with pytest.raises(IsADirectoryError, match="note"):
        write()
    assert sorted(os.listdir(tmp_path)) == ["model", "note"]
    assert os.listdir(tmp_path / "model") == ["old"]
