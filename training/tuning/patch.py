"""A change of params.yaml as a patch that a person reviews: nothing but the values differs."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from aisle.core.errors import AisleError
from training.tuning.spaces import value_at, with_values

Values = Mapping[str, Any]  # by dotted name


def patch(path: Path, shown_as: str, changes: Mapping[str, Values]) -> str:
    """Return the unified diff that gives recipes other values; `shown_as` is the path in it.

    It can be applied with `git apply`. Comments, anchors and order stay.
    """
    before = path.read_text(encoding="utf-8")
    after = changed_text(before, changes)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{shown_as}",
        f"b/{shown_as}",
    )
    return "".join(lines)


def changed_text(text: str, changes: Mapping[str, Values]) -> str:
    """Return the text of params.yaml with other values, by recipe; refuse what cannot be done."""
    changed = text
    for recipe, values in changes.items():
        for name, value in values.items():
            changed = _with_value(changed, recipe, name, value)
    _require_only(text, changed, changes)
    return changed


def _with_value(text: str, recipe: str, name: str, value: Any) -> str:
    """Return the text in which one parameter of a recipe has another value."""
    root = yaml.compose(text)
    mapping = _child(_child(root, "recipes"), recipe)
    if mapping is None:
        raise AisleError(f"params.yaml has no recipe {recipe!r} any more: tune what it has now.")
    *outer, last = name.split(".")
    for part in outer:
        inner = _child(mapping, part)
        if inner is None:  # inherited as a whole: state it here with the value changed
            stated = value_at(yaml.safe_load(text)["recipes"][recipe], part)
            rest = name.split(f"{part}.", 1)[1]
            return _inserted(text, mapping, part, with_values(stated, {rest: value}))
        mapping = inner
    there = _child(mapping, last)
    if there is None:
        return _inserted(text, mapping, last, value)
    start, end = there.start_mark.index, there.end_mark.index
    return text[:start] + _written(value) + text[end:]


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """Return what a mapping itself states under a key, not what it inherits."""
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _inserted(text: str, mapping: yaml.Node, name: str, value: Any) -> str:
    """Return the text with one more line behind the last key of a mapping."""
    if not isinstance(mapping, yaml.MappingNode) or not mapping.value or mapping.flow_style:
        raise AisleError(f"params.yaml: {name} has no line of its own to stand in: add it by hand.")
    first_key = mapping.value[0][0]
    at = text.find("\n", _end(mapping))
    line = f"{' ' * first_key.start_mark.column}{name}: {_written(value)}"
    return f"{text}\n{line}\n" if at < 0 else f"{text[:at]}\n{line}{text[at:]}"


def _end(node: yaml.Node) -> int:
    """Return where the text of a node ends; the mark of a block lies behind its blank lines."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        key, value = node.value[-1]
        is_alias = value.start_mark.index < key.start_mark.index  # it stands where it is anchored
        return int(key.end_mark.index) if is_alias else _end(value)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _end(node.value[-1])
    return int(node.end_mark.index) - (node.end_mark.column == 0)


def _written(value: Any) -> str:
    """Return a value as one line of YAML."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.split("\n...")[0].strip()


def _require_only(before: str, after: str, changes: Mapping[str, Values]) -> None:
    """Refuse a text that says anything else than the old one with these changes."""
    wanted, found = yaml.safe_load(before), yaml.safe_load(after)
    for recipe, values in changes.items():
        wanted["recipes"][recipe] = with_values(wanted["recipes"][recipe], values)
    if wanted != found:
        raise AisleError(
            "params.yaml is written in a way in which these values cannot be changed alone: "
            f"change them by hand ({json.dumps(changes, default=dict)})."
        )
