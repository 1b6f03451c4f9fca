"""Write g711.npz: every 16-bit sample and every byte through the standard library's G.711 codec.

``audioop`` left the standard library in Python 3.13, so this runs on 3.12 or older:

    python tests/golden/make_g711.py
"""

import audioop
import platform
from pathlib import Path

import numpy as np

SAMPLES = np.arange(-32768, 32768).astype("<i2").tobytes()
BYTES = bytes(range(256))

if __name__ == "__main__":
    np.savez_compressed(
        Path(__file__).with_name("g711.npz"),
        mu_law_bytes=np.frombuffer(audioop.lin2ulaw(SAMPLES, 2), np.uint8),
        a_law_bytes=np.frombuffer(audioop.lin2alaw(SAMPLES, 2), np.uint8),
        mu_law_samples=np.frombuffer(audioop.ulaw2lin(BYTES, 2), "<i2"),
        a_law_samples=np.frombuffer(audioop.alaw2lin(BYTES, 2), "<i2"),
        made_by=f"audioop, Python {platform.python_version()}, NumPy {np.__version__}",
    )
