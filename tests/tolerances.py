"""How far numbers may stray: one rule, and every exception with its reason.

The rule is ``k * eps(dtype)`` of the largest magnitude of what is expected.
"""

import numpy as np

INVERSE_DB = {np.float32: -125.0, np.float64: -290.0}

# (entry id, dtype): (bound in dB of the peak, reason)
INVERSE_EXCEPTIONS = {
    ("STFT ill-conditioned", np.float64): (
        -280.0,
        "window-sum ratio 0.024: 8 eps / sqrt(ratio) is -279 dB, and no wider type is at hand",
    ),
}


def inverse_bound_db(entry_id: str, dtype: type) -> float:
    """The largest error that an inverse may leave at any sample, dB of the signal's peak."""
    exception = INVERSE_EXCEPTIONS.get((entry_id, dtype))
    return exception[0] if exception else INVERSE_DB[dtype]


def error_db(result: np.ndarray, expected: np.ndarray) -> float:
    """Largest error at any sample, dB of the peak of what is expected."""
    error = float(np.max(np.abs(result - expected), initial=0.0))
    peak = float(np.max(np.abs(expected), initial=0.0))
    return float(20 * np.log10(max(error, 1e-300) / max(peak, 1e-300)))


def assert_close(result: np.ndarray, expected: np.ndarray, k: float, dtype: type) -> None:
    """Assert equality to ``k`` eps of ``dtype`` relative to the expected peak."""
    result, expected = np.asarray(result), np.asarray(expected)
    assert result.shape == expected.shape
    peak = np.max(np.abs(expected), initial=np.finfo(dtype).tiny)
    np.testing.assert_allclose(
        result, expected, rtol=0, atol=k * float(np.finfo(dtype).eps) * float(peak)
    )
