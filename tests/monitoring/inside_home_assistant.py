"""Runs in Home Assistant's Python: its core and its own mqtt integration against our broker, and nothing else of it.

Reads a JSON object of settings from the first line of stdin; for every further line it prints all states as one JSON
object, and ends with stdin. It judges nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from homeassistant import bootstrap, config_entries, core, loader
from homeassistant.setup import async_setup_component

NOT_NEEDED = {"auth", "file_upload", "http", "websocket_api"}
"""What the integration depends on for its dialogues in a browser; said to be there, so that no server is opened."""


async def main() -> None:
    """Set up the integration as a user's settings would, and answer until stdin ends."""
    settings = json.loads(await asyncio.to_thread(sys.stdin.readline))
    hass = core.HomeAssistant(settings.pop("folder"))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await asyncio.to_thread(Path(hass.config.path("configuration.yaml")).touch)
    await bootstrap.async_load_base_functionality(hass)
    hass.config.components.update(NOT_NEEDED)
    hass.set_state(core.CoreState.running)
    entry = config_entries.ConfigEntry(
        data=settings | {"protocol": "5", "tls_insecure": False, "discovery": True},
        discovery_keys={},
        domain="mqtt",
        minor_version=1,
        options={},
        source="user",
        subentries_data=None,
        title="broker",
        unique_id=None,
        version=2,
    )
    hass.config_entries._entries[entry.entry_id] = entry
    await async_setup_component(hass, "mqtt", {})
    while await asyncio.to_thread(sys.stdin.readline):
        states = {one.entity_id: {"state": one.state, **one.attributes} for one in hass.states.async_all()}
        print(json.dumps(states, default=str), flush=True)  # noqa: T201
    await hass.async_stop(force=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(main())
