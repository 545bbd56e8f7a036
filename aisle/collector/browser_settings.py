"""The settings that Segment's browser client loads: send everything here, and nowhere else."""

from typing import Any
from urllib.parse import urlsplit


def browser_settings(write_key: str, address: str) -> dict[str, Any]:
    """Return the settings JSON; `address` is where the browser reaches this collector."""
    parts = urlsplit(address)
    place = f"{parts.netloc}{parts.path.rstrip('/')}"
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{place}/v1",  # the client puts the protocol before it
                "protocol": parts.scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": False,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},  # the client would report on itself to another host
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
