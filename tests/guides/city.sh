# shellcheck shell=bash
# What a story of a whole city needs besides the pages: to wait for what runs, and a gate that starts again as its unit would.

wait_for() {
    for _ in $(seq 900); do
        if "$@" >waited 2>&1; then return 0; fi
        sleep 0.1
    done
    cat waited >&2
    return 1
}

listens() { (exec 3<>"/dev/tcp/localhost/$PORT"); }

connected() { test "$(grep -c 'link: connected to' "$STORY_ERR")" -gt "$1"; }

# Started by root, mosquitto goes on as a user of its own, to whom the folder is given as the page says.
broker_runs() {
    if [[ "$(id -u)" -eq 0 ]]; then chown -R mosquitto broker; fi
    (
        /usr/sbin/mosquitto -c "$1" &
        echo $! >broker.pid
    )
    wait_for listens
}

serving() {
    while :; do
        gapura run --config "$1" &
        echo $! >gate.pid
        # This child, not a later one.
        # shellcheck disable=SC2064
        trap "kill $!; wait $!; exit 0" TERM
        wait $! || true
    done
}

profile() {
    sed -i "s/PORT/$PORT/" .config/gapura/broker.json
    cp broker/device-ca.crt broker/operator-desk.{crt,key} .config/gapura/
}

inventory() {
    printf '%s\n' kind,id,area,sector,door,readers,board,approved,stage,brokers organisation,city,,,,,,,,localhost \
        sector,health area,lobby gate,gate-1,lobby,health,strike,outside,pi4-strike,yes,installed >fleet.csv
}

# What the enrolment service would have written down.
has_come() {
    python - "$@" <<'END'
import sys
from contextlib import closing
from pathlib import Path

from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State

with closing(Ledger.open(Path("ledger.db"))) as ledger:
    if not ledger.gates():
        ledger.enter("gate-1", by="desk", at=1)
    for state in sys.argv[1:]:
        ledger.move("gate-1", State[state], by="desk", why="", at=2)
    ledger.note("gate-1", "self-test passed", by="gate-1", why="", at=3)
END
}
