#!/usr/bin/env bash
# citeproc-py 0.11.1: given names that are not Latin become "initials" of dots and blanks.
#
# Expected: of the author 张三 (family 张, given 三) a style that shortens given names prints 张三, as
# CSL says of names in scripts without initials: the family name, then the given name, as they are.
# Seen: "张, . 三 ." in the list of sources. The given name is taken apart at what are no Latin
# capitals, and each part gets the style's sign for initials. A literal name stays whole.
# Source: citeproc/model.py, Name.initialize, which splits at capitals; the CSL 1.0.2 specification,
# "Name-part Order".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check citeproc-py==0.11.1 \
  2>"$folder/pip.log"
cat > "$folder/names.py" <<'PYTHON'
import warnings
from importlib.metadata import version

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON

warnings.simplefilter("ignore")


def listed(author):
    source = {"id": "a", "type": "book", "title": "T", "author": [author]}
    source["issued"] = {"date-parts": [[2020]]}
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    made = CitationStylesBibliography(style, CiteProcJSON([source]), formatter.plain)
    made.register(Citation([CitationItem("a")]))
    return str(made.bibliography()[0]).partition(" (2020)")[0]


latin = listed({"family": "Ng", "given": "Andrew"})
chinese = listed({"family": "张", "given": "三"})
literal = listed({"literal": "张三"})
print("citeproc-py", version("citeproc-py"))
print(f"Latin: {latin!r}, Chinese: {chinese!r}, literal: {literal!r}")
assert (latin, chinese, literal) == ("Ng, A.", "张, . 三 .", "张三")
PYTHON
"$folder/venv/bin/python" "$folder/names.py"
