"""The one error root: what happened, and what to do next."""


class GraderError(Exception):
    """An expected failure, told to the user as one line and a next step.

    What student code does is never one of these: that is data (an Outcome). The exit code says
    whose turn it is: 2 the caller's, 4 something could not be graded.
    """

    exit_code = 4

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GraderError):
    """The command was asked for something that is not there."""

    exit_code = 2


class SubmissionError(GraderError):
    """What was handed in cannot be read: too large, not a regular file, not a notebook."""


class AssignmentError(GraderError):
    """The assignment is unsound: its marks would rest on a guess, so nothing is graded with it."""


class SandboxError(GraderError):
    """The machine cannot run guests."""
