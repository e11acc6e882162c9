"""Handing a gate its papers: provisioning documents as sheets, codes, pictures and files."""
