"""Law: a linear op of a sum is the sum of its ops."""

import numpy as np
import pytest

from tests.catalog import having
from tests.tolerances import assert_close


@pytest.mark.parametrize("entry", having("linear"))
def test_linear(entry, rng):
    x, y = (entry.make_input(rng, (2, 400)) for _ in range(2))
    whole = entry.call(2.0 * x - 0.3 * y)
    assert_close(2.0 * entry.call(x) - 0.3 * entry.call(y), whole, entry.k, np.float64)
