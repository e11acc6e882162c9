"""The network: read from the kernel's tables, joined by a program that is told the password where nobody sees it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from hw.network import KernelRoutes, NetworkManager

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
FOUR = "eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
DOWN = "eth0\t00000000\t0102A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0\n"
SIX = f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 28} 00000400 00000001 00000000 00450003     eth0\n"
LOOP = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200       lo\n"


@pytest.mark.parametrize(
    ("four", "six", "there"),
    [
        (HEAD + FOUR, "", True),
        (HEAD, SIX, True),
        (HEAD, LOOP, False),
        (HEAD + DOWN, LOOP, False),
        (HEAD, "", False),
        ("", "", False),
    ],
)
def test_a_route_out_of_the_machine_is_a_network(tmp_path: Path, four: str, six: str, *, there: bool) -> None:
    """A route that is up leads out, by either protocol; the loopback does not."""
    tables = (tmp_path / "four", tmp_path / "six")
    for table, text in zip(tables, (four, six), strict=True):
        table.write_text(text)
    assert KernelRoutes(tables).connected() is there


def test_tables_that_are_not_there_are_no_network(tmp_path: Path) -> None:
    """A kernel without one of them is asked by the other."""
    assert not KernelRoutes((tmp_path / "none", tmp_path / "nothing")).connected()


def program(folder: Path, words: str, code: int) -> NetworkManager:
    """Put a program in the place of NetworkManager's own, which writes down how it was called."""
    path = folder / "nmcli"
    path.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$*" >> {folder}/called\n'
        'case "$*" in\n'
        f'  *passwd-file*) cat > {folder}/typed; printf "%s\\n" "{words}" >&2; exit {code};;\n'
        "  *delete*) exit 10;;\n"
        "esac\n"
    )
    path.chmod(0o700)
    return NetworkManager(os.fspath(path))


@pytest.mark.parametrize(
    ("words", "code", "answer"),
    [
        ("", 0, None),
        ("Error: Connection activation failed: Secrets were required, but not provided.", 4, "password"),
        ("Error: Connection activation failed: The Wi-Fi network could not be found.", 4, "not_found"),
        ("Error: Connection activation failed: IP configuration could not be reserved.", 4, "failed"),
        ("Error: NetworkManager is not running.", 8, "failed"),
    ],
)
def test_a_wrong_password_is_told_from_a_network_that_is_not_there(
    tmp_path: Path, words: str, code: int, answer: str | None
) -> None:
    """By the program's own words; the password goes in by standard input and in no argument."""
    manager = program(tmp_path, words, code)
    assert manager.join("Kantor Lurah", "rahasia sekali", hidden=True) == answer
    called = (tmp_path / "called").read_text()
    assert "rahasia" not in called
    assert "ssid Kantor Lurah" in called
    assert "wifi.hidden yes" in called
    assert (tmp_path / "typed").read_text() == "802-11-wireless-security.psk:rahasia sekali\n"


class Networks:
    """What NetworkManager has by the calls of a program: its profiles, and which of them is up."""

    def __init__(self, called: str, *, joins: bool) -> None:
        """Go through the calls, beginning with a network that works."""
        self.profiles, self.up = {"gapura-wifi": "Rumah"}, "gapura-wifi"
        for call in called.splitlines():
            words = call.split()
            name = words[words.index("id") + 1] if "id" in words else words[words.index("con-name") + 1]
            match words[words.index("connection") + 1]:
                case "add":
                    self.profiles[name] = words[-5]
                case "delete":
                    self.profiles.pop(name, None)
                    self.up = "" if self.up == name else self.up
                case "up" if joins or name == "gapura-wifi":
                    self.up = name
                case "modify" if "connection.id" in words:
                    self.profiles[words[-1]] = self.profiles.pop(name)
                    self.up = words[-1]


@pytest.mark.parametrize("joins", [True, False])
def test_a_network_that_is_not_joined_leaves_the_one_before(tmp_path: Path, *, joins: bool) -> None:
    """Only one that is up takes its place: a wrong password cuts nobody off."""
    manager = program(tmp_path, "Error: Secrets were required", 0 if joins else 4)
    assert (manager.join("Kantor", "rahasia sekali", hidden=False) is None) is joins
    found = Networks((tmp_path / "called").read_text(), joins=joins)
    assert (found.profiles, found.up) == ({"gapura-wifi": "Kantor" if joins else "Rumah"}, "gapura-wifi")


def test_without_the_program_no_network_is_joined(tmp_path: Path) -> None:
    """It is said in one word, and nothing is raised."""
    assert NetworkManager(os.fspath(tmp_path / "nmcli")).join("a", "b" * 8, hidden=False) == "failed"
