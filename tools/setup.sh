#!/bin/sh
# Makes a virtual environment (.venv) and installs hash-pinned requirements into it.
# Usage: tools/setup.sh REQUIREMENTS_FILE [FOLDER]
set -eu
requirements=$1
venv=${2:-.venv}
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 ||
    fail "no $python. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Housecall needs Python 3.11 or newer. Set PYTHON=/path/to/it."

# Debian packs the means to make virtual environments apart from Python itself.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing Debian's python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
        fail "this Python cannot make virtual environments. On Debian: sudo apt-get install python3-venv"
    fi
fi

# An environment that was moved or half made is made anew.
"$venv"/bin/python -c '' 2>/dev/null && "$venv"/bin/python -m pip --version >/dev/null 2>&1 || {
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

say "installing $requirements (a minute or two the first time)"
# The file names everything that is needed. Older versions of pip would, for a dependency with an
# extra, look at the newest release besides, and refuse it for having no hash.
"$venv"/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements"
# A start compiles what is not compiled yet, each time where Python may not write it down
# (PYTHONDONTWRITEBYTECODE, a read-only folder): twice the time of a short command.
"$venv"/bin/python -m compileall -q crawler parsers pipelines publish
say "done"
