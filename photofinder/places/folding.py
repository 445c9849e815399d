"""Names as people type them: "Zürich", "ZURICH" and "zurich" are one."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\u0131": "i",
        "ħ": "h",
        "ŋ": "ng",
        "ə": "a",
    }
)
_DROPPED = re.compile("['`\u00b4\u2018\u2019\u02bb\u02bc]")  # apostrophes of all kinds
_GAPS = re.compile(r"[\W_]+")


def folded(name: str) -> str:
    """A name without case, accents and punctuation, words separated by one blank. Other scripts than Latin stay."""
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _GAPS.sub(" ", _DROPPED.sub("", unicodedata.normalize("NFC", plain))).strip()
