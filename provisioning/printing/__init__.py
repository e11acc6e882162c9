"""Day passes for people to hold: one layout, drawn as PNG, SVG or PDF, or on the terminal."""
