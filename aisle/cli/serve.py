"""Command `aisle serve`: the champion's recommendations over HTTP."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("serve")(serve)


def serve() -> None:
    """Serve the champion's recommendations on AISLE_SERVING_HOST; Ctrl-C ends it."""
    from aisle.core.ports import open_port
    from aisle.serving.server import serve as serve_on

    settings = Settings()
    listener = open_port(settings.serving_host, settings.serving_port, "AISLE_SERVING_PORT")
    address = f"http://{settings.serving_host}:{listener.getsockname()[1]}"
    typer.echo(f"Aisle answers on {address} (its pages: {address}/docs); Ctrl-C ends it")
    serve_on(settings, listener)
