"""Pure functions of tensors, one subject a file."""
