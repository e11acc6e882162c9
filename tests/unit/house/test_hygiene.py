"""What may never be in the repository: keys, places of one machine, index addresses, big files, hosts nobody listed.

The patterns are written so that they do not find themselves in this file.
"""

from __future__ import annotations

import re

import pytest

from tests.unit.house import tree

LARGEST = 200_000
HOSTS = {
    "www.apache.org",  # the licence's own text
    "json-schema.org",  # the name of a dialect, which is an address
    "www.w3.org",  # names of XML vocabularies
    "www.debian.org",  # the form of a package's copyright file names itself by its address
    "hl7.org",  # names of code systems, which are addresses
    "id.who.int",
    "loinc.org",
    "snomed.info",
    "smarthealth.cards",  # names of what a health card says it is
    "cowin.gov.in",  # names of the terms, contexts and issuers of the certificates of India and its family
    "divoc.lgcc.gov.lk",
    "divoc.prod",
    "www.pedulilindungi.id",
    "purl.org",
    "schema.org",
    "w3id.org",
    "github.com",  # homes of the libraries that the README names
    "gpiozero.readthedocs.io",
    "eclipse.dev",
    "docs.pydantic.dev",
}
RESERVED = re.compile(r"(^|\.)example(\.(org|com|net))?$|^127\.0\.0\.1$|^localhost$|\.invalid$")
FORBIDDEN = {
    "a key in PEM": r"PRIVATE\sKEY",
    "an Ed25519 key in PKCS 8": "MC4CAQAw[B]QYDK2Vw",
    "a home or work folder of one machine": r"(?<![\w.$}\"])/(?:home|root|work|Users|mnt)/\w",
    "an index address": r"^\s*--(?:index-url|extra-index-url|find-links)\b",
    "a package registry": r"\b(?:p[y]pi\.|python[h]osted|piw[h]eels\.)",
    "a secret in an address": r"://[^/\s:@]+:[^/\s@]+@",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_forbidden_is_in_a_tracked_file(what: str) -> None:
    """No file that git tracks holds key material, a machine's own paths, a registry or an index address."""
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path in tree.tracked()
        if (text := tree.read(path))
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_addresses_lead_only_where_somebody_looked() -> None:
    """Every host in a tracked file is on the list above."""
    found = {
        f"{path}: {host}"
        for path in tree.tracked()
        for host in re.findall(r"\bhttps?://([\w.-]+\w)", tree.read(path))
        if host not in HOSTS and not RESERVED.search(host)
    }
    assert found == set()


def test_no_file_is_big() -> None:
    """A picture or a data set that belongs elsewhere is not committed by mistake."""
    sizes = {str(path): (tree.ROOT / path).stat().st_size for path in tree.tracked()}
    assert {path: size for path, size in sizes.items() if size > LARGEST} == {}
