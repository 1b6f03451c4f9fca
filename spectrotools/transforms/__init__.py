"""Analysis/synthesis pairs as immutable values, one class a file."""
