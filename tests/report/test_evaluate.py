"""A whole evaluation: its files, read by other code and computed again from the sounds."""

import base64
import csv
import io
import json
import math
import re
import statistics
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
from PIL import Image

import spectrotools as st
from spectrotools import cli
from spectrotools.report.journal import JOURNAL
from spectrotools.report.measures import MEASURES
from tests.report.commands import fails
from tests.report.pages import Reader, figure

RATE = 16000
COMPARED = ("clean", "equal", "loops/<b> & é", "loud", "short", "silent")
FAILED = ("broken", "mono", "nan", "rate", "twice")


def tone(f0_hz: float, seconds: float = 0.6) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return sum(0.2 / k * np.sin(2 * np.pi * k * f0_hz * time) for k in range(1, 6))


def sounds() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """References and what was generated of them, for all sorts of pairs."""
    rng = np.random.default_rng(3)
    noise = 0.05 * rng.normal(size=len(tone(200)))
    stereo = np.stack([tone(300), 0.5 * tone(150)], axis=1)
    bad = tone(220)
    bad[321] = math.nan
    return {
        "clean": (tone(220), tone(220) + 0.02 * noise),
        "equal": (tone(440), tone(440)),
        "loops/<b> & é": (stereo, stereo + noise[:, None]),
        "loud": (3.0 * tone(180), 3.0 * tone(190)),
        "short": (tone(330) + noise, tone(330)[:-1600]),
        "silent": (tone(220), 0 * tone(220)),
        "broken": (tone(220), tone(220)),
        "mono": (stereo, tone(300)),
        "nan": (tone(220), bad),
        "rate": (tone(220), tone(220)),
        "twice": (tone(220), tone(220)),
    }


def folders(root: Path) -> tuple[Path, Path]:
    """Write all sorts of pairs."""
    for name, pair in sounds().items():
        for side, sound in zip(("r", "g"), pair, strict=True):
            path = root / side / f"{name}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            rate = 8000 if (name, side) == ("rate", "g") else RATE
            soundfile.write(path, sound, rate, subtype="FLOAT")
    (root / "g" / "broken.wav").write_text("no sound")
    soundfile.write(root / "g" / "twice.flac", tone(220), RATE)
    soundfile.write(root / "g" / "alone.wav", tone(220), RATE)
    return root / "r", root / "g"


def evaluate(*arguments: str | Path) -> int:
    return cli.main(["evaluate", *map(str, arguments), "--jobs", "1"])


class Run(NamedTuple):
    folder: Path
    out: str
    reader: Reader
    rows: dict[str, dict[str, str]]
    summary: dict


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("evaluation")
    assert evaluate(*folders(folder), "--out", folder / "out") == 0
    text = (folder / "out" / "evaluation.html").read_text(encoding="utf-8")
    with open(folder / "out" / "evaluation.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    summary = json.loads((folder / "out" / "evaluation.json").read_text(encoding="utf-8"))
    return Run(folder, text, Reader(text), rows, summary)


def read(run: Run, name: str) -> list[np.ndarray]:
    """Both sounds ``[channels, samples]``, as far as both reach."""
    pair = [
        soundfile.read(run.folder / side / f"{name}.wav", dtype="float32", always_2d=True)[0].T
        for side in ("r", "g")
    ]
    length = min(sound.shape[1] for sound in pair)
    return [sound[:, :length] for sound in pair]


def numbers(run: Run, measure: str) -> list[float]:
    values = [run.rows[name][measure] for name in COMPARED]
    return [float(value) for value in values if value]


def test_the_table_has_a_row_for_each_pair_and_a_reason_for_each_failure(run):
    assert list(run.rows) == sorted([*COMPARED, *FAILED])
    reasons = {name: run.rows[name]["failure"] for name in run.rows if run.rows[name]["failure"]}
    assert list(reasons) == list(FAILED)
    for name, reason in {
        "broken": r".*broken\.wav is not audio that can be read .*\.",
        "mono": r"it has 1 channel and its reference 2 channels; bring both to the same\.",
        "nan": r".*nan\.wav must hold finite numbers; sample 321 .* is nan\.",
        "rate": r"its rate is 8000 Hz and that of its reference 16000 Hz; bring both to .*\.",
        "twice": r"2 files have this name: .*twice\.flac, .*twice\.wav\.",
    }.items():
        assert re.fullmatch(reason, reasons[name])
        assert not any(run.rows[name][measure] for measure in MEASURES)
    assert run.rows["short"]["notes"].startswith("it is 0.100 s shorter than its reference")
    assert run.rows["silent"]["notes"] == "it is silent"


def test_every_number_in_the_table_is_that_of_the_metric(run):
    settings = {
        "mel_cepstral_distortion": {"sample_rate": RATE},
        "loudness_error": {"sample_rate": RATE},
        "periodicity_error": {"sample_rate": RATE, "fmin": 60.0, "fmax": 1200.0},
    }
    for name in ("clean", "loud", "short"):
        pair = read(run, name)
        for measure in MEASURES.values():
            if measure.of != "pitch" and (name, measure.name) != ("loud", "si_sdr"):
                metric = getattr(st.metrics, measure.name)
                expected = float(metric(pair[0][0], pair[1][0], **settings.get(measure.name, {})))
                assert float(run.rows[name][measure.name]) == pytest.approx(expected, rel=1e-4)


def test_pitch_is_measured_and_told_apart(run):
    expected = 1200 * math.log2(190 / 180)
    assert float(run.rows["loud"]["f0_rmse"]) == pytest.approx(expected, abs=20)
    assert float(run.rows["clean"]["f0_rmse"]) < 20
    assert float(run.rows["clean"]["raw_pitch_accuracy"]) > 0.95
    assert float(run.rows["silent"]["voicing_recall"]) == 0


def test_infinities_are_told_and_in_no_average(run):
    assert (run.rows["equal"]["snr"], run.rows["equal"]["spectral_convergence"]) == ("inf", "-inf")
    for name, entry in run.summary["metrics"].items():
        values = numbers(run, name)
        finite = [value for value in values if math.isfinite(value)]
        assert entry["mean"] == pytest.approx(statistics.fmean(finite))
        assert entry["median"] == pytest.approx(statistics.median(finite))
        assert entry["averaged_pairs"] == len(finite)
        assert entry["infinite_pairs"] == len(values) - len(finite)
        assert entry["undefined_pairs"] == len(COMPARED) - len(values)
        interval = entry["interval_of_mean"]
        assert interval["low"] <= entry["mean"] <= interval["high"]
        assert interval["confidence"] == 0.95


def test_the_summary_says_how_it_came_about(run):
    summary = run.summary
    assert summary["pairs"] == {"compared": 6, "failed": 5, "files_without_partner": 1}
    assert list(summary["failures"]) == list(FAILED)
    assert summary["files_without_partner"] == [str(run.folder / "g" / "alone.wav")]
    assert summary["command"].startswith("spectrotools evaluate ")
    assert "Evaluation.frame_rate = 100.0" in summary["settings"]
    assert summary["versions"]["numpy"] == np.__version__
    assert list(summary["metrics"]) == list(MEASURES)
    units = {name: (m["unit"], m["nearer"]) for name, m in summary["metrics"].items()}
    assert units == {m.name: (m.unit, m.nearer) for m in MEASURES.values()}


def test_the_page_has_the_numbers_of_the_files(run):
    rows = [row for row in run.reader.rows if row]
    names = [m.head for m in MEASURES.values()]
    averages = {row[0]: row[1:] for row in rows if row[0] in names}
    for measure in MEASURES.values():
        entry = run.summary["metrics"][measure.name]
        mean, interval, median, count, *_ = averages[measure.head]
        half = 0.5 * 10.0**-measure.digits + 1e-9
        assert figure(mean) == pytest.approx(entry["mean"], abs=half)
        assert figure(median) == pytest.approx(entry["median"], abs=half)
        ends = [figure(end) for end in interval.split(" to ")]
        expected = [entry["interval_of_mean"][end] for end in ("low", "high")]
        assert ends == pytest.approx(expected, abs=half)
        assert int(count) == entry["averaged_pairs"]
    pairs = {row[0]: row[1:] for row in rows if row[0] in COMPARED}
    assert set(pairs) == set(COMPARED)
    for name, cells in pairs.items():
        for cell, measure in zip(cells, MEASURES.values(), strict=False):
            value = run.rows[name][measure.name]
            half = 0.5 * 10.0**-measure.digits + 1e-9
            if value:
                assert figure(cell) == pytest.approx(float(value), abs=half)
            else:
                assert cell == "–"


def test_the_furthest_pairs_stand_first_and_every_pair_once(run):
    heads = re.findall(r"<h3>([^<]*)</h3>\n<p class=\"meta\">M-STFT ([\d.]+)", run.out)
    ranking = {name: float(run.rows[name]["multi_resolution_stft_distance"]) for name in COMPARED}
    order = sorted(COMPARED, key=lambda name: -ranking[name])
    shown = [
        name.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for name, _ in heads
    ]
    assert shown == [*order[:3], *order[:2:-1]]
    listed = [row[0] for row in run.reader.rows if row and row[0] in COMPARED]
    assert listed == order


def test_players_play_both_sounds_turned_down_together(run):
    clips = {audio["title"]: audio["src"] for audio in run.reader.all("audio")}
    assert len(clips) == 2 * len(COMPARED)
    for name in ("loud", "short", "loops/<b> & é"):
        sounds = read(run, name)
        gain = 1 / max(1.0, *(np.abs(sound).max() for sound in sounds))
        for side, sound in zip(("reference", "generated"), sounds, strict=True):
            data = base64.b64decode(clips[f"{name}: {side}"].partition(",")[2])
            heard, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
            assert rate == RATE
            np.testing.assert_allclose(heard.T, gain * sound, atol=2e-5)
    assert gain == 1


def test_pictures_of_a_pair_share_one_scale(run):
    pictures = {image["alt"]: image["src"] for image in run.reader.all("img")}
    assert len(pictures) == 2 * len(COMPARED)

    def levels(name: str) -> np.ndarray:
        (source,) = (
            src for alt, src in pictures.items() if alt.startswith(f"Spectrogram of {name}")
        )
        data = base64.b64decode(source.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(data)))

    np.testing.assert_array_equal(levels("equal: reference"), levels("equal: generated"))
    assert levels("silent: generated").max() == 0
    assert levels("silent: reference").max() > 90


def test_the_page_stands_alone(run):
    sources = [
        tag.get(key) for _, tag in run.reader.tags for key in ("src", "href") if tag.get(key)
    ]
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert not re.search(r"https?://|@import|url\(", re.sub(r"data:[^\"]*", "", run.out))
    identifiers = {tag["id"] for _, tag in run.reader.tags if "id" in tag}
    assert {link["href"][1:] for link in run.reader.all("a")} <= identifiers
    assert "<b> &" not in run.out
    assert len(run.reader.all("svg")) == len(MEASURES)


def test_a_second_run_measures_only_what_has_changed(tmp_path, monkeypatch, capsys):
    reference, generated = tmp_path / "r", tmp_path / "g"
    for folder in (reference, generated):
        folder.mkdir()
        for name in ("a.wav", "b.wav"):
            soundfile.write(folder / name, tone(220), RATE)
    command = [reference, generated, "--metric", "snr", "--out", tmp_path / "out"]
    assert evaluate(*command) == 0
    before = (tmp_path / "out" / "evaluation.csv").read_text()
    measured = []

    def counting(pair, evaluation):
        measured.append(pair.name)
        return measure(pair, evaluation)

    from spectrotools.report.comparisons import measure

    monkeypatch.setattr("spectrotools.report.comparisons.measure", counting)
    assert evaluate(*command, "--overwrite") == 0
    assert (measured, (tmp_path / "out" / "evaluation.csv").read_text()) == ([], before)
    soundfile.write(generated / "b.wav", 0.9 * tone(220), RATE)
    assert evaluate(*command, "--overwrite") == 0
    assert measured == ["b"]
    assert len((tmp_path / "out" / JOURNAL).read_text().splitlines()) == 2
    assert "2 pairs compared" in capsys.readouterr().out


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A directory with two folders of one sound."""
    monkeypatch.chdir(tmp_path)
    for folder in ("r", "g"):
        Path(folder).mkdir()
        soundfile.write(f"{folder}/a.wav", tone(220), RATE)
    return tmp_path


def test_where_nothing_can_be_compared_nothing_is_written(work, capfd):
    command = ("evaluate", "r", "g", "--out", "out", "--jobs", "1")
    Path("g/a.wav").write_text("no sound")
    message = r"the only pair could not be compared\. a: g/a\.wav is not audio .*\."
    fails(capfd, message, *command, code=3)
    for folder in ("r", "g"):
        soundfile.write(f"{folder}/b.wav", tone(220), {"r": 8000, "g": 9000}[folder])
    message = r"none of 2 pairs could be compared\. a: g/a\.wav is not audio .*\."
    fails(capfd, message, *command, code=3)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"g/a\.wav: Not a directory\.", ["r", "g/a.wav"]),
        (r"nothing: Not a directory\.", ["nothing", "g"]),
        (r"r is the folder of the references; nothing is to compare\.", ["r", "r"]),
        (r"metric must be one of snr, .* or all; got 'snrr'\.", ["r", "g", "--metric", "snrr"]),
        (r"metric must name at least one that needs no pitch; got \['f0_rmse'\]\.",
         ["r", "g", "--metric", "f0_rmse", "--no-pitch"]),
        (r"argument --jobs: must be a number in \[1, 256\]; got '0'\. See .*",
         ["r", "g", "--jobs", "0"]),
        (r"fmax must be in \[120, 3000\]; got 50\.", ["r", "g", "--set", "fmax = 50"]),
        (r"--set 'Evaluation\.hop = 1': .* 'hop'; the nearest name is 'shown'\.",
         ["r", "g", "--set", "Evaluation.hop = 1"]),
        (r"--set 'mu_law\.bits = 4': mu_law\.bits set, but nothing in this run uses it: .*",
         ["r", "g", "--set", "mu_law.bits = 4"]),
        (r"g/a\.wav is a file; --out must name a directory\.", ["r", "g", "--out", "g/a.wav"]),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_clear_sentence(work, capfd, message, arguments):
    out = [] if "--out" in arguments else ["--out", "out"]
    fails(capfd, message, "evaluate", *arguments, *out)


def test_nothing_is_overwritten_unasked(work, capfd):
    Path("out").mkdir()
    Path("out/evaluation.json").write_text("mine")
    message = r"out/evaluation\.json exists; give --overwrite to replace it\."
    fails(capfd, message, "evaluate", "r", "g", "--out", "out")
    assert Path("out/evaluation.json").read_text() == "mine"


def test_what_was_chosen_is_measured_and_nothing_else(work, capsys):
    chosen = ["--metric", "si_sdr", "--metric", "loudness_error", "--out", "out"]
    assert evaluate("r", "g", *chosen, "--set", "Evaluation.shown = 0") == 0
    out = capsys.readouterr().out
    assert out.startswith("1 pair compared\n")
    assert re.search(r"^SI-SDR, dB +- +- to - +- +0  higher$", out, re.MULTILINE)
    assert re.search(r"^loudness error, dB +0\.00 +- to - +0\.00 +1  lower$", out, re.MULTILINE)
    assert list(json.loads(Path("out/evaluation.json").read_text())["metrics"]) == [
        "si_sdr",
        "loudness_error",
    ]
    page = Reader(Path("out/evaluation.html").read_text(encoding="utf-8"))
    assert not page.all("audio")


def test_long_tables_and_lists_are_cut_and_say_so(work, capsys, monkeypatch):
    monkeypatch.setattr("spectrotools.report.evaluation_page._TABLE_BYTES", 1000)
    monkeypatch.setattr("spectrotools.report.evaluation_page._FAILURES", 4)
    for number in range(10):
        soundfile.write(f"r/{number}.wav", tone(220), RATE)
        soundfile.write(f"g/{number}.wav", (1 + 0.1 * number) * tone(220), RATE)
    for number in range(6):
        for folder in ("r", "g"):
            Path(f"{folder}/bad{number}.wav").write_text("no sound")
    assert evaluate("r", "g", "--metric", "snr", "--out", "out") == 0
    out = capsys.readouterr().out
    assert "6 pairs could not be compared:\n  bad0: r/bad0.wav is not audio" in out
    assert "bad4" in out
    assert "bad5" not in out
    assert "  ... and others, which the written files list\n" in out
    text = Path("out/evaluation.html").read_text(encoding="utf-8")
    names = [row[0] for row in Reader(text).rows if row]
    assert names == ["SNR, dB", "bad0", "bad1", "bad2", "bad3", "9", "8", "7"]
    assert "The furthest 3 are listed; <code>evaluation.csv</code> has all 11." in text
    assert "The first 4 are listed; <code>evaluation.json</code> has all." in text


@pytest.mark.slow
def test_processes_measure_the_same(run, tmp_path):
    command = ["evaluate", str(run.folder / "r"), str(run.folder / "g")]
    assert cli.main([*command, "--out", str(tmp_path / "out"), "--jobs", "2"]) == 0
    with open(tmp_path / "out" / "evaluation.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert list(rows) == list(run.rows)
    for name, row in rows.items():
        assert row["failure"] == run.rows[name]["failure"]
        for measure in MEASURES:
            one, other = row[measure], run.rows[name][measure]
            assert bool(one) == bool(other)
            if one:
                assert float(one) == pytest.approx(float(other), rel=1e-4, abs=1e-5)
