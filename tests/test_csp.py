"""The Content-Security-Policy of a page."""

from __future__ import annotations

import base64
import hashlib

from evergreen.model import CspOptions, Site
from evergreen.site.csp import content_security_policy

SITE = Site(url="https://blog.example.org")


def directives(*arguments: str) -> dict[str, list[str]]:
    """A policy as a table."""
    policy = content_security_policy(SITE, *arguments)
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def source(text: str) -> str:
    """A hash as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_a_plain_page_allows_the_site_alone():
    """Without anything remote nothing but the site itself is allowed."""
    assert directives("<p>你好</p>") == {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
        "img-src": ["'self'", "data:"],
    }


def test_hosts_of_pictures():
    """The hero image's host and those of pictures in the text are allowed for pictures alone."""
    body = (
        '<img src="https://pictures.example:8080/a.png"><img src="https://blog.example.org/b.png">'
    )
    found = directives(body, '<img src="https://www.gstatic.com/prettyearth/6386.jpg">')
    assert found["img-src"] == [
        "'self'",
        "data:",
        "https://pictures.example:8080",
        "https://www.gstatic.com",
    ]
    assert "script-src" not in found


def test_films_and_frames():
    """Films and frames have their own lists; `//` follows the scheme of the page."""
    found = directives('<iframe src="https://f.example/"></iframe><audio src="//m.example/a.ogg">')
    assert found["frame-src"] == ["'self'", "https://f.example"]
    assert found["media-src"] == ["'self'", "m.example"]


def test_sounds_that_a_cell_has_made() -> None:
    """`Audio` and `Video` of IPython write them into the page."""
    body = '<audio controls><source src="data:audio/wav;base64,UklGRg==" type="audio/wav"></audio>'
    assert ["'self'", "data:"] == directives(body)["media-src"]


def test_styles_by_hash():
    """A style that the body holds is allowed by its hash, as the browser reads it."""
    found = directives('<mi style="color:#f00">x</mi><p style="font:&quot;宋体&quot;">甲</p>')
    assert set(found["style-src"]) == {
        "'self'",
        "'unsafe-hashes'",
        source("color:#f00"),
        source('font:"宋体"'),
    }


def test_a_host_cannot_carry_a_directive():
    """An address made to break out of the policy is left out of it."""
    for url in ("https://a.example;script-src *", "https://a b/", "javascript://x", "https://[::1"):
        assert ";script" not in content_security_policy(SITE, f'<img src="{url}">')
        assert directives(f'<img src="{url}">')["img-src"] == ["'self'", "data:"]


def test_structured_data_by_hash():
    """JSON-LD is allowed by its hash, and no other script of the page is."""
    assert directives("", '<script type="application/ld+json">{}</script>')["script-src"] == sorted(
        ["'self'", source("{}")]
    )


def around(html: str, **options: object) -> dict[str, list[str]]:
    """The policy of a page whose template has this HTML, as a table."""
    policy = content_security_policy(SITE, "", html, **options)  # type: ignore[arg-type]
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def test_scripts_of_templates() -> None:
    """A host from which one is loaded may be talked to as well; one in the page has its hash."""
    found = around(
        '<script defer src=https://s.example/a.js></script><script src="/own.js"></script>'
        "<script>\nx = '<b>'\n</script>"
    )
    assert found["script-src"] == ["'self'", source("\nx = '<b>'\n"), "https://s.example"]
    assert found["connect-src"] == ["'self'", "https://s.example"]


def test_styles_and_fonts_of_templates() -> None:
    """A host of style sheets is allowed for styles, and for the fonts that they load."""
    found = around('<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=A">')
    assert found["style-src"] == ["'self'", "https://fonts.googleapis.com"]
    assert found["font-src"] == ["'self'", "https://fonts.gstatic.com"]
    assert "style-src" not in around('<link rel="canonical" href="https://x.example/">')


def test_forms_of_templates() -> None:
    """A newsletter's form may be sent to its host."""
    found = around('<form method="post" action="https://n.example/subscribe">')
    assert found["form-action"] == ["'self'", "https://n.example"]


def test_what_settings_allow() -> None:
    """Hosts of `[csp] allow` for everything but forms and plug-ins."""
    site = Site(csp=CspOptions(("https://*.cdn.example",)))
    policy = content_security_policy(site)
    assert 7 == policy.count("https://*.cdn.example")
    assert "object-src 'none'" in policy


def test_scripts_of_the_body() -> None:
    """Those run that are named as the author's; another one, an output's, does not, even where a
    template has changed the body around it. Those of the template do."""
    written, made = "<script>a</script>", "<script>b</script>"
    for surroundings in ("<script>c</script>", f"<script>c</script><p>{made}</p>"):
        policy = content_security_policy(SITE, written + made, surroundings, scripts=[written])
        expected = (True, False, True)
        assert expected == tuple(source(name) in policy for name in "abc")


def test_handlers_of_templates() -> None:
    """They are allowed by their hashes, those of the body are not."""
    policy = content_security_policy(
        SITE, '<p onclick="a()">', '<p onclick="b(&quot;x&quot;)"><p onclick="a()">'
    )
    assert "'unsafe-hashes'" in policy
    assert (False, True) == (source("a()") in policy, source('b("x")') in policy)
