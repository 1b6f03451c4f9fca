"""The public names, and nothing else."""

from .loss import Loss as Loss
from .phase import Phase as Phase
from .phase import consistency as consistency
