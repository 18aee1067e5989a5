"""What a report of evidence holds, described once and drawn as HTML and as PDF."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from isthmus.report.table import Table


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure by a short ``name``, with its title and caption; ``figure`` is None where ``caption`` says why. A
    ``wide`` one takes the page's width."""

    name: str
    title: str
    caption: str
    figure: Figure | None
    wide: bool = False


@dataclass(frozen=True)
class Listing:
    """A table with its title and caption."""

    title: str
    caption: str
    table: Table


@dataclass(frozen=True, eq=False)
class Section:
    """A heading with what stands below it, in this order."""

    title: str
    paragraphs: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, eq=False)
class Content:
    """The report: its title, what the model ``can`` and ``cannot`` do in plain words, and its sections."""

    title: str
    summary: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    sections: tuple[Section, ...]
