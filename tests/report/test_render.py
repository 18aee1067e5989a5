"""Templates: values escaped in HTML, strict about what is missing; the filters that templates use."""

from __future__ import annotations

import re

import jinja2
import pytest
from markupsafe import Markup

from isthmus.nodule import DISCLAIMER
from isthmus.report.render import CITATION, paragraphs, render, sentence, unbroken


def test_every_page_has_the_disclaimer_and_the_citation() -> None:
    text = render("page.html.jinja")
    assert DISCLAIMER in text
    assert CITATION["link"] in text


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("study.html.jinja")


def test_names_are_not_broken_nor_taken_apart() -> None:
    made = unbroken("benign-2-3 < benign-2-3-4a", ["benign-2-3", "benign-2-3-4a"])
    assert re.findall(r'<code class="nowrap">([^<]*)</code>', made) == ["benign-2-3", "benign-2-3-4a"]
    assert "&lt;" in made
    assert unbroken("a < b", []) == "a &lt; b"


def test_paragraphs_are_parted_by_empty_lines_and_stay_escaped() -> None:
    assert paragraphs("a b\nc\n\n \n d \n") == ["a b\nc", "d"]
    assert all(isinstance(one, Markup) for one in paragraphs(Markup("a\n\nb")))


def test_a_sentence_keeps_its_names() -> None:
    assert sentence("protocol grouped, labels 4A") == "Protocol grouped, labels 4A"
    assert sentence("") == ""
