import re

from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.serving.app import create_app


def test_the_openapi_page_loads_all_it_needs_from_this_service(settings: Settings) -> None:
    client = TestClient(create_app(settings))  # not entered: no champion is looked for
    page = client.get("/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any(file.endswith(".js") for file in files)
    for file in files:
        assert file.startswith("/"), f"{file} comes from another host"
        assert client.get(file).status_code == 200
