# what: be told by an audit hook what the grader opens and imports
# layer: process
# expect: stopped
import sys

HEARD = []


def attack():
    def hear(event, arguments):
        HEARD.append(event)
        if "grader" in str(arguments):
            raise SystemExit

    sys.addaudithook(hear)
    return any(event.startswith("socket") for event in HEARD)
