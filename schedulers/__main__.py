"""`python -m schedulers`: see schedulers/command_line.py."""

import sys

from schedulers.command_line import main

if __name__ == "__main__":
    sys.exit(main())
