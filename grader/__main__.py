"""Entry point of the console script and of `python -m grader`."""

import gc

# Imports make many objects and no garbage: collecting meanwhile costs a tenth of a short command.
# `bench` in cli/common.py turns it on again when everything is loaded.
gc.disable()

from grader.cli.main import main  # noqa: E402 - after gc.disable()

if __name__ == "__main__":
    main()
