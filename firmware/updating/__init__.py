"""Software update: how a gate gets another release, tries it once, and is never without a good one."""
