"""Text that a student can influence, where a service would act on it. Pure.

Beside controls and what else `clean` shows as escapes, logs and Markdown have words of their own
that act. What is done to them can be seen: nothing is hidden, and nothing is left out unsaid.
"""

import re
import secrets

from grader.report.clean import clean

# A runner of GitHub takes `##[` for a command wherever it stands; GitLab folds a section by a word.
_ANYWHERE = re.compile(r"##(?=\[)|section_(?=(?:start|end):)")
# All ASCII punctuation may be escaped, and then means nothing: links and tables are none either.
_ACTIVE = re.compile(r"([!-/:-@\[-`{-~])")
# What is left is found in rendered text: a name or a number behind one of these.
_REFERRING = re.compile(r"\\([@#])")


def one_line(text: str, cap: int = 500) -> str:
    """Return text as one line, in which no control character is left."""
    return " ".join(clean(text, cap).split())


def log_lines(text: str) -> list[str]:
    """Return text as lines of a log, none of which is a command to a service that reads it."""
    return [_log_line(line) for line in text.splitlines()]


def _log_line(line: str) -> str:
    line = _ANYWHERE.sub(lambda found: f"{found[0]} ", clean(line, len(line)))
    # White space before it does not matter to the one who reads it.
    return f"| {line}" if line.lstrip().startswith("::") else line


def markdown(text: str, cap: int = 1000) -> str:
    """Return text as one line in which Markdown finds nothing to act on."""
    return _REFERRING.sub(r"\\\1<!-- -->", _ACTIVE.sub(r"\\\1", one_line(text, cap)))


def token() -> str:
    """Return a word that nobody can have guessed."""
    return secrets.token_hex(16)
