"""The public names, and nothing else."""
