"""Colors in formulas, as MathJax's package `color` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from evergreen.regex import regex


def read_color(value: str, model: str, defined: Mapping[str, str]) -> str:
    """Return a color as six hexadecimal digits, or "" for a name that only the converter may know.

    `model` is RGB, rgb, gray, HTML, named or "". Raises ValueError if the numbers are not valid.
    """
    value = value.strip()
    if model in _SCALES:
        return _from_numbers(value, model)
    if match := (_DIGITS if model == "HTML" else _HEX).fullmatch(value):
        digits = match[1]
        return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    if model == "HTML":
        raise ValueError(f"the color '{value}' is not valid: write six hexadecimal digits")
    return defined.get(value) or _named(value)


def _from_numbers(value: str, model: str) -> str:
    scale, count = _SCALES[model]
    try:
        numbers = [round(float(number) * scale) for number in value.split(",")]
    except (ValueError, OverflowError):
        numbers = []
    if len(numbers) != count or not all(0 <= number <= 255 for number in numbers):
        raise ValueError(f"the color '{value}' is not valid in the model {model}")
    return "".join(f"{number:02x}" for number in (numbers * 3)[:3])


def _named(name: str) -> str:
    """Return one of CSS's named colors in any case; the names of dvips mean its colors."""
    if name in _DVIPS:
        return ""
    from PIL.ImageColor import colormap  # late: few formulas have colors

    found = colormap.get(name.lower(), "")
    return found.removeprefix("#") if isinstance(found, str) else ""


_HEX = regex(r"\\?#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_DIGITS = regex(r"#?([0-9a-fA-F]{6})")
_SCALES = {"RGB": (1, 3), "rgb": (255, 3), "gray": (255, 1)}
"""Model → the factor to 0 … 255, and how many numbers it takes."""
_DVIPS = frozenset(
    "GreenYellow Yellow Goldenrod Dandelion Apricot Peach Melon YellowOrange Orange BurntOrange"
    " Bittersweet RedOrange Mahogany Maroon BrickRed Red OrangeRed RubineRed WildStrawberry Salmon"
    " CarnationPink Magenta VioletRed Rhodamine Mulberry RedViolet Fuchsia Lavender Thistle Orchid"
    " DarkOrchid Purple Plum Violet RoyalPurple BlueViolet Periwinkle CadetBlue CornflowerBlue"
    " MidnightBlue NavyBlue RoyalBlue Blue Cerulean Cyan ProcessBlue SkyBlue Turquoise TealBlue"
    " Aquamarine BlueGreen Emerald JungleGreen SeaGreen ForestGreen PineGreen LimeGreen YellowGreen"
    " SpringGreen OliveGreen RawSienna Sepia Brown Tan Gray Black White".split()
)
"""Names of LaTeX's colors that the converter knows."""
