"""The fast loop over a lexer's rules."""

from __future__ import annotations

import re
from random import Random

import pytest
from pygments import format as to_html
from pygments.formatters import HtmlFormatter
from pygments.lexer import RegexLexer, bygroups, default, include, using, words
from pygments.lexer import this as same_lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Keyword, Name, Number, Punctuation, String, Token

from evergreen.markdown.highlight import highlight
from evergreen.markdown.lexing import tokens

LANGUAGES = """
    ada awk bash bat c clojure cmake console cpp csharp css d dart diff django docker elixir
    elm erlang fish fortran fsharp gherkin glsl go graphql groovy haskell html http ini java
    javascript jinja json jsx julia kotlin latex less lua make markdown matlab mysql nginx nim nix
    objective-c ocaml octave pascal perl php plpgsql postgresql powershell prolog protobuf pycon
    python r rst ruby rust sass scala scheme scss shell-session solidity sparql sql swift
    systemverilog tcl terraform toml tsx typescript vbnet verilog vhdl vim xml yaml zig
""".split()
CODE = (
    "def step(w: float, *, rate=1e-3) -> str:\n    return f'{w!r:>{10}} {{x}} 行' + r'\\d' # ok\n",
    "@cache\nclass A(B, c=C):\n    '''Doc.\n    >>> 1\n    '''\n    async def f(self): ...\n",
    "for f in *; do wc -l \"$f\" | awk '{print $1}'; done <<EOF\n${a:-b} $((1+2))\nEOF\n",
    "const f = async (x) => `a ${x?.y ?? `b${1n}`}`; /re[/]x/giu.test('\\u{1f600}')\n",
    "<!DOCTYPE html>\n<a href='x' @click=\"y\">{{ z|upper }}{% if q %}&amp;<!-- c --></a>\n",
    "#include <stdio.h>\nint main(void) { f(\"%d\\n\", 0x1Fu); /* c */ return a->b ? 1 : 'c'; }\n",
    "SELECT a.*, COUNT(1) FROM t AS a WHERE b LIKE '%x''y' -- c\nGROUP BY 1;\n",
    ".a:hover > #b::after { color: #fFf; width: calc(1px + 2em) !important } /* c */\n",
    'fn main<\'a>() -> Result<(), E> { let x: &\'a str = r#"q"#; println!("{x:?}"); }\n',
    '[tool.x]\nkey = "v" # c\nlist: [1, 2.5, true, null]\n- &a b: *a\n',
    "module M where\nf :: Int -> [a]\nf x | x > 0 = map (\\y -> y) [1..] -- c\n",
    "$x = @{a=1}; Get-Item | Where { $_.Name -like 'b*' } <# c #>\n%h = ('a' => 1); s/a/b/g;\n",
    "\\documentclass{x} % c\n$\\frac{a}{b}$ \\begin{y} \\end{y}\n+ added\n- removed\n@@ -1 +1 @@\n",
    "# Title\n\n* a **b** `c` [d](e)\n\n```python\nx\n```\n\n.. note:: f\n\n   ::\n\n     g\n",
    '(defn f [x & y] (let [z #(+ % 1)] \'(a :b "c")) ; c\n#lang x\n(define (g) #t)\n',
    "x <- c(1L, NA) %>% f(~ .x)  # c\nfunction y = g(x)\n y = x'; % c\nend\n",
    'FROM a:b AS c\nRUN apt-get install -y \\\n  d && e\nENV F="g"\nall: x\n\t@echo $(Y)\n',
    "中文 变量 = 'ſ K é İ'\n\x0b\x0c\x1c tab\tend\n\"unclosed\n'''\n/* open\n",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tokens_are_those_of_pygments(language: str) -> None:
    """Code in any language, right or wrong, gives the tokens that Pygments' own loop gives."""
    lexer = get_lexer_by_name(language, stripnl=False)
    chance = Random(1)
    shuffled = [chance.choice(re.split(r"(\W)", text)) for text in CODE * 40]
    for text in (*CODE, "".join(CODE).swapcase(), "".join(shuffled) + "\n"):
        assert list(tokens(lexer, text)) == list(lexer.get_tokens(text))


class _Strange(RegexLexer):
    """Rules of every form."""

    flags = re.IGNORECASE
    tokens = {  # noqa: RUF012
        "root": [
            (r"~(?=.)", Token, ("#push", "more", "#pop")),
            (r"k\b|ß+?", Keyword),
            (r"[^\W\da-f](?-i:Q)", Name),
            (r"(?P<a>[\s\S])(?P=a)", String),
            (r"(x)(y)?(?(2)z|w)", bygroups(Name, using(same_lexer))),
            (r"[^\S\x1c]+(?!\n)", Punctuation),
            (r"<", Punctuation, ("more", "#push")),
            (r">", Punctuation, "#pop:2"),
            (words(("if", "\u0131s"), suffix=r"\b"), Keyword, "more"),
            (r"\d++", Number, "#push"),
            include("letters"),
        ],
        "letters": [(r"[a-c]{2,}", Name)],
        "more": [(r"(?>!|\?)", Name, "#pop"), (r"[^a-z\n]", String), default("#pop")],
    }


def test_rules_of_every_form_are_tried_where_they_can_match() -> None:
    """Case, categories, references, atomic groups, empty matches: no rule is left out."""
    lexer, chance = _Strange(stripnl=False), Random(2)
    text = "".join(chance.choices("abkKßſxyzwqQ09 ~<>!?\n\t\x1cıİifs\u212a_", k=20_000)) + "\n"
    assert list(tokens(lexer, text)) == list(lexer.get_tokens(text))


@pytest.mark.parametrize("language", ["python", "html", "diff", "console", "rst"])
def test_the_html_is_that_of_pygments(language: str) -> None:
    """Tokens become the same spans as with Pygments' HtmlFormatter."""
    source = "".join(CODE)
    lexer = get_lexer_by_name(language, stripnl=False)
    wanted = to_html(lexer.get_tokens(f"{source}\n"), HtmlFormatter(nowrap=True))
    assert highlight(source, language).partition("<code")[2].partition(">")[2] == (
        f"{wanted}</code></pre></div>"
    )
