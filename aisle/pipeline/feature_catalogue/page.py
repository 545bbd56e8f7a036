"""The catalogue as one HTML page that needs no network; everything from outside is escaped."""

from collections import Counter
from html import escape
from pathlib import Path
from string import Template

from aisle.pipeline.feature_catalogue.entries import Catalogue, Feature, Importance, View
from aisle.pipeline.feature_catalogue.sparkline import sparkline
from aisle.pipeline.feature_catalogue.words import (
    freshness,
    percent,
    spoken_type,
    time_to_live,
)

HERE = Path(__file__).parent
LONGEST_MARK = 22
MODEL = "aisle-recommender"


def render(catalogue: Catalogue) -> str:
    """Return the page."""
    parts = {
        name: (HERE / f"page.{suffix}").read_text(encoding="utf-8")
        for name, suffix in (("style", "css"), ("script", "js"))
    }
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        **parts,
        facts=_facts(catalogue),
        tiles=_tiles(catalogue),
        links=_links(catalogue),
        views="\n".join(_view(catalogue, view) for view in catalogue.views),
        entities="".join(_option(name) for name in sorted({v.entity for v in catalogue.views})),
        services="".join(
            _option(name) for name in sorted({n for v in catalogue.views for n in v.services})
        ),
        features="\n".join(
            _feature(catalogue, view, feature)
            for view in catalogue.views
            for feature in view.features
        ),
        note=_note(catalogue),
    )


def _facts(catalogue: Catalogue) -> str:
    champion = catalogue.champion
    model = f"champion {champion.recipe}, version {champion.version}" if champion else "no champion"
    facts = (f"as of {catalogue.as_of:%Y-%m-%d %H:%M} UTC", f"build {catalogue.build_id}", model)
    return " · ".join(map(escape, facts))


def _tiles(catalogue: Catalogue) -> str:
    features = catalogue.features
    read = sum(bool(feature.services) for feature in features)
    stale = sum(view.is_stale(catalogue.as_of) for view in catalogue.views)
    tiles = (
        (len(features), "features"),
        (len(catalogue.views), "views"),
        (len({view.entity for view in catalogue.views}), "entities"),
        (read, "asked for by a service"),
        (stale, "views too old"),
    )
    return "".join(f"<li><b>{count:,}</b> {words}</li>" for count, words in tiles)


def _links(catalogue: Catalogue) -> str:
    found = [(f"{catalogue.links.mlflow}/#/models/{MODEL}", "MLflow")]
    if catalogue.links.dbt_docs:
        found.insert(0, (catalogue.links.dbt_docs, "dbt docs"))
    return "".join(f'<a href="{escape(address)}">{title}</a>' for address, title in found)


def _option(name: str) -> str:
    return f"<option>{escape(name)}</option>"


def _view(catalogue: Catalogue, view: View) -> str:
    state = "stale" if view.is_stale(catalogue.as_of) else "fresh" if view.newest_at else "empty"
    newest = f"{view.newest_at:%Y-%m-%d %H:%M} UTC" if view.newest_at else "nothing published"
    facts = [
        f'<span class="{state}" title="newest row: {newest}">'
        f"{escape(freshness(view.newest_at, catalogue.as_of))}</span>",
        escape(time_to_live(view.time_to_live)),
        f"{view.rows:,} rows hold" if view.rows is not None else "",
        "online" if view.is_online else "offline only",
        "pushed" if view.is_pushed else "",
    ]
    tags = "".join(
        f'<li title="tag">{escape(key)}: {escape(value)}</li>'
        for key, value in sorted(view.tags.items())
    )
    return (
        f'<section class="view" data-view="{escape(view.name)}">'
        f'<h3><button type="button" aria-pressed="false">{escape(view.name)}</button>'
        f"<small>{len(view.features):,}</small></h3>"
        f"<p>{escape(view.description)}</p>"
        f'<p class="facts">{" · ".join(fact for fact in facts if fact)}</p>'
        f'<ul class="tags">{tags}<li title="owner">{escape(view.owner or "no owner")}</li>'
        f"{_table(catalogue, view)}</ul></section>"
    )


def _table(catalogue: Catalogue, view: View) -> str:
    if not view.table:
        return ""
    if not (catalogue.links.dbt_docs and view.dbt_id):
        return f"<li>{escape(view.table)}</li>"
    address = f"{catalogue.links.dbt_docs}#!/model/{view.dbt_id}"
    return f'<li><a href="{escape(address)}">{escape(view.table)}</a></li>'


def _feature(catalogue: Catalogue, view: View, feature: Feature) -> str:
    nulls = feature.measured.null_share if feature.measured else None
    loss, worth = _worth(catalogue, feature)
    newest = view.newest_at.timestamp() if view.newest_at else 0
    text = " ".join((feature.name, view.name, feature.entity, feature.meaning, view.owner))
    services = "".join(f"<li>{escape(name)}</li>" for name in feature.services)
    return (
        f'<article class="feature" data-name="{escape(feature.name)}" '
        f'data-view="{escape(view.name)}" data-entity="{escape(feature.entity)}" '
        f'data-services="{escape(" ".join(feature.services))}" data-nulls="{nulls or 0:.6f}" '
        f'data-worth="{loss:.8f}" data-newest="{newest:.0f}" data-text="{escape(text.lower())}">'
        f'<div class="what"><h4>{escape(feature.name)}</h4><p>{escape(feature.meaning)}</p>'
        f'<p class="from">{escape(spoken_type(feature.type))} · {escape(view.name)} · '
        f"{escape(feature.entity)} · "
        f"{escape(freshness(view.newest_at, catalogue.as_of))}</p></div>"
        f'<div class="values">{_values(feature)}</div>'
        f'<div class="missing">{_missing(nulls)}</div>'
        f'<div class="worth">{worth}</div>'
        f'<ul class="services">{services or "<li class=none>no service</li>"}</ul></article>'
    )


def _values(feature: Feature) -> str:
    found = feature.measured.distribution if feature.measured else None
    if found is None:
        return '<span class="none">no values</span>'
    drawn = sparkline(found, f"distribution of {feature.name}")
    if found.shape == "categories":
        if not found.marks:
            return f'{drawn}<span class="marks">{found.distinct:,} different</span>'
        top, more = _short(found.marks[0]), found.distinct - 1
        others = f" and {more:,} more" if more > 0 else ""
        title = escape(", ".join(found.marks))
        return f'{drawn}<span class="marks" title="{title}"><b>{escape(top)}</b>{others}</span>'
    least, middle, greatest = map(escape, found.marks)
    unit = '<i title="the length of the list">length</i>' if found.shape == "lengths" else ""
    return (
        f'{drawn}<span class="marks ends">{unit}<i title="least">{least}</i>'
        f'<b title="median">{middle}</b><i title="greatest">{greatest}</i></span>'
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MARK else f"{text[: LONGEST_MARK - 1]}…"


def _missing(share: float | None) -> str:
    if share is None:
        return '<span class="none">unknown</span>'
    shown = (
        f'<span class="label">missing</span><span class="number">{escape(percent(share))}</span>'
    )
    if not share:
        return shown
    return f'{shown}<span class="bar"><i style="width:{share:.1%}"></i></span>'


def _worth(catalogue: Catalogue, feature: Feature) -> tuple[float, str]:
    """Return what the feature is worth and how it is shown."""
    champion = catalogue.champion
    of_champion = champion.importance if champion else None
    label = '<span class="label">importance</span>'
    for importance, whose in ((of_champion, "champion"), (catalogue.selection, "selection")):
        found = importance.by_feature.get((feature.view, feature.name)) if importance else None
        if importance is None or found is None:
            continue
        width = max(0.0, found.loss) / _most(importance)
        shown = (
            f'{label}<span class="number" title="{escape(importance.measure)}">{found.loss:+.4f}'
            f"<small> ± {found.standard_error:.4f}</small></span>"
            f'<span class="bar {whose}"><i style="width:{width:.1%}"></i></span>'
        )
        is_unread = of_champion is not None and whose != "champion"
        note = '<span class="none">not read by the champion</span>' if is_unread else ""
        return found.loss, shown + note
    if champion is None:
        return -1.0, f'{label}<span class="none" title="there is none yet">no champion</span>'
    if of_champion:
        return -1.0, '<span class="none">not read by the champion</span>'
    return -1.0, '<span class="none" title="aisle feature-importance does">not measured yet</span>'


def _most(importance: Importance) -> float:
    return max((worth.loss for worth in importance.by_feature.values()), default=0.0) or 1.0


def _note(catalogue: Catalogue) -> str:
    """Return what the figures of the page are, in words."""
    champion = catalogue.champion
    lines = [
        "Values, missing shares and ages are of what holds now: of each key the newest row that "
        "has not outlived its view's time to live. Bars reach from the first to the last "
        "percentile; of text they are the most frequent values."
    ]
    if champion and champion.importance:
        lines.append(f"Importance in the champion: {champion.importance.measure}.")
    if catalogue.selection:
        lines.append(f"Importance of what it does not read: {catalogue.selection.measure}.")
    owners = Counter(view.owner for view in catalogue.views if view.owner)
    lines.append(
        "Owners: " + ", ".join(f"{owner} ({n})" for owner, n in owners.most_common()) + "."
    )
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
