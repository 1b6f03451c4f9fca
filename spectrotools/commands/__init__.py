"""The commands, one a file: ``add`` tells argparse of a command, and it then calls ``run``."""
