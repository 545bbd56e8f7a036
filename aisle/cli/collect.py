"""Command `aisle collect`: takes events over HTTP into the landing zone."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("collect")(collect)


def collect() -> None:
    """Take the events of Segment, RudderStack and Mixpanel clients; Ctrl-C ends it."""
    from aisle.collector.judging import Judge
    from aisle.collector.server import serve
    from aisle.collector.structured_log import log_as_json
    from aisle.core.ports import open_port
    from aisle.core.write_keys import OWN_SOURCE, configured_keys, own_key_file, server_sources
    from aisle.runner.lock import collecting

    settings = Settings()
    keys = configured_keys(settings)
    # What is wrong with a plan or setting is told before a port is taken.
    server_sources(settings)
    Judge.configured(settings)
    listener = open_port(settings.collector_host, settings.collector_port, "AISLE_COLLECTOR_PORT")
    address = f"http://{settings.collector_host}:{listener.getsockname()[1]}"
    typer.echo(f"Aisle collects on {address} (its pages: {address}/docs); Ctrl-C ends it")
    if settings.write_keys.get_secret_value():
        typer.echo(f"Write keys of {', '.join(keys)} come from AISLE_WRITE_KEYS")
    else:
        typer.echo(f"Write key of {OWN_SOURCE}: {keys[OWN_SOURCE]} ({own_key_file(settings)})")
    log_as_json()
    with collecting(settings):
        serve(settings, listener)
