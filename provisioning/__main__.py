"""`gapura-ops`: the command line of technicians and the operations room. It only picks the command.

stdout carries JSON lines and nothing else; what goes wrong is said in plain lines on stderr, never in a traceback.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from provisioning import contact, desk, doc, journal, keys, service, timing
from provisioning.cli import Parser
from provisioning.commanding import command as cmd
from provisioning.contract import publish
from provisioning.mistake import FAILED, OperatorError
from provisioning.watch import command as watch

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code: 0 done, 1 failed, 2 a mistake to mend, 130 Ctrl-C."""
    parser = Parser(prog="gapura-ops", description="Keys, trust lists, policies and passes for Gapura gates.")
    groups = parser.add_subparsers(dest="group", required=True, metavar="COMMAND", parser_class=Parser)
    desk.register(groups)
    service.register(groups)
    doc.register(groups)
    timing.register(groups)
    keys.register(groups)
    contact.register(groups)
    journal.register(groups)
    publish.register(groups)
    watch.register(groups)
    cmd.register(groups)
    arguments = _parse(parser, argv)
    run: Callable[..., int] = arguments.run
    try:
        return run(arguments)
    except OperatorError as error:
        for line in error.lines:
            sys.stderr.write(f"gapura-ops: {line}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parse(parser: Parser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse, and let the words of `cmd` stand after its options too, where argparse looks for none."""
    arguments, late = parser.parse_known_args(argv)
    if late and (not hasattr(arguments, "words") or any(word.startswith("-") for word in late)):
        parser.error(f"unrecognized arguments: {' '.join(late)}")
    if late:
        arguments.words = [*arguments.words, *late]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
