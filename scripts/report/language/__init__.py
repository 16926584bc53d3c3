"""Every label and sentence of the report, one YAML file per language.

A key is a dotted path; a value is a text with `{placeholders}`, or its plural forms:

    orders: {one: "{count} order", other: "{count} orders"}

French typography is applied while loading: an ordinary space before `; : ! ? % » €` and after `«`
becomes a narrow no-break space, so the files stay easy to write.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml
from babel import Locale

FOLDER = Path(__file__).parent
ELISION = re.compile(r"\bde (?=(?:avril|août|octobre) \d)")
LANGUAGES = tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def french_spaces(text: str) -> str:
    """`text` with narrow no-break spaces where French typography wants them."""
    text = re.sub(r" ([;:!?%»€])", "\u202f\\1", text)
    return text.replace("« ", "«\u202f")


@lru_cache
def _texts(language: str) -> dict[str, str]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    tree = yaml.load((FOLDER / f"{language}.yml").read_text(encoding="utf-8"), loader)
    finish = french_spaces if language == "fr" else str
    flat: dict[str, str] = {}

    def walk(node: object, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}.{key}" if path else str(key))
        else:
            flat[path] = finish(" ".join(str(node).split(" ")))

    walk(tree, "")
    return flat


class Words:
    """The texts of one language: `words("tiles.revenue")`, `words("orders", count=3)`.

    A language we do not write falls back to English; a key that does not exist is a KeyError.
    Values fill placeholders as they are: braces inside a value mean nothing.
    """

    def __init__(self, locale: Locale) -> None:
        self.language = locale.language if locale.language in LANGUAGES else "en"
        self._texts = _texts(self.language)
        self._plural = Locale.parse(self.language).plural_form

    def __call__(self, key: str, number: float | None = None, /, **values: str) -> str:
        """The text of `key`; `number` picks among its plural forms."""
        if number is not None:
            form = self._plural(abs(number))
            key = f"{key}.{form}" if f"{key}.{form}" in self._texts else f"{key}.other"
        text = self._texts[key].format_map(values)
        # "de avril" is "d'avril"; the other months begin with a consonant
        return ELISION.sub("d’", text) if self.language == "fr" else text

    def find(self, key: str) -> str | None:
        """The text of `key` as it is, or None when there is none."""
        return self._texts.get(key)

    def branches(self, prefixes: tuple[str, ...]) -> dict[str, str]:
        """The texts that are or stand under one of `prefixes`, by their whole keys."""
        return {
            key: text for key, text in self._texts.items() if key.split(".")[0] in prefixes
        }  # fmt: skip

    def tree(self, prefix: str) -> dict[str, str]:
        """The texts under `prefix`, by the last part of their keys."""
        start = prefix + "."
        return {
            key[len(start) :]: text
            for key, text in self._texts.items()
            if key.startswith(start) and "." not in key[len(start) :]
        }
