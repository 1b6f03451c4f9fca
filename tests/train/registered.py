"""Makes the small model and source known to gin, for configurations that import this."""

import gin
from tests.train.small import Gain, Noise

gin.external_configurable(Gain, module="tests")
gin.external_configurable(Noise, module="tests")
