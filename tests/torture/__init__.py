"""What a gate withstands: real processes killed, frozen, starved and misled, judged by pins, journal and broker.

Nothing here looks into a process or waits for its word that all is well; the pin keeper and a separate subscriber are
the judges.
"""
