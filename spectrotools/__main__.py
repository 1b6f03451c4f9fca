"""``python -m spectrotools`` and ``spectrotools`` are the command line."""

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line, which may be interrupted while it is being imported."""
    try:
        from . import cli

        return cli.main()
    except KeyboardInterrupt:
        print("spectrotools: interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
