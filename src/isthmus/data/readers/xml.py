"""Annotations in XML, from whoever wrote them: parsed without entities that expand or lead elsewhere."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from isthmus.data.readers.contents import Report


def is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml"


def root_element(path: Path, report: Report) -> Element | None:
    """The root of the XML at ``path``; None, and a broken fault, if it can't be parsed, or not safely."""
    try:
        element: Element = defusedxml.ElementTree.parse(path).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError, OSError) as error:
        kind = "unsafe-xml" if isinstance(error, DefusedXmlException) else "malformed-xml"
        report(kind, "left out", f"is not XML that can be read safely ({short(error)})", broken=True)
        return None
    return element


def text_in(element: Element, name: str) -> str:
    """The text of the child of that name, stripped; "" without one."""
    return (element.findtext(name) or "").strip()


def short(error: Exception) -> str:
    """An error of a parser on one line of at most 80 characters."""
    return " ".join(str(error).split())[:80] or type(error).__name__
