"""The house itself: its folders, documents, locks and import rules."""
