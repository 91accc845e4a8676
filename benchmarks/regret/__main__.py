"""`python -m benchmarks.regret [--quick] [--results FILE]`: see benchmarks/regret/run.py."""

import sys

from benchmarks.regret import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
