"""`python -m finder`: see finder/command_line.py."""

import sys

from finder.command_line import main

if __name__ == "__main__":
    sys.exit(main())
