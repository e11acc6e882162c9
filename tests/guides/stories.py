"""Which blocks of which pages belong together, and what is there before.

A page whose blocks are missing here fails the account (`test_every_command...`). Words in `swaps` are those by which
pages name the world: an address, a folder of root's, a file that others publish. What no test can type stands in
`left_out.toml`, with its reason.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from tests.guides.typist import Laid, LeftOut, Own, Step, Typed

FOLDERS: Final = ("provisioning", "firmware/setup")
"""Whose pages are typed: those of the people who set gates up and watch over them."""

DESK: Final = "provisioning/README.md"
GUIDE: Final = "provisioning/guide/README.md"
BROKER: Final = "provisioning/broker/README.md"
CONTRACT: Final = "provisioning/contract/README.md"
ENROLMENT: Final = "provisioning/enrolment/README.md"
FLEET: Final = "provisioning/fleet/README.md"
HANDING: Final = "provisioning/handing/README.md"
IMAGES: Final = "provisioning/images/README.md"
MONITORING: Final = "provisioning/monitoring/README.md"
POLICIES: Final = "provisioning/policies/README.md"
RELEASES: Final = "provisioning/releases/README.md"
ROLLOUT: Final = "provisioning/rollout/README.md"
SETUP: Final = "firmware/setup/README.md"

_HERE: Final = Path(__file__).parent
_PYTHON: Final = "python -c 'from pathlib import Path;"
_AUTHORITY: Final = Own("gapura-ops authority init --dir authority > /dev/null")
_OFFICE: Final = Own(
    "(umask 077; head -c 18 /dev/urandom | base64 > secret)\n"
    "gapura-ops authority init --dir authority --passphrase-file secret > /dev/null"
)
_JUDGED: Final = Own(
    'gapura inspect --trust trust.cose --policy policy.cose --at "$(date "+%F %H:%M:%S %:z")" pass.png > judged'
)

OFFLINE: Final[dict[str, tuple[Step, ...]]] = {
    "first-hour": (Typed(DESK, 1), _JUDGED),
    "operator": (Typed(GUIDE, 1), Typed(GUIDE, 2)),
    "papers": (Typed(HANDING, 1),),
    "inventory": (Typed(FLEET, 1),),
    "cards": (
        _AUTHORITY,
        Own("ssh-keygen -q -t ed25519 -N '' -f id_ed25519"),
        Own(f"{_PYTHON} from tests.unit.provisioning.images import raspios; raspios.lay(Path())'"),
        Own("echo a package > gapura_0.1.0+deb13_arm64.deb"),
        Typed(
            IMAGES,
            1,
            {
                "~/.ssh/id_ed25519.pub": "id_ed25519.pub",
                "raspios-trixie-arm64-lite.img": "raspios.img",
                "--out card.img": "--root-mib 48 --data-mib 24 --out card.img",
            },
        ),
    ),
    "contract": (Typed(CONTRACT, 1, {"DIR": "made"}),),
    "board-file": (
        _AUTHORITY,
        Laid(
            SETUP,
            1,
            "page.toml",
            {"/run/gapura/": "HERE/", "[setup]": '[trust]\nroot = "HERE/authority/root.pub"\n\n[setup]'},
        ),
        Own("""sed "s:HERE:$PWD:; s:^socket = .*:&\\nuser = \\"$(id -un)\\":" page.toml > board.toml"""),
        Own("gapura check board.toml > checked"),
    ),
    "stage": (
        _AUTHORITY,
        Laid(ROLLOUT, 2, "active.toml"),
        Own("gapura-ops config sign --dir authority --out active.cose active.toml > /dev/null"),
    ),
    "cases": (
        Own("gapura-ops policy init --out policy.json --calendar id-2026 > /dev/null"),
        Laid(POLICIES, 1, "cases.yaml"),
        Own("gapura-ops policy test --policy policy.json cases.yaml > tried"),
    ),
    "abroad": (_OFFICE, Own(f"{_PYTHON} from tests.guides import abroad; abroad.lay()'"), Typed(POLICIES, 2)),
}
"""What needs no broker."""

_SIGNED: Final = {"--dir authority": "--dir authority --passphrase-file secret"}
_OBSERVER: Final = {
    f" {name}": f" broker/{name}" for name in ("device-ca.crt", "operator-wall.crt", "operator-wall.key")
}
_PAPER: Final = Own("""python - <<'END'
import time
from pathlib import Path
from provisioning import authority, issuing
folder, passphrase = Path("authority"), Path("secret").read_bytes().strip()
now = not_before = int(time.time())
expires = now + 3600
exec(Path("issue.part").read_text())
assert code.startswith("GP1:"), code
END""")

BROKER_ALONE: Final[tuple[Step, ...]] = (
    Own((_HERE / "city.sh").read_text(encoding="utf-8")),
    Typed(
        BROKER,
        1,
        {"--address localhost": "--address localhost --port $PORT", "/usr/sbin/mosquitto -c ": "broker_runs "},
    ),
    Typed(BROKER, 4),
    Own("kill $(cat broker.pid); wait_for test -s broker/data/mosquitto.db"),
)
"""The shorter one: a broker that serves, and certificates under it."""

CITY: Final[tuple[Step, ...]] = (
    Own((_HERE / "city.sh").read_text(encoding="utf-8")),
    Typed(DESK, 1),
    Typed(
        BROKER,
        1,
        {"--address localhost": "--address localhost --port $PORT", "/usr/sbin/mosquitto -c ": "broker_runs "},
    ),
    Typed(
        BROKER,
        2,
        {
            'host = "localhost"': 'host = "localhost"\nport = $PORT',
            "light = {green": "documents = {trial_s = 10, healthy_s = 1}\nlight = {green",
            'area = "lobby"': 'area = "lobby", stage = "installed"',
            "sleep 10 ": "wait_for connected 0 ",
            "--broker localhost": "--broker localhost:$PORT",
        },
    ),
    Own("serving gate.toml & GATE=$!; wait_for connected 1"),
    Own("mkdir -p .config/gapura"),
    Laid(DESK, 3, ".config/gapura/broker.json", {"mqtt.example:8883": "localhost:PORT"}),
    Own("profile"),
    Typed(DESK, 2, {"--operator guard-2": "--operator authority/operators/guard-2"}),
    Laid(DESK, 4, "issue.part"),
    _PAPER,
    Typed(DESK, 5),
    Own("kill $(cat gate.pid); wait_for connected 2"),
    Typed(DESK, 6, {"-h localhost": "-h localhost -p $PORT"}),
    Typed(
        ROLLOUT,
        1,
        _SIGNED | {"_sector/s-3": "_area/lobby", "--window 22:00-05:00": "--any-time --settle 1 --grace 1"},
    ),
    Own(f"""{_PYTHON} from tests.updating import releases; releases.make(Path("built"), "0.2.0")'"""),
    Typed(
        RELEASES,
        1,
        {
            "/opt/gapura/releases/0.2.0": "built",
            "--broker broker.city.example --ca device-ca.crt --cert desk.crt --key desk.key ": "",
        },
    ),
    Own("inventory; has_come APPROVED ISSUED INSTALLED"),
    Typed(FLEET, 2, _SIGNED | {"north-1": "gate-1"}, {"gapura-ops fleet status": 1}),
    Typed(
        ENROLMENT,
        2,
        {
            "/usr/sbin/mosquitto -c broker/mosquitto.conf & echo $! > mosquitto.pid": "true",
            "--reload-pid-file mosquitto.pid": "--once --reload true",  # SIGHUP kills mosquitto 2.0 sooner or later
            "--broker localhost": "--broker localhost:$PORT",
        },
    ),
    Laid(
        ENROLMENT,
        4,
        "arguments",
        {
            "/var/lib/gapura-enrolment/": "",
            "/etc/gapura-enrolment/inventory.csv": "fleet.csv",
            "/etc/gapura-enrolment": "broker",
            "/etc/mosquitto/gapura": "broker",
            "broker.example.org": "localhost:PORT",
        },
    ),
    Own('sed -i "s/PORT/$PORT/" arguments; has_come INSTALLED'),
    Typed(
        ENROLMENT,
        1,
        {"@/etc/gapura-enrolment/": "@", "GATE...": "gate-1", "GATE": "gate-1", "--ledger F": "--ledger ledger.db"},
    ),
    Typed(BROKER, 3, {"--dir broker": "--dir installed"}),
    Typed(BROKER, 4, {"gate-1": "gate-3"}),
    Typed(BROKER, 5, _OBSERVER | {"broker.example.org -p 8883": "localhost -p $PORT", " -v ": " -C 1 -v "}),
    Laid(MONITORING, 2, "prometheus.yml"),
    Own('python -c \'import yaml; assert yaml.safe_load(open("prometheus.yml"))["rule_files"]\''),
    Own("kill $GATE; wait $GATE"),
    Typed(DESK, 7),
    Typed(DESK, 8, ends={"gapura-ops authority ca retire": 2}),
    Typed(DESK, 9, _OBSERVER | {"broker.example.org": "localhost:$PORT", "wall.key": "wall.key --once"}),
    Own("kill $(cat broker.pid); wait_for test -s broker/data/mosquitto.db"),
)
"""One city on one machine: a desk, a broker that runs, a gate that runs; and every page that speaks of them."""

ALL: Final[tuple[tuple[Step, ...], ...]] = (*OFFLINE.values(), CITY)
"""Every story, for the account."""

LEFT_OUT: Final[LeftOut] = tomllib.loads((_HERE / "left_out.toml").read_text(encoding="utf-8"))
"""What is not typed, and why."""
