"""`gapura-ops`: the command line of technicians and the operations room. It only picks the command.

stdout carries JSON lines and nothing else; what goes wrong is said in plain lines on stderr, never in a traceback.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from firmware.signed.wording import legible
from provisioning.cli import Parser
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

INTERRUPTED: Final = 130

MODULES: Final[dict[str, tuple[str, ...]]] = {
    "provisioning.custody.command": ("authority",),
    "provisioning.desk": ("trust", "pass"),
    "provisioning.policies.command": ("policy",),
    "provisioning.service": ("service-card", "commissioning"),
    "provisioning.doc": ("config", "doc"),
    "provisioning.revocations.command": ("revocations",),
    "provisioning.timing": ("time",),
    "provisioning.handing.command": ("provision",),
    "provisioning.keys": ("keys",),
    "provisioning.contact": ("contact",),
    "provisioning.journal": ("journal",),
    "provisioning.contract.publish": ("contract",),
    "provisioning.watch.command": ("watch",),
    "provisioning.commanding.command": ("cmd",),
    "provisioning.images.command": ("image",),
    "provisioning.guide.command": ("print",),
    "provisioning.enrolment.command": ("enrol",),
    "provisioning.fleet_command": ("fleet",),
    "provisioning.rollout.command": ("rollout",),
    "provisioning.releases.command": ("release",),
}
"""Which module registers which commands: only the one asked for is imported, for all of them take half a second."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code: 0 done, 1 failed, 2 a mistake to mend, 130 Ctrl-C."""
    parser = Parser(prog="gapura-ops", description="Keys, trust lists, policies and passes for Gapura gates.")
    groups = parser.add_subparsers(dest="group", required=True, metavar="COMMAND", parser_class=Parser)
    words = sys.argv[1:] if argv is None else argv
    for module in _wanted(words[0] if words else ""):
        import_module(module).register(groups)
    arguments = _parse(parser, words)
    run: Callable[..., int] = arguments.run
    try:
        return run(arguments)
    except OperatorError as error:
        for line in error.lines:
            sys.stderr.write(f"gapura-ops: {legible(line)}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _wanted(command: str) -> list[str]:
    """The module of one command; all of them where the first word is none of theirs, for help or for what is said."""
    return [module for module, commands in MODULES.items() if command in commands] or list(MODULES)


def _parse(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Parse, and let the words of `cmd` stand after its options too, where argparse looks for none."""
    arguments, late = parser.parse_known_args(argv)
    if late and (not hasattr(arguments, "words") or any(word.startswith("-") for word in late)):
        parser.error(f"unrecognized arguments: {' '.join(late)}")
    if late:
        arguments.words = [*arguments.words, *late]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
