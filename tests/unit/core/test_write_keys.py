"""Write keys: configured, or made once for the workspace; never shown in a message."""

import pytest

from aisle.collector.keys import WriteKeys, basic_user
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.write_keys import configured_keys, own_key_file, parse_write_keys, shown_key


def test_a_key_says_the_source():
    keys = WriteKeys(parse_write_keys("web=key-of-web, app=key=of=app,"))
    assert keys.source_of("key-of-web") == "web"
    assert keys.source_of("key=of=app") == "app"
    for unknown in (None, "", "key-of", "key-of-webb", "\u00e4", "\ud800"):
        assert keys.source_of(unknown) is None


@pytest.mark.parametrize(
    "text",
    [
        "key-only-secret",
        "=secretsecret",
        "we b=secretsecret",
        "web=short",
        "a=secretsecret,a=secretother",
        "a=secretsecret,b=secretsecret",
    ],
)
def test_a_mistake_is_said_without_the_key(text: str):
    with pytest.raises(AisleError, match="AISLE_WRITE_KEYS") as error:
        parse_write_keys(text)
    assert "secret" not in str(error.value)


def test_without_any_the_workspace_makes_one_for_its_owner(settings: Settings):
    made = configured_keys(settings)
    assert made == configured_keys(settings)
    assert list(made) == ["shop"] and len(made["shop"]) >= 32
    assert own_key_file(settings).stat().st_mode & 0o777 == 0o600
    assert shown_key(settings) == made["shop"]
    assert shown_key(Settings(write_keys="web=key-of-web")) == "as in AISLE_WRITE_KEYS"  # type: ignore[arg-type]


def test_the_user_of_basic_authorization():
    assert basic_user("Basic a2V5Og==") == "key"
    assert basic_user("basic a2V5OnB3") == "key"
    for nonsense in (None, "", "Bearer x", "Basic", "Basic ä", "Basic a2V5Og", "Basic /////w=="):
        assert basic_user(nonsense) is None or basic_user(nonsense) == ""
