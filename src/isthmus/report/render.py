"""Templates to text: HTML pages, in which every value is escaped, and Markdown, whose templates escape with ``md``."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jinja2
from markupsafe import Markup, escape

from isthmus.nodule import DISCLAIMER
from isthmus.report import words
from isthmus.report.table import escaped, markdown_table

# As the authors give it beside their article.
CITATION = {
    "text": "R. Song, L. Zhang, C. Zhu, J. Liu, J. Yang and T. Zhang, “Thyroid Nodule Ultrasound Image Classification "
    "Through Hybrid Feature Cropping Network”, IEEE Access, vol. 8, pp. 64064–64074, 2020.",
    "link": "https://ieeexplore.ieee.org/abstract/document/9044854",
}

VALIDITY = "The figures hold for these data. Another hospital, machine or reader may give others."


def render(name: str, **values: Any) -> str:
    """The template of that name with these values, strict about what is missing; .html templates escape values."""
    return _environment(".html" in name).get_template(name).render(**values)


@functools.cache
def _environment(is_html: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("isthmus.report"),
        autoescape=is_html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    environment.globals |= {"disclaimer": DISCLAIMER, "validity": VALIDITY, "citation": CITATION}
    return environment


def unbroken(text: str, names: Iterable[str]) -> Markup:
    """The text escaped, each of the names in it as code that no line break parts."""
    html = str(escape(text))
    longest = sorted((re.escape(str(escape(name))) for name in names), key=len, reverse=True)
    if longest:
        html = re.sub("|".join(longest), lambda name: f'<code class="nowrap">{name.group()}</code>', html)
    return Markup(html)


def sentence(text: str) -> str:
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def paragraphs(text: str) -> list[str]:
    """The parts of a text between empty lines, each on one line."""
    parts = (type(text)(part.strip()) for part in re.split(r"\n\s*\n", text))
    return [part for part in parts if part]


def lettered(title: str, at: int, of: int) -> str:
    """A table's or figure's title with a letter where it is one ``of`` several.

    >>> lettered("Table 4", 1, 3), lettered("Table 4", 0, 1)
    ('Table 4b', 'Table 4')
    """
    return title + chr(ord("a") + at % 26) * (of > 1)


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{one.__name__: one for one in words.IN_TEMPLATES},
    **{one.__name__: one for one in (unbroken, sentence, paragraphs, lettered)},
    "md": escaped,
    "md_table": markdown_table,
}
