"""Lists of revoked passes: kept, built of what issuers publish, told apart, and signed for the gates."""
