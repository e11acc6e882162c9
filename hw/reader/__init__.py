"""The reader process: camera sources, motion gate, decoders; frames go in and only codes come out."""
