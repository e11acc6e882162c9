"""What a bench needs around the real programs: the service manager's part, and nothing that decides.

The supervisor does what the shipped units say; it is used by the demonstration and by the torture runs.
"""
