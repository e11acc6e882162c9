"""Base45 (RFC 9285), strict: text that an encoder would not have written is refused."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_PAIR: Final = 0x10000
_SINGLE: Final = 0x100


def decode(text: bytes) -> bytes | None:
    """Decode, or answer None for a foreign letter, a lone last letter or a group whose value overflows."""
    try:
        values = [_VALUE[letter] for letter in text]
    except KeyError:
        return None
    whole = len(values) - len(values) % 3
    out = bytearray()
    for at in range(0, whole, 3):
        number = values[at] + 45 * values[at + 1] + 2025 * values[at + 2]
        if number >= _PAIR:
            return None
        out += number.to_bytes(2, "big")
    rest = values[whole:]
    match rest:
        case []:
            return bytes(out)
        case [low, high] if low + 45 * high < _SINGLE:
            out.append(low + 45 * high)
            return bytes(out)
        case _:
            return None


def encode(data: bytes) -> str:
    """Encode two bytes to three letters, and a last single byte to two."""
    out = bytearray()
    for at in range(0, len(data) - 1, 2):
        number = int.from_bytes(data[at : at + 2], "big")
        out += bytes((ALPHABET[number % 45], ALPHABET[number // 45 % 45], ALPHABET[number // 2025]))
    if len(data) % 2:
        out += bytes((ALPHABET[data[-1] % 45], ALPHABET[data[-1] // 45]))
    return out.decode("ascii")
