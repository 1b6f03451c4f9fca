"""Gin-configured runs: gin enters the package here and in the command line only."""
