"""Law: what is orthonormal keeps the energy of any signal, and angles between two."""

import numpy as np
import pytest

from tests.catalog import having


@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 1000])
@pytest.mark.parametrize("entry", having("orthonormal"))
def test_inner_products_are_those_of_the_signals(entry, length, rng):
    x, y = rng.standard_normal((2, length))
    before = [x @ x, y @ y, x @ y]
    first, second = (np.ravel(entry.call(signal)) for signal in (x, y))
    after = [first @ first, second @ second, first @ second]
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-13 * max(before))
