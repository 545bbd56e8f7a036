"""Which of a file's columns is which of ours: by its name, or as the mapping says."""

import re
from dataclasses import dataclass

from aisle.core.errors import AisleError
from aisle.pipeline.importing.mapping import Kind, KindMapping

# Our columns of each kind, in the order of the staged table.
OURS: dict[Kind, tuple[str, ...]] = {
    "events": (
        "user_id",
        "item_id",
        "timestamp",
        "event",
        "order_id",
        "session_id",
        "quantity",
        "price",
        "line_total",
        "rating",
    ),
    "products": (
        "item_id",
        "title",
        "description",
        "category",
        "brand",
        "price",
        "image_url",
        "is_available",
        "updated_at",
    ),
    "customers": ("user_id", "consent_personalization", "consent_updated_at", "updated_at"),
}
NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {  # one column of each group
    "events": (("user_id", "session_id"), ("item_id",), ("timestamp",)),
    "products": (("item_id",),),
    "customers": (("user_id",),),
}
# Fields that a landed event has of its own; a leftover column of such a name would hide one.
RESERVED: dict[Kind, frozenset[str]] = {
    "events": frozenset({"product_id", "products", *OURS["events"][4:]}),
    "products": frozenset(OURS["products"]),
    "customers": frozenset(OURS["customers"]),
}
# Spellings that are recognised, without case, spaces, dots, dashes and underscores.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "user_id": (
        "user", "userid", "customer", "customerid", "client", "clientid", "visitorid",
        "memberid", "buyerid", "shopperid", "householdid", "accountid", "reviewerid",
    ),
    "item_id": (
        "item", "itemid", "product", "productid", "sku", "article", "articleid", "articleno",
        "productcode", "stockcode", "movieid", "bookid", "songid", "trackid", "gameid", "asin",
    ),
    "timestamp": (
        "timestamp", "time", "datetime", "date", "ts", "eventtime", "eventtimestamp", "eventdate",
        "orderdate", "ordertime", "orderedat", "purchasedate", "purchasedat", "invoicedate",
        "createdat", "occurredat", "unixtimestamp", "unixreviewtime", "transactiondate",
        "transactiontimestamp",
    ),
    "event": ("event", "eventname", "eventtype", "action", "behavior", "behaviour"),
    "order_id": (
        "orderid", "order", "orderno", "ordernumber", "basketid", "invoiceid", "invoiceno",
        "invoice", "transactionid", "receiptid",
    ),
    "session_id": ("sessionid", "session", "visitid"),
    "quantity": ("quantity", "qty", "units"),
    "price": ("price", "unitprice", "itemprice", "saleprice"),
    "line_total": ("linetotal", "lineamount"),
    "rating": ("rating", "stars", "overall"),
    "title": ("title", "name", "productname", "itemname", "producttitle"),
    "description": ("description", "productdescription"),
    "category": ("category", "productcategory", "categoryname"),
    "brand": ("brand", "brandname"),
    "image_url": ("imageurl", "image", "imagelink"),
    "is_available": ("isavailable", "available", "instock", "availability"),
    "updated_at": ("updatedat", "lastmodified", "modifiedat", "lastupdated"),
    "consent_personalization": ("consentpersonalization", "personalizationconsent"),
    "consent_updated_at": ("consentupdatedat",),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Where each of our columns comes from in one file, and what else is kept."""

    sources: dict[str, tuple[str, ...]]
    constants: dict[str, str]
    extras: tuple[str, ...]

    def describe(self) -> str:
        """Return which column was taken for what, for a person to check."""
        taken = [f"{ours} <- {' + '.join(names)}" for ours, names in self.sources.items()]
        fixed = [f"{ours} = {value!r}" for ours, value in self.constants.items()]
        kept = [f"kept as they are: {', '.join(self.extras)}"] if self.extras else []
        return "; ".join([", ".join([*taken, *fixed]), *kept])


def choose_columns(kind: Kind, found: list[str], mapping: KindMapping, place: str) -> Columns:
    """Return what each column of the file is, or refuse naming them and a mapping to start from."""
    _refuse_repeated(found, place)
    mapped = _mapped(kind, found, mapping, place)
    taken = {name for names in mapped.values() for name in names} | set(mapping.ignore)
    free = [name for name in found if name not in taken]
    sources = dict(mapped)
    for ours in OURS[kind]:
        if ours in mapped or ours in mapping.constants:
            continue
        candidates = _candidates(ours, free)
        if len(candidates) > 1:
            told = f"{' and '.join(candidates)} could each be {ours}"
            raise AisleError(_refusal(kind, found, place, told))
        if candidates:
            sources[ours] = (candidates[0],)
            free.remove(candidates[0])
    _refuse_incomplete(kind, {*sources, *mapping.constants}, found, place)
    if hidden := sorted(RESERVED[kind].intersection(free)):
        told = f"it is not clear what {', '.join(hidden)} is: map it, or list it under `ignore`"
        raise AisleError(_refusal(kind, found, place, told))
    ordered = {ours: sources[ours] for ours in OURS[kind] if ours in sources}
    return Columns(ordered, dict(mapping.constants), tuple(free))


def _candidates(ours: str, free: list[str]) -> list[str]:
    if ours in free:
        return [ours]
    return [name for name in free if _plain(name) in SPELLINGS[ours]]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _mapped(
    kind: Kind, found: list[str], mapping: KindMapping, place: str
) -> dict[str, tuple[str, ...]]:
    mapped = {
        ours: (theirs,) if isinstance(theirs, str) else tuple(theirs)
        for ours, theirs in mapping.columns.items()
    }
    if strangers := sorted({*mapped, *mapping.constants} - set(OURS[kind])):
        told = f"{', '.join(strangers)} is no column of {kind}; they are {', '.join(OURS[kind])}"
        raise AisleError(_refusal(kind, found, place, told))
    named = {name for names in mapped.values() for name in names} | set(mapping.ignore)
    if absent := sorted(named - set(found)):
        told = f"the mapping names {', '.join(absent)}, which the file does not have"
        raise AisleError(_refusal(kind, found, place, told))
    return mapped


def _refuse_repeated(found: list[str], place: str) -> None:
    if repeated := sorted({name for name in found if found.count(name) > 1}):
        raise AisleError(
            f"{place} has more than one column named {', '.join(repeated)}: rename them."
        )


def _refuse_incomplete(kind: Kind, given: set[str], found: list[str], place: str) -> None:
    for group in NEEDED[kind]:
        if not given.intersection(group):
            told = f"no column is recognised as {' or '.join(group)}"
            raise AisleError(_refusal(kind, found, place, told))


def _refusal(kind: Kind, found: list[str], place: str, told: str) -> str:
    needed = "\n".join(f"    {group[0]}: <their column>" for group in NEEDED[kind])
    return (
        f"{place}: {told}. Nothing was imported.\n"
        f"Columns found: {', '.join(found)}\n"
        "Say it in a mapping file and give it with --mapping, for example:\n"
        f"{kind}:\n  columns:\n{needed}\n"
        f"  # header: [...]  names of the columns, when the first line is already data"
    )
