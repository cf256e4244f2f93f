"""The code of the guide: Python blocks of its pages, and commands."""

import itertools
import pathlib
import re
import shlex

PAGES = pathlib.Path(__file__).parents[2] / "docs" / "pages"
# Before a block that is not to be run, with the reason, or only where a library
# is installed.
_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"(?:<!-- needs: (?P<library>\w+) -->\n)?"
    r"```(?P<language>python|bash|toml)(?: title=\"(?P<title>[^\n]+)\")?\n"
    r"(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


def blocks(page, language):
    """Fenced blocks of a page.

    Args:
        page: str. Its path below `docs/pages`.
        language: str. `"python"`, `"bash"` or `"toml"`.

    Returns:
        list of dict with `code`, `line`, and `title`, `reason` (why it is not
        to be run) and `library` (without which it cannot be) or None.
    """
    text = (PAGES / page).read_text()
    return [
        {**found.groupdict(), "line": text.count("\n", 0, found.start("code"))}
        for found in _BLOCK.finditer(text)
        if found["language"] == language
    ]


def pages_with(language):
    """Pages that have such blocks, by their paths below `docs/pages`."""
    paths = (str(path.relative_to(PAGES)) for path in PAGES.rglob("*.md"))
    return sorted(path for path in paths if blocks(path, language))


def commands():
    """Each command of kerasgen in the pages, as (page, its words)."""
    for page in pages_with("bash"):
        for block in blocks(page, "bash"):
            lines = block["code"].replace("\\\n", " ").splitlines()
            for line in lines:
                words = shlex.split(line, comments=True)
                yield from ((page, c) for c in _commands_of(words))


def _commands_of(words):
    """What stands between `kerasgen` and the end of a command."""
    for is_end, command in itertools.groupby(words, lambda word: word == "&&"):
        command = list(command)
        if not is_end and "kerasgen" in command:
            yield command[command.index("kerasgen") + 1 :]
