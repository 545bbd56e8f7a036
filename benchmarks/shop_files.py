"""Generated shops with a known truth, as the files a stranger would bring."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

SEED = 11
GENRES = ("Action", "Comedy", "Drama", "Horror", "Romance", "Science Fiction", "Thriller", "War")


def write_films(
    folder: Path, *, users: int = 900, films: int = 1200, seed: int = SEED
) -> tuple[Path, Path]:
    """Write ratings of films and their titles as MovieLens spells them; return both files.

    Every user loves two genres, rates at a few sittings over two years, and no film twice. Films
    appear over time and are popular while they are new.
    """
    random = np.random.default_rng(seed)
    genre = random.integers(len(GENRES), size=films)
    appeal = random.pareto(1.2, size=films) + 0.2
    born_day = np.sort(random.integers(-700, 690, size=films))
    rows = [
        row
        for user in range(1, users + 1)
        for row in _ratings(user, random, genre, appeal, born_day)
    ]
    titles = [
        (item + 1, f"Film {item + 1} ({2015 + max(0, int(day)) // 365})", f"{GENRES[kind]}|Feature")
        for item, (kind, day) in enumerate(zip(genre, born_day, strict=True))
    ]
    folder.mkdir(parents=True)
    ratings = _write(folder / "ratings.csv", ("userId", "movieId", "rating", "timestamp"), rows)
    return ratings, _write(folder / "movies.csv", ("movieId", "title", "genres"), titles)


def _ratings(
    user: int,
    random: np.random.Generator,
    genre: np.ndarray,
    appeal: np.ndarray,
    born_day: np.ndarray,
) -> list[tuple[int, int, float, int]]:
    """Return one user's ratings; most users come to two or three sittings, some to a dozen."""
    loved = random.choice(len(GENRES), size=2, replace=False)
    seen = np.zeros(genre.size, dtype=bool)
    rows = []
    for day in np.sort(random.integers(0, 730, size=random.geometric(0.2) + 1)):
        is_out = born_day <= day
        freshness = np.exp(-np.maximum(day - born_day, 0) / 200) + 0.1
        taste = np.where(np.isin(genre, loved), 8.0, 1.0)
        weight = np.where(is_out & ~seen, appeal * freshness * taste, 0)
        if not weight.any():
            continue
        count = min(int(random.integers(3, 15)), int((weight > 0).sum()))
        chosen = random.choice(genre.size, size=count, replace=False, p=weight / weight.sum())
        seen[chosen] = True
        evening = datetime(2022, 1, 1, 19, tzinfo=UTC) + timedelta(days=int(day))
        for place, film in enumerate(chosen):
            stars = 4.5 if genre[film] in loved else 3.0
            moment = int((evening + timedelta(minutes=4 * place)).timestamp())
            rows.append((user, int(film) + 1, stars, moment))
    return rows


def write_sessions(folder: Path, *, sessions: int = 200, items: int = 60, seed: int = SEED) -> Path:
    """Write sessions over two weeks with no user's name, each about one topic; return the file."""
    random = np.random.default_rng(seed)
    topic = random.integers(6, size=items)
    appeal = random.pareto(1.5, size=items) + 0.1
    rows = []
    for number in range(sessions):
        started = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(
            minutes=int(random.integers(14 * 24 * 60))
        )
        wanted = np.where(topic == random.integers(6), 6.0, 1.0) * appeal
        count = int(random.integers(2, 9))
        for step, item in enumerate(
            random.choice(items, size=count, replace=False, p=wanted / wanted.sum())
        ):
            at = started + timedelta(seconds=90 * step)
            rows.append((f"s{number:04d}", f"sku-{item:03d}", at.strftime("%Y-%m-%d %H:%M:%S")))
    folder.mkdir(parents=True)
    return _write(folder / "sessions.csv", ("session_id", "item_id", "timestamp"), rows)


def _write(path: Path, header: tuple[str, ...], rows: list[tuple]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
