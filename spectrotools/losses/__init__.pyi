"""The public names, and nothing else."""

from .loss import Loss as Loss
