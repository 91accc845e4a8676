#!/bin/sh
# See that there is a Chromium for the browser tests: RATESCOPE_CHROMIUM, the system's, Debian's package when root,
# otherwise Playwright's own ($1 is the playwright command).
set -eu
if [ -n "${RATESCOPE_CHROMIUM:-}" ]; then
    if [ ! -x "$RATESCOPE_CHROMIUM" ]; then
        echo "RATESCOPE_CHROMIUM must name a program, got $RATESCOPE_CHROMIUM" >&2
        exit 1
    fi
elif command -v chromium >/dev/null 2>&1; then
    :
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -q && apt-get install -y -q chromium; then
    :
elif ! "$1" install chromium; then
    echo "No Chromium for the browser tests. On Debian or Ubuntu: sudo apt-get install chromium" >&2
    exit 1
fi
