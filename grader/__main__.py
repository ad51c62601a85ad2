"""Entry point of the console script and of `python -m grader`."""

import gc
import os
import sys

# Imports make many objects and no garbage: collecting meanwhile costs a tenth of a short command.
# `bench` in cli/common.py turns it on again when everything is loaded.
gc.disable()
# Arrays are small on this side: threads for them would only wait, each busily for a while.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# By -m, Python looks for modules in the working folder first. That is often a student's: none of
# its files may stand in for a library, and run on this side of the wall.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100 - no pathlib yet
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] != _HOME:
    del sys.path[0]

from grader.cli.main import main  # noqa: E402 - after gc.disable() and without the working folder

if __name__ == "__main__":
    main()
