"""The templates' folder `assets` → files of the site, and the address of each.

Style sheets and scripts are named by their content, so browsers may keep them for ever. A theme
(`themes/NAME.css`) is joined to the blog's one style sheet: a page asks for one style sheet only.
Fonts that the blogger puts into `fonts/` as `NAME-Bold.woff2` are declared for the theme NAME.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import rcssmin
import rjsmin

from evergreen.dataclass import dataclass
from evergreen.errors import Problem, fault
from evergreen.model import Artifact, Look, Page, Site
from evergreen.model.hashing import sha256
from evergreen.packaged import TEMPLATES, packaged
from evergreen.regex import regex
from evergreen.render.languages import Language
from evergreen.site.fonts import face

FOLDER = "assets"
STYLE, FACES = "evergreen.css", "font-faces.css"
"""The blog's one style sheet, and the rules of large font families, which pages load last."""
_OF_THEME = {STYLE: "theme.css", "lists.css": "theme-lists.css"}
"""Style sheet → the theme's, which is joined to it."""
_THEMES = "themes/"
_HASHED = {".css", ".js"}
_FONT = regex(r"fonts/(?P<family>.+?)-[A-Za-z]*\.woff2$")
_PLAIN = Look()
_STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_ADDRESS = regex(
    rf"/\*.*?\*/|{_STRING}|\burl\(\s*(?P<address>{_STRING}|[^\"'()]*?)\s*\)", re.S | re.I
)
"""A comment, a string, or an address of a style sheet, which may be a string."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The static files of a site."""

    artifacts: tuple[Artifact, ...]
    urls: Mapping[str, str]
    """Name below `assets` → address below `baseurl`; a theme's style sheet is `themes/NAME.css`."""

    @property
    def themes(self) -> tuple[str, ...]:
        """Return the names of all themes, sorted."""
        sheets = sorted(name for name in self.urls if name.startswith(_THEMES))
        return tuple(name.removeprefix(_THEMES).removesuffix(".css") for name in sheets)

    def style(self, theme: str) -> str:
        """Return the style sheet of a theme, or the blog's own if there is no such theme."""
        return self.urls.get(f"{_THEMES}{theme}.css", self.urls.get(STYLE, ""))


def read_assets(
    folders: Sequence[Path], languages: Iterable[Language] = (), look: Look = _PLAIN
) -> Assets:
    """Read all static files below the folders' `assets`; of each name the first folder's.

    The theme's `theme.css` and the rules of its options are joined to the blog's one style sheet,
    its `theme-lists.css` to the one that only lists load.
    """
    files = _find(folders) | {name: Path(path) for name, path in look.fonts.items()}
    texts = {name: _read(name, files[name]) for name in files if _suffix(name) in _HASHED}
    for sheet, own in _OF_THEME.items():
        files.pop(own, None)
        texts[sheet] = f"{texts.get(sheet, '')}\n{texts.pop(own, '')}"
    if look.faces:
        texts[FACES] = look.faces
        files[FACES] = Path(FACES)
    base = f"{_labels(languages)}{texts[STYLE]}\n{look.css}"
    named: dict[str, tuple[str, bytes]] = {}
    for name, path in files.items():
        if name.startswith(_THEMES) and name in texts:
            theme = Path(name).stem
            sheet = _fonts(theme, files) + base + texts[name]
            named[name] = (f"evergreen-{theme}.css", _packed(path, sheet))
        elif name in texts:
            named[name] = (name, _packed(path, base if name == STYLE else texts[name]))
        else:
            named[name] = (name, path.read_bytes())
    paths = {name: _path(target, content) for name, (target, content) in named.items()}
    artifacts = (Artifact(paths[name], content) for name, (_, content) in named.items())
    return Assets(tuple(artifacts), {name: f"/{path}" for name, path in paths.items()})


def check_themes(assets: Assets, site: Site, pages: Iterable[Page]) -> Iterator[Problem]:
    """Yield a warning for each theme that does not exist, at the first post that asks for it."""
    known = assets.themes
    users: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        if page.post.theme and page.post.theme not in known:
            users[page.post.theme].append(page)
    advice = f"known: {', '.join(known)}; a theme is a file templates/assets/themes/NAME.css"
    for theme, (first, *others) in users.items():
        more = f" (so too in {len(others)} more)" if others else ""
        line, message = first.post.lines.get("theme", 1), f"there is no theme '{theme}'{more}"
        yield Problem(first.post.path, line, 0, message, advice, "warning")
    if (theme := str(site.extra.get("theme", ""))) and theme not in known:
        yield Problem("site.toml", 0, 0, f"there is no theme '{theme}'", advice, "warning")


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        place = f"templates/{FOLDER}/{name}"
        raise fault(place, f"byte {error.start} is not UTF-8", "save it as UTF-8") from None


def _find(folders: Sequence[Path]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for folder in folders:
        root = folder / FOLDER
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            files.setdefault(path.relative_to(root).as_posix(), path)
    return {name: path for name, path in files.items() if not path.name.startswith(".")}


def _suffix(name: str) -> str:
    return Path(name).suffix


def _path(name: str, content: bytes) -> str:
    """Return the path of a file; fonts keep their names, as the style sheets name them."""
    stem, _, suffix = name.rpartition(".")
    if f".{suffix}" not in _HASHED:
        return f"{FOLDER}/{name}"
    return f"{FOLDER}/{stem}.{sha256(content)[:10]}.{suffix}"


def _packed(path: Path, text: str) -> bytes:
    """Return a style sheet, or a script of the engine, without comments and unneeded space."""
    if ".min." not in path.name:
        text = _packed_sheet(text) if path.suffix == ".css" else _packed_script(path, text)
    return text.strip().encode()


def _packed_sheet(text: str) -> str:
    """Return a style sheet without comments and unneeded space; rcssmin never sees an address, as
    it takes the spaces out of file names."""
    addresses: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        address = found["address"]
        return found[0] if address is None else f"url({_stored(addresses, address)})"

    def restored(found: re.Match[str]) -> str:
        number = found["address"]
        return found[0] if number is None else f"url({addresses.get(number, number)})"

    return _ADDRESS.sub(restored, str(rcssmin.cssmin(_ADDRESS.sub(numbered, text))))


def _stored(values: dict[str, str], value: str) -> str:
    """Add a value, and return its key."""
    key = str(len(values))
    values[key] = value
    return key


def _packed_script(path: Path, text: str) -> str:
    """Return a script of the engine without comments and unneeded space, and another one as it is:
    rjsmin changes what private fields, regular expressions behind `=>` or nested templates do."""
    return str(rjsmin.jsmin(text)) if path.is_relative_to(packaged(TEMPLATES)) else text


def _labels(languages: Iterable[Language]) -> str:
    """Return the texts that the style sheet writes, `label_tip` as `--label-tip`, by language."""
    rules = []
    for language in sorted(languages, key=lambda language: language.code):
        labels = "".join(
            f"--{key.replace('_', '-')}:{_css_string(text)};"
            for key, text in sorted(language.texts.items())
            if key.startswith("label_")
        )
        rules.append(f":lang({language.code}){{{labels}}}\n")
    return "".join(rules)


def _css_string(text: str) -> str:
    """Return a CSS string (CSS Syntax 3, §4.3.7) with quotes, backslashes and newlines escaped."""
    escaped = re.sub(r"[\"\\\n\r\f<]", lambda found: f"\\{ord(found[0]):x} ", text)
    return f'"{escaped}"'


def _fonts(theme: str, files: Iterable[str]) -> str:
    own = ((name, _FONT.match(name)) for name in sorted(files))
    return "".join(face(theme, name) for name, found in own if found and found["family"] == theme)
