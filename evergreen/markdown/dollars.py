"""Which dollars of a text enclose a formula.

With the option `single_dollars` the rule is pandoc's (its extension tex_math_dollars): no blank
behind the first dollar or before the last, no digit behind the last, no dollar in between. Prices,
shell variables and names can follow this rule too; they are recognised by what they enclose, but
not with the option `pandoc`. With the option `mathjax` blanks are allowed, as MathJax has it;
where formulas are written as in Jupyter, `$a$$b$` are two, and words without blanks at the dollars
are one.
"""

from __future__ import annotations

import re

from evergreen.markdown.options import MarkdownOptions
from evergreen.regex import regex


def formula_at(text: str, at: int, options: MarkdownOptions) -> re.Match[str] | None:
    """Match `$…$` at a dollar of the text; group 1 is the formula. None for other dollars."""
    match = _pattern(options).match(text, at)
    if not match or options.pandoc:
        return match
    after = text[match.end() : match.end() + 1]
    if options.mathjax:
        is_text = _is_text if options.escaped else _is_text_in_jupyter
        return None if is_text(match[1], after) else match
    before = text[max(at - _PREFIX, 0) : at]
    return None if _is_prose(before, match[1], after) else match


def _pattern(options: MarkdownOptions) -> re.Pattern[str]:
    if not options.mathjax or options.pandoc:
        return _TEX
    return _LOOSE if options.escaped else _LOOSEST


def hide_pipes(line: str, options: MarkdownOptions, hidden: str) -> str:
    """Replace the pipes in the formulas of a line by another character.

    Formulas that are escaped for kramdown have none: to kramdown, a pipe there divides cells.
    """
    if (options.mathjax and options.escaped) or not (options.mathjax or options.single_dollars):
        return line
    parts, start = [], 0
    while found := _CODE_OR_DOLLAR.search(line, start):
        single = formula_at(line, found.start(), options) if found[0] == "$" else None
        end = single.end() if single else found.end()
        text = line[found.start() : end]
        is_formula = single or found["display"]
        parts += [line[start : found.start()], text.replace("|", hidden) if is_formula else text]
        start = end
    return "".join([*parts, line[start:]])


def _is_text(source: str, after: str) -> bool:
    """True if the dollars enclose text: prices, shell variables, words."""
    if "\\" in source:
        return False
    if after.isdecimal() or not source.strip():
        return True
    if _PRICE.match(source) and not _POWER.search(source):
        return True
    return bool(_WORDS.search(source)) and not _SIGNS.search(source)


def _is_text_in_jupyter(source: str, after: str) -> bool:
    """True if the dollars enclose text in a notebook, where any words may be a formula: `$dA dx$`,
    `$P（d）$`, `$20,000$`."""
    is_tight = bool(source.strip()) and source == source.strip() and not after.isdecimal()
    if is_tight and not (_is_letter(after) or (after.isalpha() and not _LETTER.search(source))):
        return bool(_PRICE.match(source) and _LONG.search(source) and not _OF_TEX.search(source))
    is_command = source[:1].isspace() and len(_LONG.findall(source)) > 2
    return _is_text(source, after) or (is_command and not _OF_TEX.search(source))


def _is_prose(before: str, source: str, after: str) -> bool:
    """True if dollars that follow TeX's rule enclose text, given the characters around them."""
    if "\\" in source or source[0] in "^_":  # H$_2$O
        return False
    if _CURRENCY.search(before) and not source[0].isalpha():
        return True
    if before[-1:].isdecimal() and not _FACTOR.match(source):
        return True
    if _is_letter(after) and (_is_letter(before[-1:]) or _OPERATOR.search(source)):
        return True
    return _is_amount(source) or _is_words(source)


def _is_letter(char: str) -> bool:
    return char in ("{", "_") or (char.isascii() and char.isalpha())


def _is_amount(source: str) -> bool:
    """True if the text begins with a number and continues as after a price."""
    if not _NUMBER.match(source):
        return False
    return bool(_FOREIGN.search(source) or _RANGE.match(source) or _has_words(source))


def _is_words(source: str) -> bool:
    """True for words without a sign of relation; in Chinese only signs of arithmetic count."""
    if len(source) > 1 and _PUNCTUATION.match(source) and _WORD_OR_BLANK.search(source):
        return True
    if _HAN.search(source):
        return not _ARITHMETIC.search(source)
    return _has_words(source) and not _RELATION.search(source)


def _has_words(source: str) -> bool:
    return len(_WORD.findall(source)) > 1


_TEXT = r"\\(?:text[a-z]*|mbox|hbox|tag)\{(?:[^{}$\\]|\\.|\{[^{}$]*\}|\$[^$]*\$)*\}"
r"""Text in a formula, which may have formulas of its own: `\text{if $x$}`."""
_PART = rf"(?>{_TEXT}|\\.|[^$\\])"
_LOOSE = regex(rf"\$(?!\$)({_PART}{{1,1000}}?)\$(?!\$)", re.DOTALL)
_LOOSEST = regex(rf"\$(?!\$)({_PART}{{1,1000}}?)\$", re.DOTALL)
_LETTER = regex(r"[A-Za-z0-9]")
_OF_TEX = regex(r"[\\^_{}=]")
_LONG = regex(r"[^\W\d_]{3,}")
_PRICE = regex(
    r"(?!\d+\s*/\s*\d+\Z)[0-9][0-9.,]*\s*(?:[kKmMbB+]\b|[^\x00-\x7f])?\s*(?:[,，。;；、/-]|\s)\s*[^\W_]{2}"
)
_POWER = regex(r"\w\^|=")
"""In a formula that begins with a number, `9-4x^2`, as a price does."""
_WORDS = regex(r"[^\W\d_]\s+[^\W\d_]{2}|[\u3000-\u9fff\uff00-\uffef]")
_SIGNS = regex(r"[\^_=+*<>|(){}]|-(?=\w)")
_TEX = regex(rf"\$(?![\s$])({_PART}{{1,1000}}?)(?<!\s)\$(?![\d$])", re.DOTALL)
_CODE_OR_DOLLAR = regex(r"(?P<run>`+)[^`].*?(?<!`)(?P=run)(?!`)|(?P<display>\$\$.+?\$\$)|\\.|\$")
_PREFIX = 4
"""Number of characters before a dollar in which a currency is looked for."""
_CURRENCY = regex(r"(?<![A-Za-z])(?:US|AU?|CA?|HK|NZ|NT|SG?|TW|R|MX)\Z")
_FACTOR = regex(r"[A-Za-z{](?:[_^'].*)?\Z", re.DOTALL)
"""A formula that may follow a number without a blank, 2$x$; other dollars there end an amount."""
_OPERATOR = regex(r"(?:[/:,;=+*&|(，。：；、（]|[^\W_]{3}-)\Z")
"""The end of text whose second dollar begins a name: $HOME/$USER; but $k-$means is a formula."""
_PUNCTUATION = regex(r"[),;:?/，。；：！？、）\"”’%\]]")
_WORD_OR_BLANK = regex(r"[\w\s]")
_NUMBER = regex(r"\d[\d.,]*+(?![A-Za-z]{0,2}\s*[=^_])")
_FOREIGN = regex(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef¥€£]")
_RANGE = regex(r"\d[\d.,]*[kKmMbB]?\s+(?!mod\b|div\b|choose\b)[a-z]{2,}\s+\d")
_WORD = regex(r"(?<![A-Za-z])[A-Za-z]{2,}(?![A-Za-z])")
_RELATION = regex(r"[\^_=+*<>|{}]")
_ARITHMETIC = regex(r"[=<>≈≤≥+*×]")
_HAN = regex(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
