"""A zip archive of one file whose name is known, which is all that a certificate in a code ever is.

Whatever an archive says twice must be the same both times, and there is no byte that belongs to nothing. Source:
APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3.7 to 4.3.16.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from firmware.events import Reason
from firmware.signed.inflate import MOST, inflate

MAGIC: Final = b"PK\x03\x04"

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_SIZES: Final = struct.Struct("<3I")
_DESCRIPTOR_MAGIC: Final = b"PK\x07\x08"
_SIZES_AFTER: Final = 1 << 3
_UTF8: Final = 1 << 11
_STORED: Final = 0
_DEFLATED: Final = 8


def read(data: bytes, name: bytes, *, most: int = MOST) -> bytes | Reason:
    """Return the one file of an archive, which unfolds to at most so many bytes; never raises for any bytes.

    `BAD_ENCODING`: no archive of exactly this file. `BAD_COMPRESSION`: the file is not what its sizes and CRC say.
    """
    entry = _entry(data, name)
    if entry is None:
        return Reason.BAD_ENCODING
    method, packed, crc, size = entry
    found = packed if method == _STORED else inflate(packed, raw=True, most=most)
    if found is None or len(found) != size or size > most or zlib.crc32(found) != crc:
        return Reason.BAD_COMPRESSION
    return found


def _entry(data: bytes, name: bytes) -> tuple[int, bytes, int, int] | None:
    """Find method, packed bytes, CRC and size; None unless every part is where the others say that it is."""
    tail = len(data) - _END.size
    directory = tail - _CENTRAL.size - len(name)
    begin = _LOCAL.size + len(name)
    if directory < begin or _END.unpack_from(data, tail) != (b"PK\x05\x06", 0, 0, 1, 1, tail - directory, directory, 0):
        return None
    local, central = _LOCAL.unpack_from(data), _CENTRAL.unpack_from(data, directory)
    magic, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, _, offset = central
    named = data[_LOCAL.size : begin] == name == data[directory + _CENTRAL.size : tail]
    plain = method in {_STORED, _DEFLATED} and not flags & ~(_SIZES_AFTER | _UTF8) and lengths == [len(name), 0, 0]
    same = (local[0], *local[2:4], *local[9:]) == (MAGIC, flags, method, len(name), 0)
    if magic != b"PK\x01\x02" or offset or not (named and plain and same):
        return None
    sizes, after = (crc, packed, size), data[begin + packed : directory]
    if flags & _SIZES_AFTER:
        told = _SIZES.pack(*sizes)
        sound = local[6:9] in {(0, 0, 0), sizes} and after in {told, _DESCRIPTOR_MAGIC + told}
    else:
        sound = local[6:9] == sizes and not after
    return (method, data[begin : begin + packed], crc, size) if sound else None
