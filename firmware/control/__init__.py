"""The shell around the pure rooms: clocks, queue, configuration and the one thread that decides."""
