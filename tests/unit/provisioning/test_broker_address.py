"""Where the broker is: options, a profile, and what is said when something is missing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from provisioning import broker_address
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker_address import Address
from provisioning.mistake import OperatorError

FILES = ("--ca", "c", "--cert", "d", "--key", "e")


def address(*arguments: str | Path) -> Address:
    """Read a command line."""
    parser = argparse.ArgumentParser()
    broker_address.add_broker(parser)
    return broker_address.address_from(parser.parse_args([str(one) for one in arguments]))


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [
        ("broker", "broker", 8883),
        ("broker:1883", "broker", 1883),
        ("10.0.0.1:99", "10.0.0.1", 99),
        ("[fe80::1]:99", "fe80::1", 99),
        ("[fe80::1]", "fe80::1", 8883),
        ("fe80::1", "fe80::1", 8883),
    ],
)
def test_a_broker_is_a_name_or_an_address_with_or_without_a_port(said: str, host: str, port: int) -> None:
    """Names and addresses of both families are read, and the usual port stands in for none."""
    found = address("--broker", said, *FILES)
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize("said", ["broker:", "broker:0", "broker:65536", "broker:x", ":1883", "mqtt://broker"])
def test_what_is_no_address_is_refused(said: str) -> None:
    """A port out of range, or none after its colon, is a mistake to mend."""
    with pytest.raises(OperatorError, match="--broker"):
        address("--broker", said, *FILES)


def test_a_profile_says_all_four_and_an_option_outranks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile lies where profiles lie or where an option says; its files are looked for beside it."""
    folder = tmp_path / "gapura"
    folder.mkdir()
    profile = {"broker": "there:1", "ca": "ca.crt", "cert": "me.crt", "key": "/elsewhere/me.key"}
    (folder / "broker.json").write_text(json.dumps(profile))
    beside = (folder / "ca.crt", folder / "me.crt", Path("/elsewhere/me.key"))
    assert address("--profile", folder / "broker.json") == Address("there", 1, *beside)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert address("--broker", "here") == Address("here", 8883, *beside)


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a profile every missing option is named in one line; a profile with a mistake says where."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(OperatorError, match="--ca, --cert, --key"):
        address("--broker", "here")
    for text in ("{", '{"broker": 5, "ca": "", "cert": "", "key": ""}', '{"brokre": "x"}'):
        (tmp_path / "p.json").write_text(text)
        with pytest.raises(OperatorError, match=r"p\.json"):
            address("--profile", tmp_path / "p.json")


def test_files_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    """A missing file and a key of another certificate are found before anything is sent."""
    authority = DeviceCa.create()
    ca = authority.write(tmp_path)
    certificate, key = authority.issue(Holder.OPERATOR, "desk").write(tmp_path)
    _, other = authority.issue(Holder.OPERATOR, "other").write(tmp_path)
    broker_address.context(Address("broker", 1, ca, certificate, key))
    for wrong in (Address("broker", 1, ca, certificate, other), Address("broker", 1, ca, certificate, tmp_path / "no")):
        with pytest.raises(OperatorError):
            broker_address.context(wrong)
