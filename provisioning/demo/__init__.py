"""The demonstration: a whole gate on one machine, people who walk up to it, and a judge who sees only pins and broker.

Nothing here decides for the gate or reads what it says about itself.
"""
