"""A small instrument, what it is told, and what it plays offline."""

import itertools

import numpy as np
import tensorflow as tf

import spectrotools as st

RATE, HOP, HARMONICS, BANDS = 8000, 24, 7, 9
OUTPUTS = (("amplitudes", 1), ("harmonic_distribution", HARMONICS), ("magnitudes", BANDS))


def instrument(**options) -> st.models.Autoencoder:
    """An instrument whose noise is loud and whose room is long, of weights that are random."""
    group = st.models.harmonic_plus_noise(sample_rate=RATE, hop_length=HOP, reverb_length=500)
    parts = {
        "decoder": st.models.RecurrentDecoder(rnn_units=8, layers=1, units=8, outputs=OUTPUTS)
    }
    model = st.models.Autoencoder(**{**parts, "processor_group": group, **options})
    model(batched(features(2)))
    rng = np.random.default_rng(1)
    for variable in model.variables:
        if "seed" not in variable.path and "iteration" not in variable.path:
            variable.assign(rng.normal(size=variable.shape) * 0.3)
    return model


def features(frames: int, seed: int = 0) -> dict[str, np.ndarray]:
    """A pitch that glides up to where harmonics fall silent, and a loudness that leaps."""
    rng = np.random.default_rng(seed)
    f0_hz = 300.0 + 600.0 * np.linspace(0, 1, frames) ** 2 + rng.normal(size=frames)
    loudness_db = rng.uniform(-60.0, 0.0, frames)
    return {
        name: value.astype(np.float32)
        for name, value in {"f0_hz": f0_hz, "loudness_db": loudness_db}.items()
    }


def batched(clip: dict[str, np.ndarray]) -> dict[str, tf.Tensor]:
    return {name: tf.constant(value[None]) for name, value in clip.items()}


def played_inputs(model: st.models.Autoencoder, clip: dict[str, np.ndarray]) -> dict:
    """What the processors are given of a clip."""
    batch = batched(clip)
    given = {
        "f0_scaled": st.hz_to_midi(batch["f0_hz"])[..., None] / 127.0,
        "loudness_scaled": batch["loudness_db"][..., None] / 80.0 + 1.0,
    }
    return {"f0_hz": batch["f0_hz"][..., None], **model.decoder(given)}


def offline(model: st.models.Autoencoder, clip: dict[str, np.ndarray]) -> tuple:
    """The sound of a clip as Keras makes it, and the seed of its noise."""
    made = model.processor_group(played_inputs(model, clip), return_outputs_dict=True)
    seed = made["controls"]["noise"]["controls"]["seed"].numpy()
    return made["signal"][0].numpy(), tuple(int(word) for word in seed)


def cuts(frames: int, seed: int) -> list[slice]:
    """A clip in blocks of any sizes."""
    rng = np.random.default_rng(seed)
    inside = np.sort(rng.choice(np.arange(1, frames), size=min(5, frames - 1), replace=False))
    edges = [0, *(int(cut) for cut in inside), frames]
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def close(sound: np.ndarray, wanted: np.ndarray) -> None:
    """Equal to what was asked of exported models, and loud enough for that to say something."""
    assert sound.shape == wanted.shape
    assert np.max(np.abs(wanted)) > 0.05
    np.testing.assert_allclose(sound, wanted, atol=1e-5 * np.max(np.abs(wanted)), rtol=0)
