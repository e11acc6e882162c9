"""Which passes count as one of a class: by their format and by who issued them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass
    from firmware.rules.policy import ClassRule, Policy


def accepted(credential: Pass, rule: ClassRule, policy: Policy) -> bool:
    """Say whether the policy takes this format and issuer, and the class too where it has a list of its own.

    An issuer is named by its name on the trust list or by the id of its key, in lower-case hex digits.
    """
    if credential.format not in policy.formats or (rule.formats is not None and credential.format not in rule.formats):
        return False
    return rule.issuers is None or bool(rule.issuers & {credential.issuer_name, credential.issuer.hex()})
