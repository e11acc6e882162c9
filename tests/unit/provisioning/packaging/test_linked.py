"""What compiled libraries ask the system for, read out of what readelf and dpkg really print."""

from __future__ import annotations

from provisioning.packaging import linked

HEADERS = """
File: /opt/gapura/releases/1.0/.venv/lib/python3.13/site-packages/PIL/_imaging.cpython-313-aarch64-linux-gnu.so

Dynamic section at offset 0x1bf8a8 contains 31 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libtiff-0c352bdc.so.6.3.0]
 0x0000000000000001 (NEEDED)             Shared library: [liblzma.so.5]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [ld-linux-aarch64.so.1]
 0x000000000000000c (INIT)               0x30000

File: /opt/gapura/releases/1.0/.venv/lib/python3.13/site-packages/pillow.libs/liblzma-dcd007de.so.5.8.4

Dynamic section at offset 0x9f58 contains 25 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000e (SONAME)             Library soname: [liblzma.so.5]
"""
FILES = ("_imaging.cpython-313-aarch64-linux-gnu.so", "libtiff-0c352bdc.so.6.3.0", "liblzma-dcd007de.so.5.8.4")
FOUND = """\
libc6:amd64: /usr/lib/x86_64-linux-gnu/libc.so.6
libc6:amd64, libc6-x32: /usr/libx32/libc.so.6
libgcc-s1:amd64: /usr/lib/x86_64-linux-gnu/libgcc_s.so.1
"""


def test_what_the_environment_brings_is_not_asked_for() -> None:
    """Neither a file beside the library nor one with the soname that it asks for comes from the system."""
    assert linked.asked_of_the_system(HEADERS, FILES) == ["ld-linux-aarch64.so.1", "libc.so.6"]
    assert linked.asked_of_the_system(HEADERS, FILES[:1]) == [
        "ld-linux-aarch64.so.1", "libc.so.6", "libtiff-0c352bdc.so.6.3.0",
    ]  # fmt: skip


def test_what_no_package_has_is_named() -> None:
    """The loader of another architecture is its C library's; everything else has to be found."""
    asked = ["ld-linux-aarch64.so.1", "libc.so.6", "libgcc_s.so.1", "libtiff.so.6"]
    assert linked.unresolved(asked, FOUND) == ["libtiff.so.6"]


def test_the_owners_are_packages_without_architecture() -> None:
    """A line of dpkg names one package or several; each is a dependency once."""
    assert linked.owners(FOUND) == {"libc6", "libc6-x32", "libgcc-s1"}
    assert linked.owners("") == set()
