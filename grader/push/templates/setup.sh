#!/usr/bin/env bash
# Builds the image, once, as root. Written by `grader init gradescope`.
#
# What lies beside this file makes the mark of record: the hidden cases, their solutions and the
# course key (home/key). Student code runs behind the grader's wall, as a user that owns nothing, and
# cannot read them. Keep this archive where your solutions are kept.
#
# Where even that is too near, upload an autograder that tries the public cases alone, and make the
# mark by `grader draw`, `grader collect` and `grader judge`, or by `grader batch`, on your own
# machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
grader=$(cd "$here/.." && pwd)/grader
install=@{install}

if ! python3 -I -c 'import ensurepip' || ! command -v git > /dev/null; then
  apt-get update -q
  apt-get install -q -y --no-install-recommends git python3 python3-venv
fi
if ! python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo 'The grader needs Python 3.11 or newer: choose another base image.' >&2
  exit 1
fi
python3 -I -m venv "$grader"
"$grader/bin/python" -I -m pip install --quiet --disable-pip-version-check -- "$install"
chmod -R go-rwx "$here"
