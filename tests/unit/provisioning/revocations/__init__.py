"""Lists of revoked passes at the desk."""
