"""Reading a YAML file as plain text values, so that `no`, `01` and `NULL` stay what they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from scripts.errors import UserError


def read(path: Path) -> object:
    """The content of a YAML file as nested dict, list and str; an empty value is ''.

    Raises UserError for bytes that are not UTF-8, for text that is not YAML and for a key
    that is written twice, each with its line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8."
        ) from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise UserError(_sentence(path, error)) from error
    return "" if node is None else _plain(node, (), path, ())


def _sentence(path: Path, error: yaml.YAMLError) -> str:
    """What PyYAML says, in one sentence with the line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    where = f" in line {mark.line + 1}" if mark is not None else ""
    hint = ""
    if "\\t" in problem or "tab" in problem:
        hint = " YAML is indented with spaces, not with tabs."
    return f"{path} is not YAML{where}: {problem}.{hint}"


def _plain(node: yaml.Node, keys: tuple[str, ...], path: Path, above: tuple[int, ...]) -> object:
    """A node as str, list or dict; `keys` is the way to it, `above` the nodes it is inside."""
    line = node.start_mark.line + 1
    if id(node) in above:
        raise UserError(f"{path}, line {line}: `{'.'.join(keys)}` contains itself.")
    above = (*above, id(node))
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(item, (*keys, str(number)), path, above)
            for number, item in enumerate(node.value, start=1)
        ]
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise UserError(f"{path}, line {line}: a key must be one word or text.")
        key = key_node.value
        name = ".".join((*keys, key))
        if key in result:
            raise UserError(
                f"{path}, line {key_node.start_mark.line + 1}: `{name}` is written twice. "
                "Keep one of them."
            )
        result[key] = _plain(value_node, (*keys, key), path, above)
    return result
