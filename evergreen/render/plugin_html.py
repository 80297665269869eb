"""The HTML of a post's body as the plugins change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evergreen.model import PluginError, Post, Site

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import AttributeValueList


def transform_html(html: str, post: Post, site: Site) -> str:
    """Return the HTML after the `html` hooks; the same text if they change nothing.

    Raises EvergreenError at the post.
    """
    hooks = site.hooks.each("html")
    if not hooks:
        return html
    from bs4 import BeautifulSoup  # late, like the next: hardly any blog has such a plugin
    from bs4.dammit import EntitySubstitution
    from bs4.formatter import HTMLFormatter

    class Formatter(HTMLFormatter):
        """Writes HTML as it was read: attributes in their order."""

        def attributes(self, tag: Tag) -> Iterable[tuple[str, str | AttributeValueList | None]]:
            return tag.attrs.items()

    substitute = EntitySubstitution.substitute_xml
    form = Formatter(substitute, void_element_close_prefix="")
    tree = BeautifulSoup(html, "html.parser")
    before = tree.decode(formatter=form)
    for change in hooks:
        try:
            change(tree, post, site)
        except PluginError as error:
            raise error.at(post.path) from error
    after = tree.decode(formatter=form)
    return html if after == before else after
