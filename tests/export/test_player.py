"""Playing block by block against the same model at once, noise and all."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.export.filtered_noise import NoiseVoice
from spectrotools.export.harmonics import HarmonicVoice
from spectrotools.export.player import Player, inputs_of
from spectrotools.export.reverberation import ReverbVoice
from spectrotools.export.voice import Block
from tests.export.small import (
    HOP,
    RATE,
    batched,
    close,
    cuts,
    features,
    instrument,
    offline,
    played_inputs,
)

TEN_HOURS = 10 * 3600 * RATE // HOP * HOP  # samples, whole hops


@pytest.fixture(scope="module")
def model():
    return instrument()


def played(player, clip, blocks, seed):
    """The sound of blocks of a clip and of what is owed after them, without the first hop."""
    state = {name: tf.constant(value) for name, value in player.initial_state.items()}
    state |= {name: tf.constant(seed, tf.int32) for name in player.seeds}
    sounds = []
    for block in blocks:
        sound, state = player.step({n: v[:, block] for n, v in batched(clip).items()}, state)
        sounds.append(sound[0])
    nothing = {name: tf.zeros([1, 1, *size]) for name, size in player.inputs.items()}
    sounds.append(player.step(nothing, state, 0)[0][0])
    sound = np.concatenate(sounds)
    np.testing.assert_array_equal(sound[:HOP], 0.0)
    return sound[HOP:]


@pytest.mark.parametrize("frames", [1, 2, 37])
def test_however_frames_are_cut_the_whole_comes_out(frames, model):
    clip = features(frames)
    wanted, seed = offline(model, clip)
    player = Player(model, partition=1)
    for number in range(3):
        close(played(player, clip, cuts(frames, number), seed), wanted)


def test_a_room_may_be_cut_in_longer_partitions(model):
    clip = features(15)
    wanted, seed = offline(model, clip)
    player = Player(model, partition=5)
    state = {**player.initial_state, "noise_seed": np.array(seed, np.int32)}
    sounds = []
    for first in (0, 5, 10):
        block = {n: v[:, first : first + 5] for n, v in batched(clip).items()}
        sound, state = player.step(block, state)
        sounds.append(sound[0])
    close(np.concatenate(sounds)[HOP:], wanted[:-HOP])


def test_frames_that_are_not_real_hold_the_last_that_is(model):
    clip = features(7)
    wanted, seed = offline(model, clip)
    player = Player(model, partition=9)
    state = {**player.initial_state, "noise_seed": np.array(seed, np.int32)}
    padded = {name: np.pad(value, (0, 2)) for name, value in clip.items()}
    sound, _ = player.step(batched(padded), state, 7)
    close(sound[0, HOP:].numpy()[: len(wanted)], wanted)


def test_a_stream_of_which_nothing_came_is_silent(model):
    player = Player(model, partition=1)
    sound, _ = player.step(batched(features(1)), player.initial_state, 0)
    np.testing.assert_array_equal(sound, np.zeros([1, HOP]))


def test_after_ten_hours_harmonics_are_where_they_should_be(rng):
    """Beside the op in float64, from a phase of 64 bits."""
    synth = st.synths.Harmonic(sample_rate=RATE, hop_length=HOP, scale_fn=None)
    phase = 0x123456789ABCDEF0
    f0_hz = rng.uniform(100.0, 900.0, [1, 6]).astype(np.float32)
    amplitudes = rng.uniform(0.1, 1.0, [1, 6]).astype(np.float32)
    shares = rng.uniform(0.1, 1.0, [1, 6, 40]).astype(np.float32)
    voice = HarmonicVoice(synth, [1, 40, 1])
    first = [amplitudes[..., :1], shares[:, :1], f0_hz[..., :1]]
    begun = Block(tf.constant(0, tf.int64), tf.constant(1), 1)
    _, state = voice.step([tf.constant(part) for part in first], voice.initial_state, begun)
    state["phase"] = tf.constant(phase, tf.int64)
    late = Block(tf.constant(TEN_HOURS, tf.int64), tf.constant(5), 5)
    rest = [amplitudes[..., 1:], shares[:, 1:], f0_hz[..., 1:]]
    sound, _ = voice.step([tf.constant(part) for part in rest], state, late)
    even = st.normalize_harmonics(
        shares.astype(np.float64), f0_hz.astype(np.float64), sample_rate=RATE
    )
    wanted = st.harmonic_synthesis(
        f0_hz.astype(np.float64),
        amplitudes.astype(np.float64),
        even,
        sample_rate=RATE,
        hop_length=HOP,
        length=5 * HOP,
        initial_phase=tf.constant([phase], tf.int64),
    )
    close(sound.numpy(), wanted[0].numpy())


def test_after_ten_hours_noise_is_the_same_noise(rng):
    synth = st.synths.FilteredNoise(hop_length=HOP, scale_fn=None)
    magnitudes = rng.uniform(0.0, 1.0, [1, 6, 9]).astype(np.float32)
    voice = NoiseVoice(synth, [9])
    state = {"seed": tf.constant([3, -4]), "magnitudes": tf.constant(magnitudes[0, :1])}
    late = Block(tf.constant(TEN_HOURS, tf.int64), tf.constant(5), 5)
    sound, _ = voice.step([tf.constant(magnitudes[:, 1:])], state, late)
    wanted = st.filtered_noise(
        magnitudes.astype(np.float64),
        hop_length=HOP,
        seed=tf.constant([3, -4]),
        start=TEN_HOURS - HOP,  # a hop late
        length=5 * HOP,
    )
    close(sound.numpy(), wanted[0].numpy())


@pytest.mark.parametrize("window_size", [0, 1, 2, 7, 12, 16, 300])
def test_noise_of_any_window(window_size, rng):
    synth = st.synths.FilteredNoise(hop_length=HOP, scale_fn=None, window_size=window_size or None)
    magnitudes = tf.constant(rng.uniform(0.0, 1.0, [1, 5, 9]), tf.float32)
    voice = NoiseVoice(synth, [9])
    begin = Block(tf.constant(0, tf.int64), tf.constant(5), 5)
    sound, _ = voice.step([magnitudes], voice.initial_state, begin)
    controls = {"magnitudes": magnitudes, "seed": tf.constant([0, 0])}
    close(sound.numpy()[HOP:], synth.get_signal(**controls)[0].numpy()[: 4 * HOP])


@pytest.mark.parametrize("taps", [2, HOP, HOP + 1, 100])
@pytest.mark.parametrize("add_dry", [True, False])
def test_a_room_beside_a_convolution(taps, add_dry, rng):
    response = rng.normal(size=taps)
    voice = ReverbVoice(st.effects.Reverb(impulse_response=response, add_dry=add_dry), HOP)
    dry = rng.normal(size=8 * HOP).astype(np.float32)
    state, sounds = voice.initial_state, []
    for first, last in ((0, 1), (1, 6), (6, 8)):
        block = Block(tf.constant(0, tf.int64), tf.constant(1), last - first)
        part = tf.constant(dry[first * HOP : last * HOP])
        sound, state = voice.step([part], state, block)
        sounds.append(sound)
    response[0] = 1.0 if add_dry else 0.0
    wanted = np.convolve(dry.astype(np.float64), response)[: len(dry)]
    np.testing.assert_allclose(np.concatenate(sounds), wanted, atol=1e-6 * np.max(np.abs(wanted)))


def test_noises_of_one_model_are_two():
    """And one smooth voice beside a straight one, without a room."""
    grid = {"sample_rate": RATE, "hop_length": HOP}
    smooth = st.synths.Harmonic(name="smooth", nyquist="smooth", interpolation="linear", **grid)
    group = st.layers.ProcessorGroup(
        [
            (smooth, ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (st.synths.FilteredNoise(name="left", hop_length=HOP, seed=1), ["magnitudes"]),
            (st.synths.FilteredNoise(name="noise", hop_length=HOP, seed=2), ["magnitudes"]),
            (st.effects.Add(name="sum"), ["smooth/signal", "left/signal", "noise/signal"]),
        ]
    )
    model = instrument(processor_group=group)
    clip = features(9)
    player = Player(model, partition=1)
    assert player.seeds == ["left_seed", "noise_seed"]
    made = group.get_controls(played_inputs(model, clip))
    state = dict(player.initial_state)
    for name in ("left", "noise"):
        state[f"{name}_seed"] = made[name]["controls"]["seed"]
    sound, _ = player.step(batched(clip), state)
    close(sound[0, HOP:].numpy(), made["sum"]["signal"][0].numpy()[:-HOP])


def test_inputs_are_those_of_the_decoder_and_the_pitch(model):
    assert inputs_of(model) == {"f0_hz": (), "loudness_db": ()}
    group = st.models.harmonic_plus_noise(sample_rate=RATE, hop_length=HOP, reverb_length=None)
    midi = st.models.Autoencoder(
        decoder=st.models.MidiDecoder(rnn_units=4, layers=0), processor_group=group
    )
    assert inputs_of(midi) == {"pitch": (), "velocity": ()}


def refused(message, **parts):
    with pytest.raises(ValueError, match=message):
        Player(instrument(**parts), partition=1)


def group_of(*nodes):
    return st.layers.ProcessorGroup(list(nodes))


TONE = ["amplitudes", "harmonic_distribution", "f0_hz"]


def test_what_cannot_be_played_is_named():
    grid = {"sample_rate": RATE, "hop_length": HOP}
    tone = st.synths.Harmonic(name="tone", **grid)
    noise = {"hop_length": HOP, "name": "hiss"}
    refused(
        "decoder must stream; got DilatedDecoder", decoder=st.models.DilatedDecoder(channels=4)
    )
    ddsp = st.synths.Harmonic(name="tone", convention="ddsp", **grid)
    refused("processor 'tone': convention must be None", processor_group=group_of((ddsp, TONE)))
    normal = st.synths.FilteredNoise(distribution="normal", **noise)
    nodes = group_of((tone, TONE), (normal, ["magnitudes"]))
    refused("processor 'hiss': distribution must be 'uniform'", processor_group=nodes)
    late = st.synths.FilteredNoise(convention="ddsp", **noise)
    nodes = group_of((tone, TONE), (late, ["magnitudes"]))
    refused("processor 'hiss': convention must be None to play", processor_group=nodes)
    drive = group_of((tone, TONE), (st.effects.Distortion(name="drive"), ["tone/signal"]))
    refused("processor 'drive': must be Harmonic, .*; got Distortion", processor_group=drive)
    other = st.synths.Harmonic(name="other", **grid)
    nodes = group_of((tone, TONE), (other, [*TONE[:2], "tone/controls/f0_hz"]))
    refused("processor 'other' must be given sound or controls; got", processor_group=nodes)
    room = st.effects.Reverb(name="room", reverb_length=None)
    nodes = group_of((tone, TONE), (room, ["tone/signal", "magnitudes"]))
    refused("processor 'room': ir must be given if reverb_length is None", processor_group=nodes)


def test_a_decoder_that_begins_elsewhere_is_refused():
    class Begun(st.models.RecurrentDecoder):
        def initial_state(self, batch_size):
            return tf.ones([batch_size, self.rnn_units])

    refused("decoder must begin in a state of zeros; got 'Begun'", decoder=Begun(rnn_units=4))
