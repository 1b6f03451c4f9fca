import numpy as np
import pytest

from spectrotools.data.recordings import bundled, scan
from spectrotools.report.lender import borrowed, choose_lender


def test_a_borrowed_recording_is_fitted(write):
    time = np.arange(16000) / 16000
    path = write("other.wav", np.stack([np.cos(2 * np.pi * 500 * time)] * 2), 16000)
    lent = borrowed(scan(path), (3, 20000), 8000)
    assert (lent.shape, lent.dtype) == ((3, 20000), np.float32)
    expected = np.cos(2 * np.pi * 500 * np.arange(8000) / 8000)
    np.testing.assert_allclose(lent[2, 100:7900], expected[100:7900], atol=1e-3)
    np.testing.assert_array_equal(lent[0, 8000:16000], lent[0, :8000])
    np.testing.assert_array_equal(lent[0], lent[1])


def test_the_lender_is_the_next_that_sounds_and_is_another(write, rng):
    audio = rng.uniform(-0.3, 0.3, (1, 500))
    first, copy, silence, other = (
        scan(write(name, sound))
        for name, sound in (
            ("first.wav", audio),
            ("copy.wav", audio),
            ("silence.wav", 0 * audio),
            ("other.wav", audio[:, ::-1]),
        )
    )
    assert choose_lender([first, copy, silence, other]) == other
    assert choose_lender([first, copy, silence]).path.stem == "speech"
    assert choose_lender([first]).path.stem == "speech"
    speech = next(path for path in bundled() if path.stem == "speech")
    assert choose_lender([scan(speech)]).path.stem == "drums"


@pytest.mark.parametrize("rates", [(8000, 192000), (192000, 8000)])
def test_one_sample_is_enough_to_borrow_from(write, rates):
    path = write("other.wav", np.ones((1, 1)), rates[0])
    assert borrowed(scan(path), (1, 50), rates[1]).shape == (1, 50)
