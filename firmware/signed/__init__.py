"""What is signed and how it is checked: CBOR, COSE, the envelope and the warrants behind it. Pure."""
