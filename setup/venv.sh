#!/bin/sh
# Make the virtual environment $1 with the first Python of 3.11 or newer; where a system package is missing, say which.
set -eu
new_enough='import sys; raise SystemExit(sys.version_info < (3, 11))'
for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$new_enough" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "Ratescope needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "$python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install $version" >&2
    exit 1
fi
"$python" -m venv "$1"
