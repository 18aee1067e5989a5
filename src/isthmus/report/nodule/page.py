"""The report as a page of HTML that needs nothing else: pictures and style are in it, and no script."""

from __future__ import annotations

import base64
import functools

import jinja2

from isthmus.nodule import DISCLAIMER
from isthmus.report.nodule.content import BURNT_IN, NOT_VERIFIED, VOTES, content
from isthmus.report.nodule.report import NoduleReport
from isthmus.report.nodule.scale import WIDTH, Bar, Stroke


def html(report: NoduleReport) -> bytes:
    """The report as HTML in UTF-8, the same bytes for the same report; every value is escaped.

    It adapts to light and dark, and prints on one sheet of A4.
    """
    page = _template().render(
        page=content(report),
        width=WIDTH,
        disclaimer=DISCLAIMER,
        not_verified=NOT_VERIFIED,
        burnt_in=BURNT_IN,
        votes=VOTES,
    )
    return page.encode("utf-8", "backslashreplace")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("isthmus.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda png: base64.b64encode(png).decode()
    environment.tests["bar"] = lambda shape: isinstance(shape, Bar)
    environment.tests["stroke"] = lambda shape: isinstance(shape, Stroke)
    return environment.get_template("nodule.html.jinja")
