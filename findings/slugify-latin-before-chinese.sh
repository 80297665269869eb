#!/usr/bin/env bash
# python-slugify 9.2.0 joins a Latin word to the Chinese word behind it, so that "AI的未来" has the address
# "aide-wei-lai" and "机器学习ML入门" "ji-qi-xue-xi-mlru-men"; two titles can have one address.
#
# Expected: each Chinese sign becomes a word in Pinyin, so words of both scripts are parted by hyphens on both sides:
# ai-de-wei-lai, ji-qi-xue-xi-ml-ru-men.
# Seen: the sign behind a Latin word has no hyphen before it, the one in front has one behind it. "AI的未来" and
# "Aide 未来" are one address. A blank between the scripts in the title parts them.
# Source: slugify/slugify.py passes the text to Unidecode 1.4.0 or text-unidecode 1.3, whose tables hold a blank behind
# each Chinese sign ("De "), and none before it. Pelican 4.12.0 makes its slugs of Unidecode's answer in the same way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-slugify==9.2.0 text-unidecode==1.3 \
  Unidecode==1.4.0 pelican==4.12.0 2>"$folder/pip.log"
cat > "$folder/slugs.py" <<'PYTHON'
from importlib.metadata import version

from pelican.settings import DEFAULT_CONFIG
from pelican.utils import slugify as of_pelican
from slugify import slugify

TITLES = {
    "AI的未来": "aide-wei-lai",
    "Aide 未来": "aide-wei-lai",
    "AI 的未来": "ai-de-wei-lai",
    "机器学习ML入门": "ji-qi-xue-xi-mlru-men",
    "用Python3写爬虫": "yong-python3xie-pa-chong",
    "中文开头English": "zhong-wen-kai-tou-english",
}
rules = DEFAULT_CONFIG["SLUG_REGEX_SUBSTITUTIONS"]
print("python-slugify", version("python-slugify"), "pelican", version("pelican"))
for title, expected in TITLES.items():
    found, pelican = slugify(title), of_pelican(title, rules)
    print(f"{title} -> {found}, pelican: {pelican}")
    assert found == pelican == expected
PYTHON
"$folder/venv/bin/python" "$folder/slugs.py"
