"""Reads what services read, as their documentation says that they do: no code of ours.

A runner of GitHub looks at each line of a log. `::name key=value,…::data` is a command, whatever
white space is before it, and `##[name key=value;…]data` is one wherever it begins. Between
`::stop-commands::TOKEN` and `::TOKEN::` there are none.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

from markdown_it import MarkdownIt

COMMANDS = frozenset(
    (
        "error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "add-matcher",
        "remove-matcher", "set-output", "save-state", "set-env", "add-path", "echo",
        "stop-commands",
    )
)  # fmt: skip
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_NEW = re.compile(r"\s*::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r".*?##\[(?P<name>[^ \]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_SECTION = re.compile(r"section_(?:start|end):\d+:[A-Za-z0-9_.-]+")


class Command(NamedTuple):
    """A workflow command, unescaped."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> Iterator[Command]:
    """Yield the commands that a runner of GitHub finds in a log."""
    stopped: str | None = None
    for line in _LINE_ENDS.split(log):
        known = COMMANDS | ({stopped} if stopped else frozenset())
        found = _command(_NEW.fullmatch(line), ",", known) or _command(
            _OLD.fullmatch(line), ";", known
        )
        if found is None:
            continue
        if stopped is not None:
            stopped = None if found.name == stopped else stopped
            continue
        stopped = found.data if found.name == "stop-commands" else None
        yield found


def _command(found: re.Match[str] | None, separator: str, known: frozenset[str]) -> Command | None:
    if found is None or found["name"].lower() not in known:
        return None
    pairs = (one.split("=", 1) for one in (found["properties"] or "").split(separator) if one)
    properties = {pair[0]: _unescaped(pair[1], "\r\n:,%") for pair in pairs if len(pair) == 2}
    return Command(found["name"].lower(), properties, _unescaped(found["data"], "\r\n%"))


def _unescaped(text: str, characters: str) -> str:
    for character in characters:
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def sections(log: str) -> list[str]:
    """Return what GitLab would fold a log by."""
    return _SECTION.findall(log)


def outputs(text: str) -> dict[str, str]:
    """Return a step's outputs, as GitHub reads the file: `name=value`, or up to a delimiter."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, rest = re.split(r"(<<|=)", line, maxsplit=1)
        if sign == "=":
            found[name] = rest
            continue
        value = []
        for part in lines:
            if part == rest:
                break
            value.append(part)
        else:
            raise AssertionError(f"{name} has no end")
        found[name] = "\n".join(value)
    return found


class Rendered(HTMLParser):
    """Markdown as a page: its tags, and its pieces of text as they stand beside each other."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.pieces: list[str] = []
        parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self.feed(parser.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def mentions(self) -> list[str]:
        """Return who or what is referred to: that is looked for in text, piece by piece."""
        return [name for one in self.pieces for name in re.findall(r"[@#]\w[\w/-]*", one)]
