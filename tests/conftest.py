"""How every test runs: three hypothesis profiles, and the coverage of each room below the list of tests.

Nothing here is a fixture of a subject; those stand beside the tests that use them.
"""

from __future__ import annotations

import secrets
import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import rooms

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHOLE = (
    "claim_privacy",
    "commands",
    "commissioning",
    "company",
    "contract",
    "demo",
    "desired_at_the_door",
    "enrolment_ends",
    "guides",
    "home_assistant",
    "officer",
    "privacy",
    "revocations_at_the_door",
    "rotated_set_up",
    "rollout",
    "rollout_at_the_door",
    "rotating_at_the_door",
    "rollout_lists",
    "trusted_time",
    "watch",
    "watch_terminal",
    "whole_area",
)
TRIALS = ("tests/torture/", "tests/updating/", *(f"tests/broker/test_{name}.py" for name in _WHOLE))
"""Tests of whole gates and desks in processes of their own, which take minutes together: `make trials` runs these."""

STEADY = "steady"
WANDER = "wander"
BRIEF = "brief"
"""A few examples only, for tests that run thousands of times."""

_SLOW = [hypothesis.HealthCheck.too_slow]
"""How long drawing takes says how busy the machine is, and nothing of the code."""
hypothesis.settings.register_profile(
    STEADY, derandomize=True, deadline=None, print_blob=True, database=None, suppress_health_check=_SLOW
)
hypothesis.settings.register_profile(
    WANDER, deadline=None, print_blob=True, max_examples=1_000, suppress_health_check=_SLOW
)
hypothesis.settings.register_profile(
    BRIEF, derandomize=True, deadline=None, database=None, max_examples=6, suppress_health_check=_SLOW
)
hypothesis.settings.load_profile(STEADY)


# In the background of a shell both are ignored, and whatever the tests start would inherit that.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give a wandering run a seed that can be named afterwards."""
    if config.option.hypothesis_profile == WANDER and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the trials."""
    for item in items:
        if item.path.relative_to(config.rootpath).as_posix().startswith(TRIALS):
            item.add_marker(pytest.mark.trial)


def pytest_report_header(config: pytest.Config) -> str:
    """Name the profile and what chooses its examples."""
    profile = config.option.hypothesis_profile or STEADY
    seed = config.option.hypothesis_seed
    return f"examples: profile {profile}, " + (f"seed {seed}" if seed else "derandomised: the same in every run")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Print the coverage of each room after everything else, so that pytest's own verdict stays the last line."""
    yield
    if config.pluginmanager.hasplugin("_cov") and config.option.cov_source:
        terminalreporter.section("branch coverage by room")
        for line in rooms.report(rooms.measured()):
            terminalreporter.write_line(line)
