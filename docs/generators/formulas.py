r"""Formulas, which the browser draws itself: LaTeX -> MathML."""

import html
import re

from latex2mathml import converter

_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL
)


def with_mathml(page):
    """A page of HTML whose formulas are MathML.

    Args:
        page: str, with formulas as `pymdownx.arithmatex` leaves them.

    Returns:
        str.

    Raises:
        ValueError: for a command of LaTeX that is not known.
    """
    return _FORMULA.sub(_mathml, page)


def _mathml(match):
    display = "block" if match[1] == "div" else "inline"
    made = converter.convert(html.unescape(match[2]), display=display)
    if "\\" in made:
        raise ValueError(f"Formula with an unknown command: {match[2]}")
    return made
