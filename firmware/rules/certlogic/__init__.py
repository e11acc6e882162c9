"""CertLogic: published national rules as they are, checked once and evaluated within fixed bounds. Pure."""
