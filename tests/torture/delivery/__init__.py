"""No event is lost: gates, brokers and lines are struck, and a consumer of events must end up with every row.

The judge is the journal's file on one side and what the consumer stored on the other; no gate is asked.
"""
