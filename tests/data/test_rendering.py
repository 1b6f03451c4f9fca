"""Phrases that are drawn, and recordings of them by FluidSynth."""

import csv
import itertools
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

import spectrotools as st
from spectrotools import cli
from spectrotools.data.phrases import Note, midi_file, random_phrase
from spectrotools.data.sound_fonts import Preset, choose_preset, presets
from tests.report.commands import fails

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # of the package fluid-soundfont-gm
PRESENT = shutil.which("fluidsynth") is not None and SOUND_FONT.exists()
needs_fluidsynth = pytest.mark.skipif(
    not PRESENT, reason="needs FluidSynth and the SoundFont FluidR3_GM"
)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


@pytest.fixture
def sound_font(tmp_path) -> Path:
    """A file with a table of presets, behind samples of odd length; it cannot be played."""
    named = [(b"Flute", 73, 0), (b"Old Flute", 73, 8), (b"Drums", 0, 128), (b"Violin", 40, 0)]
    records = b"".join(
        struct.pack("<20sHH14x", name, program, bank)
        for name, program, bank in [*named, (b"EOP", 0, 0)]
    )
    samples = chunk(b"LIST", b"sdta" + chunk(b"smpl", bytes(7)))
    table = chunk(b"LIST", b"pdta" + chunk(b"shdr", bytes(46)) + chunk(b"phdr", records))
    path = tmp_path / "font.sf2"
    path.write_bytes(chunk(b"RIFF", b"sfbk" + samples + table))
    return path


def test_presets_are_those_with_pitch_in_order(sound_font):
    assert presets(sound_font) == [(0, 40, "Violin"), (0, 73, "Flute"), (8, 73, "Old Flute")]


@pytest.mark.parametrize("program", ["flute", "FLUTE", 73, "73"])
def test_a_program_is_found_by_name_or_number(sound_font, program):
    assert choose_preset(sound_font, program) == Preset(0, 73, "Flute")


def test_a_preset_of_another_bank_is_found_by_name(sound_font):
    assert choose_preset(sound_font, "old flute") == Preset(8, 73, "Old Flute")


def test_what_is_no_program_is_told_with_what_is_near(sound_font):
    with pytest.raises(ValueError, match=r"one of 73 'Flute', 73 'Old Flute' of .*got 'flu'"):
        choose_preset(sound_font, "flu")
    with pytest.raises(ValueError, match=r"one of 40 'Violin', 73 'Flute', .*got 5"):
        choose_preset(sound_font, 5)


def test_what_is_no_sound_font_is_refused(tmp_path):
    path = tmp_path / "words.sf2"
    path.write_bytes(b"RIFF....WAVEfmt ")
    with pytest.raises(ValueError, match=r"must be a SoundFont .*words.sf2 begins with"):
        presets(path)
    path.write_bytes(chunk(b"RIFF", b"sfbk" + chunk(b"LIST", b"INFO")))
    with pytest.raises(ValueError, match=r"must have presets; .*words.sf2 has; got 0"):
        presets(path)


def test_phrases_are_those_of_one_voice_that_sings_and_rests():
    phrases = [
        random_phrase(np.random.default_rng([0, index]), seconds=10.0, lowest=55, highest=84)
        for index in range(40)
    ]
    pitches = [[note.pitch for note in notes] for notes in phrases]
    lowest, highest = min(map(min, pitches)), max(map(max, pitches))
    assert 55 <= lowest < 57
    assert 82 < highest <= 84
    steps = np.abs(np.concatenate([np.diff(line) for line in pitches]))
    assert np.mean(steps <= 4) > 0.5  # mostly steps
    assert np.mean(steps >= 5) > 0.1  # and leaps
    gaps = []
    for notes in phrases:
        assert 0.0 < notes[0].start_seconds
        assert notes[-1].end_seconds < 10.0
        assert all(note.end_seconds - note.start_seconds > 0.1 for note in notes[:-1])
        gaps += [b.start_seconds - a.end_seconds for a, b in itertools.pairwise(notes)]
    assert min(gaps) > 0.0
    assert 0.02 < np.mean(np.array(gaps) > 0.4) < 0.4  # rests
    loud = [[note.velocity for note in notes] for notes in phrases]
    assert min(map(min, loud)) < 50
    assert max(map(max, loud)) > 110
    swells = [np.mean(line[-3:]) - np.mean(line[:3]) for line in loud]
    assert min(swells) < -20
    assert max(swells) > 20


def test_a_seed_draws_one_phrase_and_another_seed_another():
    draw = [
        random_phrase(np.random.default_rng(seed), seconds=4.0, lowest=60, highest=72)
        for seed in (1, 1, 2)
    ]
    assert draw[0] == draw[1] != draw[2]


def test_a_range_of_one_note_is_that_note():
    notes = random_phrase(np.random.default_rng(0), seconds=4.0, lowest=61, highest=61)
    assert {note.pitch for note in notes} == {61}


def test_the_midi_file_is_that_of_the_standard():
    """Bytes by hand, of the Standard MIDI Files 1.0: 480 ticks a quarter of half a second."""
    notes = [Note(0.1, 0.6, 69, 100)]
    expected = (
        "4d546864 00000006 0000 0001 01e0 4d54726b 00000015"
        "00 b00000 00 c028 60 904564 8360 804500 8640 ff2f00"
    ).replace(" ", "")
    written = midi_file(notes, seconds=1.4666667, bank=0, program=40)
    assert written == bytes.fromhex(expected)


def test_what_is_missing_is_named_with_the_cure(sound_font, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"No such file .*none\.sf2"):
        st.data.render(tmp_path / "none.sf2", "flute", tmp_path / "out")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="install FluidSynth"):
        st.data.render(sound_font, "flute", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"phrases": 0}, "phrases must be an integer of at least 1; got 0"),
        ({"seconds": 0.5}, "seconds must be a number of at least 1; got 0.5"),
        ({"lowest": -1}, r"lowest must be an integer in \[0, 127\]; got -1"),
        ({"highest": 50}, r"highest must be an integer in \[55, 127\]; got 50"),
        ({"seed": -1}, "seed must be an integer of at least 0; got -1"),
        ({"sample_rate": 100}, r"sample_rate must be an integer in \[8000, 96000\]; got 100"),
        ({"gain": 0.0}, r"gain must be a number in \[0.001, 10\]; got 0.0"),
    ],
)
def test_arguments_out_of_range_are_refused(sound_font, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        st.data.render(sound_font, "flute", tmp_path, **settings)


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_fluidsynth_that_fails_is_told_in_its_words(sound_font, tmp_path, monkeypatch):
    program = tmp_path / "fluidsynth"
    program.write_text("#!/bin/sh\necho broken pipe organ >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="must play the phrase; got 'broken pipe organ'"):
        st.data.render(sound_font, "flute", tmp_path / "out", phrases=1)


@pytest.mark.outside_program
@needs_fluidsynth
def test_recordings_have_the_notes_that_are_told(tmp_path):
    settings = {"phrases": 2, "seconds": 4.0, "lowest": 60, "highest": 84, "seed": 3}
    written = st.data.render(SOUND_FONT, "flute", tmp_path, **settings)
    assert [path.name for path in written] == ["phrase-000.wav", "phrase-001.wav"]
    for path in written:
        audio, rate = soundfile.read(path, dtype="float32")
        assert (rate, audio.shape) == (16000, (64000,))
        with path.with_suffix(".csv").open(newline="") as file:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
        track = st.pyin(audio, sample_rate=rate, fmin=200.0, fmax=1200.0, hop_length=160)
        f0_hz, time = np.asarray(track.f0_hz), np.arange(401) / 100
        for row in rows:
            inside = (time > row["start_seconds"] + 0.1) & (time < row["end_seconds"])
            cents = 1200 * np.log2(f0_hz[inside] / row["f0_hz"])
            if len(cents) > 5:  # long enough to settle
                assert abs(np.median(cents)) < 20
    again = st.data.render(SOUND_FONT, 73, tmp_path / "again", **settings)
    for one, other in zip(written, again, strict=True):
        assert one.with_suffix(".csv").read_bytes() == other.with_suffix(".csv").read_bytes()
        np.testing.assert_array_equal(soundfile.read(one)[0], soundfile.read(other)[0])


@pytest.mark.outside_program
@needs_fluidsynth
def test_a_range_in_which_nothing_sounds_is_refused(tmp_path):
    settings = {"phrases": 1, "seconds": 1.0, "gain": 1e-3}
    with pytest.raises(ValueError, match="'Flute' must sound between notes 0 and 0; got 'silence"):
        st.data.render(SOUND_FONT, "flute", tmp_path, lowest=0, highest=0, **settings)


@pytest.mark.outside_program
@needs_fluidsynth
def test_the_command_writes_all_or_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    command = ["render", "--sound-font", str(SOUND_FONT), "--out", "flute", "--phrases", "1"]
    fails(capfd, ".*program must be one of .* got 'kazoo'.*", *command, "--program", "kazoo")
    command += ["--program", "flute", "--seconds", "2"]
    assert cli.main(command) == 0
    assert capfd.readouterr().out == "flute: 1 recordings of 2 s\n"
    names = sorted(path.name for path in Path("flute").iterdir())
    assert names == ["phrase-000.csv", "phrase-000.wav"]
    fails(capfd, "flute/phrase-000.wav exists; give --overwrite to replace it.", *command)
