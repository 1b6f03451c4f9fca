"""A model learns an instrument whose harmonics are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

GRID = {"sample_rate": 16000, "hop_length": 64}
SAMPLES, FRAMES, HARMONICS = 8192, 128, 60
PARTIALS = np.arange(1, HARMONICS + 1)
SPECTRUM = (1 + 0.5 * np.cos(1.3 * PARTIALS)) / PARTIALS
SPECTRUM /= SPECTRUM.sum()
STEPS, CLIPS = 600, 16
HEARD = 20  # harmonics that are below half the sample rate at every pitch
EDGE = 4  # frames at either end, where the network has heard little and windows are half empty


def clips(rng: np.random.Generator, items: int = 4) -> tuple[dict[str, tf.Tensor], np.ndarray]:
    """Gliding notes that swell and fade, and the amplitudes of their harmonics."""
    time = np.arange(FRAMES) / FRAMES
    note = rng.uniform(52.0, 64.0, (items, 1)) + rng.uniform(-3.0, 3.0, (items, 1)) * time
    soft, loud = rng.uniform(0.05, 0.3, (items, 1)), rng.uniform(0.3, 0.9, (items, 1))
    swell = 0.5 - 0.5 * np.cos(np.pi * rng.uniform(0.5, 1.0, (items, 1)) * time)
    f0_hz = np.float32(440.0 * 2.0 ** ((note - 69.0) / 12.0))
    amplitudes = np.float32(soft + (loud - soft) * swell)
    even = np.broadcast_to(np.float32(SPECTRUM), (items, FRAMES, HARMONICS))
    audio = st.harmonic_synthesis(f0_hz, amplitudes, even, length=SAMPLES, **GRID)
    loudness = st.loudness(audio, **GRID)[:, :FRAMES]
    batch = {"audio": audio, "f0_hz": tf.constant(f0_hz), "loudness_db": loudness}
    return batch, amplitudes[..., None] * SPECTRUM


def total(model: keras.Model, batch: dict[str, tf.Tensor]) -> tf.Tensor:
    return tf.add_n(list(model.losses_of(batch, model(batch)).values()))


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 12])
def test_a_tone_of_few_harmonics_does_not_sink_into_silence(count):
    """In a room; begun otherwise, the tone is at -140 dB after 20 steps, and stays there."""
    keras.utils.set_random_seed(0)
    notes = st.data.SyntheticNotes(64, harmonics=SPECTRUM[:count], example_seconds=1.0, notes=2)
    model = st.models.Autoencoder.preset("tiny")
    optimizer = keras.optimizers.Adam(1e-3, global_clipnorm=3.0)

    @tf.function
    def step(batch: dict[str, tf.Tensor]) -> None:
        with tf.GradientTape() as tape:
            loss = total(model, batch)
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    held_out = next(iter(notes.dataset(8)))
    begin = float(total(model, held_out))
    for batch in notes.dataset(4, seed=0).take(40):
        step(batch)
    assert float(total(model, held_out)) < 0.5 * begin
    sound = model(held_out)["audio"]
    loudness = [st.loudness(audio, **GRID)[:, EDGE:-EDGE] for audio in (held_out["audio"], sound)]
    sounding = loudness[0] > -40.0
    error = tf.boolean_mask(loudness[1] - loudness[0], sounding)
    assert abs(float(tf.reduce_mean(error))) < 10.0


@pytest.mark.slow
def test_a_tiny_model_learns_an_instrument_of_known_harmonics():
    """On two cores in minutes; without a room, for the instrument is in none."""
    keras.utils.set_random_seed(0)
    model = st.models.Autoencoder(
        decoder=st.models.RecurrentDecoder(rnn_units=256, layers=0),
        processor_group=st.models.harmonic_plus_noise(**GRID, reverb_length=None, seed=0),
    )
    rng = np.random.default_rng(0)
    data = [clips(rng)[0] for _ in range(CLIPS)]
    held_out, expected = clips(np.random.default_rng(99))
    begin = float(total(model, held_out))
    rate = keras.optimizers.schedules.CosineDecay(2e-3, STEPS, alpha=0.02)
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=3.0)

    @tf.function
    def step(batch: dict[str, tf.Tensor]) -> None:
        with tf.GradientTape() as tape:
            loss = total(model, batch)
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    for number in range(STEPS):
        step(data[number % CLIPS])
    assert float(total(model, held_out)) < 0.1 * begin
    outputs = model(held_out)
    found = outputs["harmonic/amplitudes"][..., None] * outputs["harmonic/harmonic_distribution"]
    inside = np.s_[:, EDGE:-EDGE, :HEARD]
    decibels = 20.0 * np.log10(np.asarray(found)[inside] / expected[inside])
    assert np.max(np.sqrt(np.mean(decibels**2, axis=(0, 1)))) < 1.0
