"""What happens at the trial's door, step by step, and what each step must come to; each answers a check.

A blank board lets out and takes nothing but a sheet of its own office; every bad sheet has its reason; whatever kills
the gate, it goes on; and in the end it is a gate. It decides nothing: it shows, presses, and looks.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Final

from firmware.setup.reasons import Why
from firmware.signed import codes as coding
from provisioning.broker.certificates import DeviceCa
from provisioning.demo.checks import check
from provisioning.rig.configuration import RELAY, REX
from provisioning.trial import board, radio
from provisioning.trial.device import PATIENCE_S, Device, wait
from provisioning.trial.office import Office

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from provisioning.broker.watcher import Watcher
    from provisioning.demo.checks import Check

GATE, OTHER = "lobby-1", "lobby-2"
CLOSED_PORT: Final = "127.0.0.1:9"
_PRESS_S: Final = 0.2
_HELD_S: Final = 5.5
_QUIET_S: Final = 1.0
STAGES: Final = ("network", "enrol", "keep", "broker", "lists", "test", "report")


class Story:
    """One device in one office; the steps are called in the order in which they stand."""

    def __init__(self, folder: Path, office: Office, device: Device, watcher: Watcher, chance: Random) -> None:
        """Take the stage."""
        self._folder, self._office, self._device, self._watcher = folder, office, device, watcher
        self._chance = chance
        self._codes: list[str] = []
        self._reported: dict[str, object] = {}
        self.seconds: dict[str, int] = {}

    def lets_out(self) -> Check:
        """A blank board frees the lock for whoever is inside, by button and by any code, and for nobody outside."""
        device, faults = self._device, list[str]()
        device.keeper.set(board.TAMPER, level=False)
        time.sleep(_QUIET_S)
        device.keeper.set(REX, level=False)
        if not wait(lambda: device.pins.on(RELAY), 5):
            faults.append("button")
        device.keeper.set(REX, level=True)
        wait(lambda: not device.pins.on(RELAY), 10)
        device.show("https://example.org/anything", board.INSIDE)
        if not wait(lambda: device.pins.on(RELAY), 10):
            faults.append("code_inside")
        device.show(None, board.INSIDE)
        wait(lambda: not device.pins.on(RELAY), 10)
        moved = len(device.pins.changes())
        device.show(self._office.day_pass())
        if not device.await_said("outside: deny in", timeout_s=10):
            faults.append("pass_outside_unseen")
        if any(one.pin == RELAY and one.level for one in device.pins.changes(moved)):
            faults.append("opened_outside")
        device.show(None)
        return check("lets-out", faults, 3)

    def foreign_sheet(self) -> Check:
        """A sheet of another office is refused."""
        other = Office(self._folder / "other", GATE)
        return self._refused("foreign-authority", other.papers(GATE), Why.FOREIGN)

    def wifi_password(self) -> Check:
        """A wrong Wi-Fi password is told by its own word, and the right one lets the set-up go on where it was."""
        device = self._device
        for code in self._office.wifi(radio.SSID, radio.WRONG):
            device.show_until([code], lambda: device.said("a network was brought") > 0, 20)
        self._codes = self._office.papers(GATE, broker=CLOSED_PORT)
        found = self._refused("wifi-password", self._codes, Why.WIFI_PASSWORD)
        enrolled = device.said("set-up: enrol\n")
        went_on = device.show_until(
            self._office.wifi(radio.SSID, radio.PASSWORD), lambda: device.said("set-up: enrol\n") > enrolled, 20
        )
        return found if went_on else check("wifi-password", ["does_not_go_on"], 1)

    def unreachable(self) -> Check:
        """A broker that is not there is told, and tried again."""
        return self._refused("broker-unreachable", self._codes, Why.BROKER_UNREACHABLE)

    def ca_mismatch(self) -> Check:
        """A broker of another CA than the sheet's is not talked to, and a newer sheet takes the older one's place."""
        folder = self._folder / "foreign-ca"
        folder.mkdir()
        DeviceCa.create().write(folder)
        found = self._office.papers(GATE, "--again", device_ca=folder)
        return self._refused("ca-mismatch", found, Why.CA_MISMATCH)

    def old_sheet(self) -> Check:
        """A sheet that was replaced sets nothing up any more."""
        return self._refused("old-sheet", self._codes, Why.OLD_DOCUMENT)

    def half_a_set(self) -> Check:
        """All codes but one come to nothing."""
        device = self._device
        self._codes = self._office.papers(GATE, "--again")
        taken, counted = device.said("was taken"), device.said(f"of {len(self._codes)} codes")
        shown = self._codes[1:]
        for number, code in enumerate(shown, 1):
            device.show(code)
            device.await_said(f"of {len(self._codes)} codes", counted + number, 10)
        device.show(None)
        time.sleep(_QUIET_S)
        seen = device.said(f"of {len(self._codes)} codes") - counted >= len(shown)
        faults = ["not_seen"] * (not seen) + ["taken"] * (device.said("was taken") != taken)
        return check("half-a-set", faults, len(shown))

    def becomes_a_gate(self, kills: int) -> Check:
        """The good sheet makes the gate, killed at stages drawn by lot, and it is installed in the ledger."""
        device, began_s = self._device, time.monotonic()
        at = sorted(self._chance.sample(range(len(STAGES)), min(kills, len(STAGES))))
        landed: list[str] = []
        faults = [] if self._becomes(at, began_s, landed) else ["not_reported"]
        state = self._office.state(GATE)
        if state != "installed":
            faults.append(f"ledger_{state.replace(' ', '_')}")
        if not self._watcher.wait(lambda seen: any(_online(one.topic, one.payload) for one in seen), 10):
            faults.append("not_on_the_broker")
        whole = device.state / "provisioned" / "gapura.toml"
        faults += [] if whole.exists() and (device.state / "setup.json").exists() is False else ["left_over"]
        return check(
            "becomes-a-gate",
            faults,
            len(at) + 1,
            seconds=self.seconds.get("gate", 0),
            killed=",".join(landed) or "none",
        )

    def opens(self) -> Check:
        """The gate opens for a pass that is shown to the same camera."""
        device, began_s = self._device, time.monotonic()
        device.show(self._office.day_pass())
        opened = wait(lambda: device.pins.on(RELAY), 15)
        device.show(None)
        self.seconds["opens"] = round(time.monotonic() - began_s)
        wait(lambda: not device.pins.on(RELAY), 10)
        return check("opens", [] if opened else ["stays_locked"], 1)

    def moved(self) -> Check:
        """A new document over the broker gives a working gate a new key and certificate, and it is active."""
        device, before = self._device, self._certificate()
        reported = device.said("; the desk has it as active")
        self._codes = self._office.papers(GATE, "--again")
        self._office.desire(GATE, _joined(self._codes))
        faults = [] if device.await_said("; the desk has it as active", reported + 1) else ["not_reported"]
        faults += ["same_certificate"] * (self._certificate() == before)
        return check("moved", faults, 1)

    def window(self) -> Check:
        """A sheet counts at a gate only while the button in the open case has opened the window."""
        device, faults = self._device, list[str]()
        other = self._office.papers(OTHER)
        if not device.show_until(other[:1], lambda: device.said(Why.WINDOW_CLOSED) > 0, 15):
            faults.append("closed_window_silent")
        device.keeper.set(board.TAMPER, level=True)
        time.sleep(_PRESS_S)
        device.keeper.set(board.SERVICE, level=False)
        if not device.await_said("the window for provisioning documents is open", timeout_s=_HELD_S + 5):
            faults.append("not_opened")
        device.keeper.set(board.SERVICE, level=True)
        device.keeper.set(board.TAMPER, level=False)
        if not device.show_until(other, lambda: device.said(Why.OTHER_GATE) > 0, 20):
            faults.append("other_gate_silent")
        return check("window", faults, 3)

    def retired(self) -> Check:
        """An order of somebody entitled makes the gate nobody's: no key is left, and it waits for codes again."""
        device, blank = self._device, self._device.said("gate blank is ready")
        self._office.order(GATE, "retire")
        faults = [] if device.await_said("gate blank is ready", blank + 1, 30) else ["not_blank"]
        faults += [f"left_{path.name}" for path in device.state.rglob("*.key")]
        faults += ["identity"] if (device.state / "provisioned").exists() else []
        return check("retired", faults, 1)

    def used_sheet(self) -> Check:
        """A second device with the used sheet, from its boot partition, gets nothing, and the gate is suspended."""
        thief = Device(self._folder / "thief", self._office.root, cameras=False)
        (thief.folder / "boot" / "gapura-provision.cose").write_bytes(_joined(self._codes))
        with thief:
            answers = (Why.CLAIM_USED, Why.SUSPENDED)  # the second where the broker began anew before the first came
            wait(lambda: any(thief.said(f"set-up: {one}") for one in answers), 2 * PATIENCE_S)
            told = [one.value for one in answers if thief.said(f"set-up: {one}")]
        faults = [] if told else ["silent"]
        faults += [] if wait(lambda: "suspended" in self._office.state(GATE), 5) else ["not_suspended"]
        faults += ["identity"] if (thief.state / "provisioned").exists() else []
        return check("used-sheet", faults, 1, reason=",".join(told) or "none")

    def result(self) -> dict[str, object]:
        """Say what the device has become, for `gate.json`."""
        return {"gate": GATE, "area": "lobby", "seconds": self.seconds, **self._reported}

    def _certificate(self) -> bytes:
        return (self._device.state / "provisioned" / "gate.crt").read_bytes()

    def _becomes(self, at: list[int], began_s: float, landed: list[str]) -> bool:
        """Show the sheet, kill the gate at these stages, and wait until it has reported.

        `landed` gets the stage in which each kill was seen to land: the last one that the log had when the gate was
        dead, which may be a later one than was aimed at.
        """
        device = self._device
        before = {stage: device.said(f"set-up: {stage}\n") for stage in STAGES}
        taken = device.said("was taken")
        if not device.show_until(self._codes, lambda: device.said("was taken") > taken):
            return False
        self.seconds["codes"] = round(time.monotonic() - began_s)
        for number in at:
            device.await_said(f"set-up: {STAGES[number]}\n", before[STAGES[number]] + 1)
            device.kill()
            stages = re.findall(rf"set-up: ({'|'.join(STAGES)})\n", device.log.read_text(errors="replace"))
            landed.append(stages[-1])
        done = wait((device.state / "provisioned" / "reported.json").exists, PATIENCE_S)
        self.seconds["gate"] = round(time.monotonic() - began_s)
        if done:
            self._reported = json.loads((device.state / "provisioned" / "reported.json").read_text(encoding="utf-8"))
        return done

    def _refused(self, name: str, codes: list[str], why: Why) -> Check:
        """Show codes until the gate has said why they come to nothing."""
        device = self._device
        before = device.said(f"set-up: {why};")
        told = device.show_until(codes, lambda: device.said(f"set-up: {why};") > before, 30)
        faults = [] if told else ["silent"]
        faults += ["identity"] if (device.state / "provisioned").exists() else []
        return check(name, faults, len(codes), reason=why.value)


def _joined(codes: list[str]) -> bytes:
    """Put the codes of a sheet together."""
    collector = coding.Collector()
    whole = [collector.take(code.encode()) for code in codes][-1]
    return whole.envelope if isinstance(whole, coding.Whole) else b""


def _online(topic: str, payload: bytes) -> bool:
    return topic == f"gapura/1/{GATE}/availability" and payload == b"online"
