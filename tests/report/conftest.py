"""What only POSIX systems have is not for Windows."""

import sys

collect_ignore = ["test_posix.py"] if sys.platform == "win32" else []
