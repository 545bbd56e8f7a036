"""Comparing what is installed with the lock."""

from packaging.requirements import Requirement

from aisle.doctor.machine import LOCK, difference, locked_lines

LOCKED = """\
# This file was made by `make lock`.
httpx==0.28.1 \\
    --hash=sha256:abc
    # via aisle
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:def
"""


def test_a_lock_is_read_without_hashes_and_comments():
    assert locked_lines(LOCKED) == ["httpx==0.28.1", "colorama==0.4.6 ; sys_platform == 'win32'"]


def test_every_package_of_our_own_lock_is_read():
    text = LOCK.read_text()
    assert len(locked_lines(text)) == sum("==" in line[:80] for line in text.splitlines())


def test_another_version_and_a_missing_package_are_told():
    assert difference(Requirement("pytest==0.0.1")).endswith("==0.0.1 is locked")
    assert difference(Requirement("no-such-package==1.0")) == (
        "no-such-package is not installed, ==1.0 is locked"
    )


def test_the_locked_version_is_no_difference():
    from importlib.metadata import version

    assert difference(Requirement(f"pytest=={version('pytest')}")) is None
