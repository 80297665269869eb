#!/usr/bin/env bash
# pypinyin 0.55.0: words in traditional characters are read sign by sign, so their addresses differ from those
# of the same words in simplified characters.
#
# Expected: 銀行 is yin hang as 银行 is, and 音樂 yin yue as 音乐: the package reads signs with several readings
# by the word in which they are, and knows the traditional signs.
# Seen: "yin xing", "yin le", "hui ji" for 會計, "zhong qing" for 重慶. 覺得 and 快樂 are right, as the first reading
# of each sign happens to fit. An address made of a title says another word.
# Source: pypinyin/phrases_dict.json has few words in traditional characters; a word that is not there is
# put together from the first reading of each sign.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pypinyin==0.55.0 2>"$folder/pip.log"
cat > "$folder/words.py" <<'PYTHON'
import pypinyin

WORDS = {
    "银行 銀行": ("yin-hang", "yin-xing"),
    "音乐 音樂": ("yin-yue", "yin-le"),
    "会计 會計": ("kuai-ji", "hui-ji"),
    "重庆 重慶": ("chong-qing", "zhong-qing"),
    "快乐 快樂": ("kuai-le", "kuai-le"),
}
print("pypinyin", pypinyin.__version__)
for pair, expected in WORDS.items():
    seen = tuple(pypinyin.slug(word) for word in pair.split())
    print(pair, *seen)
    assert seen == expected
PYTHON
"$folder/venv/bin/python" "$folder/words.py"
