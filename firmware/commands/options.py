"""The command line of `gapura` as data: names, options and their help, and nothing that acts on them."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Final, NoReturn

from firmware.commands.mistake import USAGE

CONFIG: Final = Path("/etc/gapura/gapura.toml")
TRUST: Final = "whom to believe: a signed list, a JWKS, card issuers, WHO's DID document, certificates; repeatable"

SCRIPT: Final = """\
commands on standard input, one a line; each gets exactly one reply:
  show [in|out] X     hold X before the reader outside (in) or inside (out); X is a file if one exists, else text
  beat [in|out] NAME=N ...   a reader's heartbeat: frames, brightness, sharpness, ... (hw/reader/README.md)
  open, close         move the leaf; the first of them fits the door position switch
  passage in|out      somebody goes through the passage sensor, which the first passage fits
  rex                 press the request-to-exit button
  fire on|off, tamper on|off
  contact NAME on|off|press|cut|short|chatter   any contact: rex door_position passage_in passage_out ready tamper
                      fire supply mains officer intercom service interlock
  posture P [MS]      command secure, free_access, lockdown, disabled or evacuation, for good or for so long;
                      posture resume withdraws it
  officer admit|refuse   answer whoever waits for an officer, the longest first
  command FILE        let the broker bring this signed command; the connection's nonce is 32 zeros
  wait MS             let so many milliseconds pass
  lose link, restore link   take the broker away, bring it back
  state               say how the door stands
  quit                stop the gate, as the end of the input does

The default door is a strike that may be held released, with a reader on each side and nothing else fitted: a sensor is
there from the first word it says. With --config the contacts of the file are fitted from the start, at rest.
Its lock opens for five seconds; no sensor tells, so whoever was let through counts as gone when these end (wait 6000).

With --virtual-time the clock begins at 2026-01-05T02:00:00Z unless --at says otherwise, and a pass must be valid then.
Without --policy the door applies that of --config, or else the built-in profile visitor-management."""


REPLAYED: Final = """\
One JSON line for each decision that comes out otherwise (id, recorded, replayed, why), and a last one of counts:
  agreed, diverged   made again with the same answer, or another one; diverged too if the digest does not hold
  sealed             the answer rests on health that is sealed and was not opened
  not_told           the answer hangs on something that was not asked when it was recorded, or may not be told
  without_facts      decisions that no rule was asked for (a button, a command), or that nobody may be told about
  other_policy       recorded under another policy than the one it was decided under here
  unknown_policy     recorded under a policy that is not here, of several given; not made again
  other_trust        recorded under another trust list than those given
  refused            no event of a gate, or facts that cannot be read, or say what the record says otherwise

Where just one policy is given, what was recorded under another one is made again under it: so it shows what a changed
rule would have done. Facts and digest carry no signature: whoever can write events can write some that agree. That a
journal is the gate's own is proven by `gapura-ops journal verify`. Exit code 0 if nothing diverged, 1 if something did,
could not be read, or nothing was made again."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusal is one line that says where help is."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and leave with the exit code for usage."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = Parser(prog="gapura", description="The firmware of a gate that reads QR passes.")
    top.add_argument("--version", action="version", version=f"gapura {version('gapura')}")
    commands = top.add_subparsers(title="commands", dest="name", required=True, metavar="COMMAND", parser_class=Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")

    run = add("run", "run the gate of this door until it is told to stop")
    release = add("release", "let go of relay, lamps and sounder, whoever left them on (systemd runs this)")
    text = f"the gate's configuration (default {CONFIG})"
    for sub in (run, release):
        sub.add_argument("--config", type=Path, default=CONFIG, metavar="FILE", help=text)
    check = add("check", "explain every mistake of a configuration at once")
    text = f"the gate's configuration (default {CONFIG}); firmware/control/README.md lists its keys"
    check.add_argument("config", type=Path, metavar="FILE", nargs="?", default=CONFIG, help=text)
    check.add_argument("--text", action="store_true", help="only the file's own text, not what it names")
    doctor = add("doctor", "walk a technician through this door and sign what was found; the gate must not run")
    doctor.add_argument("--config", type=Path, default=CONFIG, metavar="FILE", help=f"its file (default {CONFIG})")
    doctor.add_argument("--again", action="store_true", help="begin anew instead of going on where it was interrupted")
    doctor.add_argument(
        "--simulated", action="store_true", help="play the whole walk at a door in memory, to try these programs here"
    )
    doctor.add_argument("--technician", type=identifier, metavar="ID", help="who walks: an id of a-z, 0-9, -; no name")
    inspect = add("inspect", "say what pictures or codes hold and what would be decided, a JSON line each")
    _judging(inspect)
    inspect.add_argument("--gate", default="gate-1", metavar="G", help="as which gate to decide (default gate-1)")
    inspect.add_argument("--area", default="lobby", metavar="A", help="in which area (default lobby)")
    inspect.add_argument("--direction", choices=("in", "out"), default="in", help="which way (default in)")
    inspect.add_argument("--decode-only", action="store_true", help="only decode; verify and decide nothing")
    inspect.add_argument(
        "--set",
        action="store_true",
        help="take all inputs as the pieces of one pass, such as a health card over several codes",
    )
    inspect.add_argument("--test-keys", action="store_true", help="admit keys known to sign public test vectors")
    inspect.add_argument("--personal", action="store_true", help="also print personal data, where a format has any")
    inspect.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a picture, a text file with one code, or - for codes on standard input, one a line",
    )
    _updating(add("update", "do what an update that was ordered needs next (systemd runs this)"))
    _replaying(add("replay", "make recorded decisions once more and report every one that comes out otherwise"))
    simulate = add("simulate", "play the real gate on simulated hardware, a command a line on stdin")
    simulate.epilog, simulate.formatter_class = SCRIPT, argparse.RawDescriptionHelpFormatter
    _judging(simulate)
    simulate.add_argument("--config", type=Path, metavar="FILE", help="this door instead of the default one")
    text = "a policy that takes over from --policy at its own time (effective); repeatable"
    simulate.add_argument("--then", type=Path, action="append", default=[], metavar="F", help=text)
    simulate.add_argument("--seed", type=int, metavar="N", help="where epoch and names come from")
    simulate.add_argument("--virtual-time", action="store_true", help="time moves only by the command wait")
    return top


def identifier(text: str) -> str:
    """Read an id as it may stand in a record."""
    if not 1 <= len(text) <= 64 or not set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"):  # noqa: PLR2004  ids everywhere
        raise ValueError(text)
    return text


def _replaying(replay: argparse.ArgumentParser) -> None:
    """Add what replay decides by."""
    replay.epilog, replay.formatter_class, add = REPLAYED, argparse.RawDescriptionHelpFormatter, replay.add_argument
    text = "a policy of then, signed or plain JSON; repeatable, each decision is made under the one it names"
    add("--policy", type=Path, action="append", default=[], metavar="F", help=text)
    add("--as", type=Path, dest="as_if", metavar="F", help="decide all of them under this policy instead")
    text = "a trust list of then; repeatable. What was recorded under another one is counted"
    add("--trust", type=Path, action="append", default=[], metavar="F", help=text)
    text = "the health office's key (gapura-ops contact key), for what is sealed to it"
    add("--health-key", type=Path, metavar="F", help=text)
    add("--passphrase-file", type=Path, metavar="F", help="the passphrase of that key, on one line")
    text = (
        "events as JSON lines, with or without their topic, or as simulate prints them, or a copy of a journal "
        "(journal.db); - is standard input"
    )
    add("events", type=Path, nargs="+", metavar="EVENTS", help=text)


def _updating(update: argparse.ArgumentParser) -> None:
    """Add where the updater finds what it works with."""
    etc, add = CONFIG.parent, update.add_argument
    add(
        "--base",
        type=Path,
        default=Path("/opt/gapura"),
        metavar="D",
        help="the folder of releases (default %(default)s)",
    )
    add(
        "--ask",
        type=Path,
        default=Path("/run/gapura/update"),
        metavar="D",
        help="where the gate asks (default %(default)s)",
    )
    add("--config", type=Path, default=CONFIG, metavar="F", help="the gate's file (default %(default)s)")
    add(
        "--root",
        type=Path,
        default=etc / "root.pub",
        metavar="F",
        help="the authority's root key (default %(default)s)",
    )
    text = "the pinned root of the repository (default %(default)s)"
    add("--releases-root", type=Path, default=etc / "releases-root.json", metavar="F", help=text)
    text = "one more authority for HTTPS servers (default %(default)s)"
    add("--ca", type=Path, default=etc / "device-ca.crt", metavar="F", help=text)
    text = "how long a release on trial has for being healthy (default %(default)s)"
    add("--wait-s", type=int, default=300, metavar="S", help=text)


def _judging(parser: argparse.ArgumentParser) -> None:
    """Add what inspect and simulate share: by whom, by what and when to judge."""
    parser.add_argument("--trust", type=Path, action="append", default=[], metavar="F", help=TRUST)
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="F",
        help="a policy: signed, or its plain JSON; without one inspect decides nothing, and simulate takes the door's",
    )
    text = "what the root says of its keys: documents of those it has taken back count for nothing"
    parser.add_argument("--authority", type=Path, metavar="F", help=text)
    text = "a list of revoked passes, as gapura-ops revocations build wrote it"
    parser.add_argument("--revocations", type=Path, metavar="F", help=text)
    parser.add_argument("--at", metavar="T", help="judge as of this time instead of now, like 2026-01-05T08:00+07:00")
