"""The helpers for notebooks: what is heard, what is drawn, what is drawn anew."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.collections import QuadMesh

import spectrotools as st
from spectrotools import notebook
from spectrotools.report import pictures

RATE = 16000
STFT = st.STFT(n_fft=512, hop_length=128)


def sine(frequency: float, amplitude: float = 0.5, seconds: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def heard(player) -> tuple[np.ndarray, int]:
    """What is in the player, [time, channels]."""
    code = re.search(r'src="data:audio/flac;base64,([^"]+)"', player.data)[1]
    return soundfile.read(io.BytesIO(base64.b64decode(code)), always_2d=True)


def drawn(figure) -> tuple[np.ma.MaskedArray, np.ndarray, np.ndarray]:
    """The values of a picture [rows, columns], and the edges of its columns and rows."""
    (mesh,) = (c for c in figure.axes[0].collections if isinstance(c, QuadMesh))
    corners = mesh.get_coordinates()
    return mesh.get_array(), corners[0, :, 0], corners[:, 0, 1]


@pytest.mark.parametrize("make", [np.asarray, tf.constant, tf.Variable, list])
def test_player_holds_the_samples_at_their_own_level(make):
    audio = sine(440.0, amplitude=0.1)
    samples, rate = heard(notebook.play(make(audio), sample_rate=RATE))
    assert rate == RATE
    np.testing.assert_allclose(samples[:, 0], audio, rtol=0, atol=0.5 / 32768 + 1e-7)


def test_player_keeps_channels_apart():
    stereo = np.stack([sine(440.0), sine(660.0, amplitude=0.25)])
    samples, _ = heard(notebook.play(tf.cast(stereo, tf.float64), sample_rate=RATE))
    np.testing.assert_allclose(samples.T, stereo, rtol=0, atol=0.5 / 32768 + 1e-7)


def test_player_turns_down_what_would_clip_and_says_so():
    player = notebook.play(sine(440.0, amplitude=4.0), sample_rate=RATE, label="a <loud> tone")
    assert "a &lt;loud&gt; tone, turned down 12.0 dB to fit" in player.data
    samples, _ = heard(player)
    np.testing.assert_allclose(samples[:, 0], sine(440.0, amplitude=1.0), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros((2, 3, 100), np.float32), r"^audio must be \[time\] or \[channels, time\]"),
        (np.zeros((3, 100), np.float32), r"of one or two channels.*; got \(3, 100\)\.$"),
        (np.zeros(0, np.float32), "at least one sample long"),
        (np.float32(0), r"got \(\)\.$"),
        (np.zeros(100, np.int16), r"audio must be floating point; got int16\..* / 32768"),
        ([0.0, np.inf], r"audio must hold finite numbers; got inf\.$"),
    ],
)
def test_what_is_no_audio_is_not_played(audio, message):
    with pytest.raises(ValueError, match=message):
        notebook.play(audio, sample_rate=RATE)


def test_sample_rate_is_checked():
    for function in (notebook.play, notebook.show, notebook.show_phase):
        with pytest.raises(ValueError, match="sample_rate must be an integer of at least 1"):
            function(sine(440.0), sample_rate=0)


@pytest.mark.parametrize("frequency", pictures.frequencies(RATE)[[70, 140, 200]])
@pytest.mark.parametrize("transform", [None, STFT])
def test_a_sine_is_drawn_at_its_level_frequency_and_time(transform, frequency):
    audio = np.concatenate([np.zeros(RATE // 2, np.float32), sine(frequency, amplitude=0.1)])
    sound = audio if transform is None else transform(audio)
    levels, times, frequencies = drawn(notebook.show(sound, transform, sample_rate=RATE))
    row, column = np.unravel_index(np.argmax(levels), levels.shape)
    # No bin need be centred on the sine: half a bin away, a Hann window is 1.4 dB down.
    assert -20.0 - 1.5 * (transform is STFT) <= levels[row, column] <= -20.0
    assert frequencies[row] <= frequency <= frequencies[row + 1]
    assert 0.5 < times[column] < 1.0
    before = levels[:, times[1:] < 0.45]
    assert before.max() == levels.min()


def test_pictures_to_compare_share_the_level_that_is_asked_for():
    figure = notebook.show(sine(440.0), sample_rate=RATE, top_db=20, title="A tone")
    mesh = figure.axes[0].collections[0]
    assert mesh.get_clim() == (-80.0, 20.0)
    assert figure.axes[0].get_title() == "A tone"


def test_magnitudes_are_drawn_like_their_coefficients():
    coefficients = STFT(sine(440.0))
    expected, *_ = drawn(notebook.show(coefficients, STFT, sample_rate=RATE))
    levels, *_ = drawn(notebook.show(tf.abs(coefficients), STFT, sample_rate=RATE))
    np.testing.assert_array_equal(levels, expected)


def test_silence_and_a_single_frame_can_be_drawn():
    levels, times, _ = drawn(notebook.show(np.zeros((1, 257)), STFT, sample_rate=RATE))
    assert levels.max() == -100.0
    assert times[0] < 0.0 < times[1]


@pytest.mark.parametrize("transform", [None, STFT])
def test_every_row_near_a_sine_measures_its_frequency(transform):
    sound = sine(1010.0) if transform is None else transform(sine(1010.0))
    hertz, times, edges = drawn(notebook.show_phase(sound, transform, sample_rate=RATE))
    rows = (edges[:-1] + edges[1:]) / 2
    near = np.abs(rows - 1010.0) < 40.0
    inside = (times[:-1] > 0.1) & (times[1:] < 0.4)
    measured = (rows[:, None] + hertz)[np.ix_(near, inside)]
    assert near.sum() >= 2
    np.testing.assert_allclose(measured, 1010.0, rtol=0, atol=1.0)


@pytest.mark.parametrize("transform", [None, STFT])
def test_phase_of_what_is_faint_is_left_out(transform):
    audio = np.concatenate([sine(1000.0), sine(1000.0, amplitude=1e-5)])
    sound = audio if transform is None else transform(audio)
    hertz, times, _ = drawn(notebook.show_phase(sound, transform, sample_rate=RATE))
    faint = hertz[:, times[:-1] > 0.55]
    assert np.ma.getmaskarray(faint).all()
    assert np.ma.count(hertz) > 0


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match=r"sound must be \[frames, bins = 257\].*\(9, 513\)"):
        notebook.show(np.zeros((9, 513)), STFT, sample_rate=RATE)
    with pytest.raises(ValueError, match=r"sound must be \[time\], at least one sample long"):
        notebook.show(np.zeros((2, 100), np.float32), sample_rate=RATE)
    with pytest.raises(ValueError, match="sound must have a phase; got 'magnitudes'"):
        notebook.show_phase(np.ones((9, 257)), STFT, sample_rate=RATE)


@pytest.fixture
def shell():
    """A shell that has never heard of matplotlib, as a kernel before pyplot is imported."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_notebook_shows_figures_and_keeps_a_person_s_own_way_of_showing_them(shell):
    formatters = shell.display_formatter.formatters
    figure = notebook.show(sine(440.0), sample_rate=RATE)
    assert formatters["image/png"](figure).startswith(b"\x89PNG")
    formatters["image/png"].pop(type(figure))
    formatters["image/svg+xml"].for_type(type(figure), lambda figure: "<svg/>")
    notebook.show(sine(440.0), sample_rate=RATE)
    assert type(figure) not in formatters["image/png"]


def test_live_redraws_in_place(shell, monkeypatch):
    published = []
    monkeypatch.setattr(
        shell.display_pub,
        "publish",
        lambda data, metadata=None, transient=None, update=False, **_: published.append(
            (data["text/plain"], transient["display_id"], update)
        ),
    )
    live = notebook.Live()
    live.update("a")
    live.update("b", "x")
    live.update("c", "y")
    (_, first, _), (_, second, _) = published[0], published[2]
    assert first != second
    assert published == [
        ("'a'", first, False),
        ("'b'", first, True),
        ("'x'", second, False),
        ("'c'", first, True),
        ("'y'", second, True),
    ]
