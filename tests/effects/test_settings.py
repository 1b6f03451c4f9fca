"""Settings of effects that are out of their range, as numbers and as parameters that learn."""

import numpy as np
import pytest

import spectrotools as st

RATE = {"sample_rate": 16000}
NETWORK = {"delays": [3, 5], **RATE}
WRONG = [
    ("Compressor", {"ratio": 0.5, **RATE}, "ratio must be finite and of at least 1"),
    ("Compressor", {"attack_seconds": -1.0, **RATE}, "attack_seconds must be"),
    ("Compressor", {"knee_db": -3.0, **RATE}, "knee_db must be"),
    ("Expander", {"ratio": 0.0, **RATE}, "ratio must be"),
    ("Expander", {"range_db": -3.0, **RATE}, "range_db must be"),
    ("Limiter", {"release_seconds": -1.0, **RATE}, "release_seconds must be"),
    ("Pan", {"position": 2.0}, r"position must be finite and in \[-1, 1\]"),
    ("Chorus", {"mix": 2.0, **RATE}, r"mix must be finite and in \[0, 1\]"),
    ("Chorus", {"center_ms": -5.0, **RATE}, "center_ms must be"),
    ("Vibrato", {"depth_ms": 3.0, "center_ms": 1.0, **RATE}, "center_ms must be at least depth"),
    ("Flanger", {"feedback": 2.0, **RATE}, r"feedback must be finite and in \[-0.99, 0.99\]"),
    ("Equalizer", {"q": 0.0, **RATE}, "q must be finite and above 0"),
    ("FDNReverb", {"decay_seconds": -1.0, **NETWORK}, "decay_seconds must be"),
    ("FDNReverb", {"crossover_hz": 9000.0, **NETWORK}, "crossover_hz must be"),
    ("FDNReverb", {"feedback": 2.0 * np.eye(2), **NETWORK}, "nothing louder"),
    ("ExpDecayReverb", {"decay": 0.0, **RATE}, "decay must be"),
]


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize(("name", "settings", "message"), WRONG)
def test_settings_out_of_range_are_refused(name, settings, message, learns):
    kept = {"sample_rate", "delays"}
    if learns:
        settings = {n: v if n in kept else st.layers.Parameter(v) for n, v in settings.items()}
    with pytest.raises(ValueError, match=message):
        getattr(st.effects, name)(**settings)
