"""The tracking plan: which fields an event must carry, by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

OURS = Path(__file__).with_name("tracking_plan.yaml")
EACH = "[]"
SHOWN = 80

Filled = (
    Annotated[str, Meta(min_length=1)]
    | bool
    | int
    | float
    | Annotated[list[msgspec.Raw], Meta(min_length=1)]
    | Annotated[dict[str, msgspec.Raw], Meta(min_length=1)]
)


@dataclass
class Asked:
    """What is asked of one value: to be filled, to have fields, of each of its elements."""

    is_filled: bool = False
    fields: dict[str, "Asked"] = field(default_factory=dict)
    each: "Asked | None" = None


@dataclass(frozen=True)
class Plan:
    """What is asked of each event; `fast` says yes or raises, `missing` says what is not there."""

    required: Mapping[str, Asked]
    fast: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def missing(self, event: str, properties: Mapping[str, Any]) -> str | None:
        """Return the reason why properties do not fit the plan; None when they do."""
        asked = self.required.get(event)
        return _missing(asked, properties, "") if asked else None


def load_plan(settings: Settings) -> Plan:
    """Return Aisle's plan with the shop's own merged over it."""
    required = read_plan(OURS)
    if settings.tracking_plan.exists():
        required |= read_plan(settings.tracking_plan)
    asked = {event: one for event, one in required.items() if one.fields}
    return Plan(asked, {event: decoder_of(one) for event, one in asked.items()})


def read_plan(path: Path) -> dict[str, Asked]:
    """Return what a plan file asks of each event; the messages say where it is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AisleError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict) or set(content) != {"events"}:
        raise AisleError(f"{path} needs the one key `events`, as in {OURS}.")
    events = content["events"] or {}
    if not isinstance(events, dict):
        raise AisleError(f"{path}: `events` maps names of events to what they must carry.")
    return {name: _asked(path, name, asked) for name, asked in events.items()}


def decoder_of(asked: Asked) -> Callable[[Any], Any]:
    """Return a function that reads properties and raises unless all that is asked is there."""
    return msgspec.json.Decoder(_type_of(asked)).decode


def _asked(path: Path, name: Any, asked: Any) -> Asked:
    where = f"{path}: event {str(name)[:SHOWN]!r}"
    if not isinstance(name, str) or not name:
        raise AisleError(f"{where}: a name is text; put it in quotes.")
    if not isinstance(asked, dict) or set(asked) - {"required"}:
        raise AisleError(f"{where} needs `{{required: [field, …]}}`, or `{{}}` to ask nothing.")
    fields = asked.get("required") or []
    if not isinstance(fields, list) or not all(isinstance(one, str) for one in fields):
        raise AisleError(f"{where}: `required` is a list of fields like `products[].product_id`.")
    root = Asked()
    for one in fields:
        _plant(root, one, where)
    return root


def _plant(root: Asked, wanted: str, where: str) -> None:
    """Grow the tree by one path."""
    node = root
    for step in wanted.removeprefix("properties.").split("."):
        name = step.removesuffix(EACH)
        if not name or {"[", "]"} & set(name):
            raise AisleError(f"{where}: {wanted!r} is no path such as `products[].product_id`.")
        node = node.fields.setdefault(name, Asked())
        if step.endswith(EACH):
            node.each = node = node.each or Asked()
    node.is_filled = True


def _type_of(asked: Asked) -> Any:
    """Return the type whose decoder accepts only what `_missing` accepts."""
    if asked.each:
        elements: Any = list.__class_getitem__(_type_of(asked.each))
        return Annotated[elements, Meta(min_length=1)] if asked.is_filled else elements
    if not asked.fields:
        return Filled
    fields = [(f"field_{at}", _type_of(one)) for at, one in enumerate(asked.fields.values())]
    names = {f"field_{at}": name for at, name in enumerate(asked.fields)}
    return msgspec.defstruct("Properties", fields, rename=names, gc=False)


def _missing(asked: Asked, value: Any, path: str) -> str | None:
    if asked.is_filled and value in (None, "", [], {}):
        return f"no {_spelled(path)}"
    if asked.each:
        if not isinstance(value, list):
            return f"no list {path}" if value is None else f"{path} is not a list"
        each = asked.each
        found = (_missing(each, one, f"{path}[{at}]") for at, one in enumerate(value))
        return next(filter(None, found), None)
    if asked.fields and not isinstance(value, Mapping):
        return f"no {path}" if value is None else f"{path} is not an object"
    found = (
        _missing(one, value.get(name), f"{path}.{name}" if path else name)
        for name, one in asked.fields.items()
    )
    return next(filter(None, found), None)


def _spelled(path: str) -> str:
    """Return `name in parent` for `parent.name`."""
    parent, _, name = path.rpartition(".")
    return f"{name} in {parent}" if parent else name
