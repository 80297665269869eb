"""Footnotes in the margin: a filter of the theme's template for posts."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter
from markupsafe import Markup

from evergreen import Plugin


class AsWritten(HTMLFormatter):
    """Writes elements as they were: without a slash at their end, attributes in their order."""

    def __init__(self) -> None:
        substitute = EntitySubstitution.substitute_xml
        super().__init__(entity_substitution=substitute, void_element_close_prefix="")

    def attributes(self, tag: Tag) -> Iterable[tuple[str, object]]:
        return tag.attrs.items()


def margin_notes(content: str) -> Markup:
    """Return the HTML of a post with a copy of each footnote after its first mention.

    A footnote with more than paragraphs stays at the end only.
    """
    if 'class="footnotes"' not in content:
        return Markup(content)
    tree = BeautifulSoup(content, "html.parser")
    notes = {str(note.get("id")): note for note in tree.select(".footnotes > ol > li")}
    for number, (name, note) in enumerate(notes.items(), 1):
        mention = tree.find("a", href=f"#{name}")
        paragraphs = note.find_all(True, recursive=False)
        if mention is None or any(each.name != "p" for each in paragraphs):
            continue
        place = mention.parent if mention.parent and mention.parent.name == "sup" else mention
        place.insert_after(_note(tree, number, paragraphs))
        note["class"] = "in-margin"
    return Markup(tree.decode(formatter=AsWritten()))


def _note(tree: BeautifulSoup, number: int, paragraphs: list[Tag]) -> Tag:
    note = tree.new_tag("small", attrs={"class": "margin-note"})
    note.append(f"{number} ")
    for place, paragraph in enumerate(paragraphs):
        if place:
            note.append(tree.new_tag("br"))
        for child in copy(paragraph).contents[:]:
            if not (isinstance(child, Tag) and "reversefootnote" in child.get("class", [])):
                note.append(child)
    for each in note.find_all(id=True):
        del each["id"]
    return note


plugin = Plugin("margin-notes", filters={"margin_notes": margin_notes})
