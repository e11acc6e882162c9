"""The bench's own tools: a console, a monitor, an archive. No machine is emulated here."""
