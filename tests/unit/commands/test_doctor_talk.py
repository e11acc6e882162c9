"""What the doctor says at a terminal: there is something to say of every step, whenever somebody presses Enter."""

from __future__ import annotations

import pytest

from firmware.commands import doctor_talk as talk
from firmware.doctor.stages import Stage
from firmware.doctor.steps import Kind, Step


@pytest.mark.parametrize("stage", Stage)
def test_a_step_that_looks_by_itself_asks_for_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that means nothing while the broker is tried ended the walk."""
    talk.present(Step("broker", Kind.CHECK), stage, "3/9")
    assert capsys.readouterr().err.endswith("3/9 broker: wait ...\n")
