"""The page of a real run, read by other code and computed again from the files."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from PIL import Image

from spectrotools import cli
from spectrotools.data.recordings import Recording
from spectrotools.report.budget import Plan, plan
from spectrotools.report.distances import Distances
from spectrotools.report.names import PHASES
from spectrotools.report.page import render
from spectrotools.report.results import Demonstration, Result, Run, Subject
from spectrotools.report.round_trips import ROUND_TRIPS
from tests.report.pages import Reader, figure

RATE = 22050
TRIPS = ("stft", "mu_law", "g711_mu", "a_law", "linear")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, Reader]:
    """A run over a stereo and a mono recording, and its page."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(5)
    time = np.arange(int(1.7 * RATE)) / RATE
    tones = sum(np.cos(2 * np.pi * f * time + f) / 8 for f in (110, 440, 1234.5, 5000))
    stereo = np.stack([0.3 * tones, 4.0 * tones * np.exp(-time)])
    stereo += 0.01 * rng.normal(size=stereo.shape)
    soundfile.write(folder / "chord & <b>.wav", stereo.T, RATE, subtype="FLOAT")
    soundfile.write(folder / "hiss.flac", 0.1 * rng.normal(size=8000), 8000, subtype="PCM_16")
    arguments = ["resynth", str(folder / "chord & <b>.wav"), str(folder / "hiss.flac")]
    arguments += [word for name in TRIPS for word in ("--transform", name)]
    assert cli.main([*arguments, "--out", str(folder / "out")]) == 0
    return folder, Reader((folder / "out" / "report.html").read_text(encoding="utf-8"))


def by_scipy(original: np.ndarray, result: np.ndarray) -> list[float]:
    """The distances of ``[samples, channels]`` by SciPy's own transform, in all its frames."""
    window = scipy.signal.get_window("hann", 2048)
    transform = scipy.signal.ShortTimeFFT(window * 2 / window.sum(), 512, fs=1)

    def magnitudes(audio: np.ndarray) -> np.ndarray:
        return np.abs(transform.stft(audio, axis=0))

    one, two = magnitudes(original), magnitudes(result)
    snr = 10 * np.log10(np.sum(original**2) / np.sum((original - result) ** 2))
    ratio = np.maximum(one, 1e-6) / np.maximum(two, 1e-6)
    spectral = np.mean(np.sqrt(np.mean((20 * np.log10(ratio)) ** 2, axis=0)))
    return [snr, spectral, 20 * np.log10(np.linalg.norm(one - two) / np.linalg.norm(one))]


def test_every_distance_on_the_page_follows_from_the_files(run):
    folder, reader = run
    sources = {"chord & <b>": "chord & <b>.wav", "hiss": "hiss.flac"}
    checked = 0
    for row in filter(None, reader.rows):
        file = row[-1]
        original, _ = soundfile.read(folder / sources[file.split(".")[0]], always_2d=True)
        result, _ = soundfile.read(folder / "out" / file, always_2d=True)
        expected = by_scipy(original, result)
        np.testing.assert_allclose([figure(text) for text in row[1:4]], expected, atol=0.051)
        checked += 1
    assert checked == 2 * len(TRIPS) + len(PHASES)


def test_numbers_and_bits_on_the_page(run):
    _, reader = run
    rows = {row[-1]: row for row in reader.rows if row}
    numbers = 2 * 1025 / 512 * RATE * 2
    assert rows["chord & <b>.stft.wav"][4:6] == [f"{numbers:,.0f}", "–"]
    assert rows["chord & <b>.mu_law.wav"][4:6] == ["44,100", "352,800"]
    assert rows["hiss.mu_law.wav"][4:6] == ["8,000", "64,000"]
    assert all(figure(row[6]) > 0 for row in rows.values() if len(row) == 8)


def test_results_keep_rate_channels_and_length(run):
    folder, _ = run
    for file in sorted((folder / "out").glob("*.wav")):
        source = folder / ("hiss.flac" if file.name.startswith("hiss") else "chord & <b>.wav")
        wanted, got = soundfile.info(source), soundfile.info(file)
        assert (got.samplerate, got.channels, got.frames, got.subtype) == (
            wanted.samplerate,
            wanted.channels,
            wanted.frames,
            "FLOAT",
        )


def test_players_play_the_files_turned_down_together(run):
    folder, reader = run
    clips = {audio["title"]: audio["src"] for audio in reader.all("audio")}
    assert len(clips) == 2 * (1 + len(TRIPS)) + len(PHASES) + 1
    gain = None
    for name in ("original", "stft", "linear"):
        data = base64.b64decode(clips[f"chord & <b>: {name}"].partition(",")[2])
        heard, rate = soundfile.read(io.BytesIO(data), dtype="float32")
        file = "chord & <b>.wav" if name == "original" else f"out/chord & <b>.{name}.wav"
        whole, _ = soundfile.read(folder / file, dtype="float32")
        gain = gain or np.abs(heard).max() / np.abs(whole).max()
        assert (rate, len(heard)) == (RATE, len(whole))
        np.testing.assert_allclose(heard, whole * gain, atol=2e-4)
    assert gain < 0.9


def test_of_many_channels_every_player_has_the_same_one(tmp_path):
    time = np.arange(8000) / 8000
    pitches = np.array([300, 500, 900, 1300])
    soundfile.write(tmp_path / "quad.wav", 0.5 * np.sin(2 * np.pi * time[:, None] * pitches), 8000)
    assert cli.main(["resynth", str(tmp_path / "quad.wav"), "--out", str(tmp_path / "out")]) == 0
    page = Reader((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    heard = {}
    for player in page.all("audio"):
        data = base64.b64decode(player["src"].partition(",")[2])
        sound, _ = soundfile.read(io.BytesIO(data), always_2d=True)
        assert sound.shape[1] == 1
        loudest = np.argmax(np.abs(np.fft.rfft(sound[:, 0])))  # in Hz: a second is heard
        heard[player["title"]] = int(np.argmin(np.abs(pitches - loudest)))
    (lender,) = (title for title in heard if title.endswith("whose phase is borrowed"))
    del heard[lender]
    assert len(heard) == 1 + len(ROUND_TRIPS) + len(PHASES)
    assert set(heard.values()) == {heard["quad: original"]}


def pixels(reader: Reader, alt: str) -> np.ndarray:
    """The numbers of a picture, low rows first."""
    source = next(image["src"] for image in reader.all("img") if image["alt"].startswith(alt))
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))[::-1]


def dft(audio: np.ndarray, centre: int, frequency: float, hop: int) -> complex:
    """The Fourier sum about one sample at one frequency, by the window of that row."""
    spacing = frequency * ((RATE / 2 / 40) ** (1 / 224) - 1)
    width = np.clip(1.5 * RATE / spacing, hop, 1024)
    time = np.arange(-512, 512)
    window = np.where(np.abs(time) < width / 2, np.cos(np.pi * time / width) ** 2, 0.0)
    piece = np.pad(audio, 2048)[centre + 2048 + time]
    turns = frequency * time / RATE
    return np.sum(piece * window * np.exp(-2j * np.pi * turns)) * 2 / window.sum()


@pytest.mark.parametrize("name", ["of the original", "after mu_law"])
def test_any_pixel_of_a_spectrogram_follows_from_the_files(run, rng, name):
    folder, reader = run
    file = "out/chord & <b>.mu_law.wav" if "mu_law" in name else "chord & <b>.wav"
    audio = soundfile.read(folder / file)[0][:, 1]  # the louder channel
    picture = pixels(reader, f"Spectrogram {name}")
    edges = 40 * (RATE / 2 / 40) ** (np.arange(225) / 224)
    hop = -(-len(audio) // 720)
    assert picture.shape == (224, -(-len(audio) // hop))
    for _ in range(150):
        row, column = rng.integers(224), rng.integers(picture.shape[1])
        frequency = np.sqrt(edges[row] * edges[row + 1])
        level = 20 * np.log10(abs(dft(audio, column * hop + hop // 2, frequency, hop)) + 1e-15)
        assert picture[row, column] == pytest.approx(np.clip(level + 100, 0, 100), abs=0.51)


def test_the_difference_is_that_of_the_files(run, rng):
    folder, reader = run
    original = soundfile.read(folder / "chord & <b>.wav")[0][:, 1]
    audio = soundfile.read(folder / "out/chord & <b>.linear.wav")[0][:, 1] - original
    picture = pixels(reader, "Difference from the original after linear")
    hop = -(-len(audio) // 720)
    edges = 40 * (RATE / 2 / 40) ** (np.arange(225) / 224)
    for _ in range(80):
        row, column = rng.integers(224), rng.integers(picture.shape[1])
        frequency = np.sqrt(edges[row] * edges[row + 1])
        level = 20 * np.log10(abs(dft(audio, column * hop + hop // 2, frequency, hop)) + 1e-15)
        assert picture[row, column] == pytest.approx(np.clip(level + 100, 0, 100), abs=0.51)
    assert pixels(reader, "Difference from the original after stft").max() == 0


def test_phase_and_frequency_follow_from_the_files(run, rng):
    folder, reader = run
    audio = soundfile.read(folder / "out/chord & <b>.stft.wav")[0][:, 1]
    original = soundfile.read(folder / "chord & <b>.wav")[0][:, 1]
    running = np.append(0.0, np.cumsum(original**2))
    first = int(np.argmax(running[RATE:] - running[:-RATE]))  # where the loudest second begins
    second = audio[first : first + RATE]
    phase = pixels(reader, "Phase after stft")
    deviation = pixels(reader, "Instantaneous frequency after stft")
    hops = -(-RATE // 720), -(-len(audio) // 720)
    edges = 40 * (RATE / 2 / 40) ** (np.arange(225) / 224)
    seen = {True: 0, False: 0}
    for _ in range(400):
        row, place = rng.integers(224), rng.random()
        frequency = np.sqrt(edges[row] * edges[row + 1])
        column = int(place * phase.shape[1])
        centre = column * hops[0] + hops[0] // 2
        value = dft(second, centre, frequency, hops[0])
        heard = abs(value) > 1e-3  # 60 dB below the top of the scale, a full-scale sine
        turns = np.angle(value) / (2 * np.pi) - frequency * centre / RATE
        difference = (phase[row, column] - 64 * turns + 32) % 64 - 32 if heard else 0
        assert -1.01 <= difference <= 0.01
        assert (phase[row, column] == 64) == (not heard)
        column = int(place * deviation.shape[1])
        centre = column * hops[1] + hops[1] // 2
        value, later = (dft(audio, centre + late, frequency, hops[1]) for late in (0, 1))
        heard = abs(value) > 1e-3
        measured = np.angle(later / value) * RATE / (2 * np.pi) - frequency
        steps = 32 + 32 * np.clip(measured / (2 * RATE / 1024), -1, 1) if heard else 65
        assert deviation[row, column] == pytest.approx(steps, abs=0.51)
        seen[bool(heard)] += 1
    assert min(seen.values()) > 50


def test_the_page_stands_alone_and_says_what_it_shows(run):
    folder, reader = run
    text = (folder / "out" / "report.html").read_text(encoding="utf-8")
    sources = [tag.get(key) for _, tag in reader.tags for key in ("src", "href") if tag.get(key)]
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert not re.search(r"https?://|@import|url\(", re.sub(r"data:[^\"]*", "", text))
    assert not reader.all("link")
    assert len(reader.all("img")) == 2 * (3 + len(TRIPS) * 4) + len(PHASES)
    assert all(image["alt"] for image in reader.all("img"))
    identifiers = {tag["id"] for _, tag in reader.tags if "id" in tag}
    assert {link["href"][1:] for link in reader.all("a")} <= identifiers
    assert "<b>" not in text
    assert "spectrotools resynth &#39;" in text
    assert "STFT.n_fft = %n_fft" in text


def test_a_page_without_an_excerpt_says_where_the_limit_is(run, monkeypatch, tmp_path):
    folder, _ = run
    shares = Plan(listed=2, illustrated=1, columns=240, sound_bytes=10_000_000)
    monkeypatch.setattr("spectrotools.report.resynth.plan", lambda *counts: shares)
    inputs = [str(folder / "hiss.flac"), str(folder / "chord & <b>.wav")]
    out = tmp_path / "out"
    assert cli.main(["resynth", *inputs, "--transform", "a_law", "--out", str(out)]) == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "room for the first\nrecording only." in text
    assert len(Reader(text).all("audio")) == 2 + len(PHASES) + 1


def test_a_page_says_how_many_recordings_it_has_no_room_for(run, monkeypatch, tmp_path):
    folder, _ = run
    shares = Plan(listed=1, illustrated=1, columns=240, sound_bytes=10_000_000)
    monkeypatch.setattr("spectrotools.report.resynth.plan", lambda *counts: shares)
    inputs = [str(folder / "hiss.flac"), str(folder / "chord & <b>.wav")]
    out = tmp_path / "out"
    assert cli.main(["resynth", *inputs, "--transform", "a_law", "--out", str(out)]) == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "One more recording was\nresynthesised than a page of 30 MB has room for." in text
    assert next(row[-1] for row in Reader(text).rows if row) == "hiss.a_law.wav"
    assert "chord &amp; &lt;b&gt;.a_law.wav" not in text
    assert (out / "chord & <b>.a_law.wav").exists()


@pytest.mark.parametrize("round_trips", [1, 5, 40])
@pytest.mark.parametrize("recordings", [30, 3000])
def test_the_text_of_any_number_of_long_names_fits(recordings, round_trips):
    name = "x" * 250
    recording = Recording(Path(f"{name}.wav"), 8000, 1, 8000, "WAV", 1.0, np.ones((1, 1)))
    result = Result(
        name="a_law",
        description="",
        file=f"{name[5:]}.a_law.wav",
        distances=Distances(-123.4, 123.4, -123.4),
        numbers_per_second=1e6,
        bits_per_second=1e7,
        speed=1000.0,
    )
    subject = Subject(name, recording, (result,) * round_trips)
    demonstration = Demonstration(0, 8000, 1.0, recording, None, ())
    listed = plan(recordings, round_trips).listed
    page = render(
        Run((subject,) * recordings, demonstration, listed),
        command=name * recordings,
        settings="",
        date="today",
    )
    assert page.count("<section") == listed + 2 + (listed < recordings)
    assert len(page.encode()) < 2_000_000


def test_a_page_describes_the_settings_that_were_used(run, tmp_path):
    folder, _ = run
    out = tmp_path / "out"
    settings = ["--set", "mu_law.bits = 4", "--set", "linear.bits = 3"]
    names = ["--transform", "mu_law", "--transform", "linear"]
    assert (
        cli.main(["resynth", str(folder / "hiss.flac"), *names, *settings, "--out", str(out)]) == 0
    )
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Samples as 4-bit μ-law codes, as WaveNet predicts them." in text
    assert "Samples rounded to 3 evenly spaced bits" in text
    assert "8-bit" not in text


def test_the_players_of_a_recording_stand_together(run):
    _, reader = run
    tags = [tag for tag, _ in reader.tags if tag in ("audio", "img")]
    each = ["audio"] * (1 + len(TRIPS)) + ["img"] * (3 + len(TRIPS) * 4)
    demonstration = ["audio"] * (len(PHASES) + 1) + ["img"] * len(PHASES)
    assert tags == each * 2 + demonstration


def test_what_one_recording_has_too_little_of_is_said_plainly(tmp_path):
    soundfile.write(tmp_path / "one.wav", np.ones((1, 3)) * 0.5, 8000, subtype="FLOAT")
    soundfile.write(tmp_path / "silence.wav", np.zeros(500), 8000)
    inputs = [str(tmp_path / "one.wav"), str(tmp_path / "silence.wav")]
    out = tmp_path / "out"
    assert cli.main(["resynth", *inputs, "--transform", "mu_law", "--out", str(out)]) == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    speeds = [row[6] for row in Reader(text).rows if len(row) == 8]
    assert all(figure(speed) > 0 for speed in speeds)
    assert "it is all there is, for the original is silent" in text
    assert "the loudest one, and so do the players" in text
    assert not re.search(r"[−-]∞ dB|∞ dB|inf dB", text)


def test_long_noise_stays_under_30_megabytes_and_is_excerpted(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, (48000 * 12, 2))
    for name in ("a.wav", "b.wav", "c.wav"):
        soundfile.write(tmp_path / name, noise, 48000, subtype="PCM_16")
    inputs = [str(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav")]
    out = tmp_path / "out"
    assert cli.main(["resynth", *inputs, "--transform", "stft", "--out", str(out)]) == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    assert 20e6 < len(text.encode()) < 30e6
    assert "The players and pictures have an excerpt" in text
