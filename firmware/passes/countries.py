"""From the three letters by which travel documents name a state to the two of certificates (ISO 3166-1). Data only."""

from __future__ import annotations

import re
from typing import Final

_THREE: Final = re.compile(r"[A-Z]{3}\Z")

_PAIRS: Final = (
    "ABWAW AGOAO ALAAX ANDAD AREAE ARMAM ATAAQ ATFTF ATGAG AUTAT BDIBI BENBJ BESBQ BGDBD BHSBS BIHBA "
    "BLRBY BLZBZ BRBBB BRNBN CAFCF CHLCL CHNCN CODCD COGCG COKCK COMKM CPVCV CUWCW CYMKY DNKDK ESHEH "
    "ESTEE FLKFK FROFO FSMFM GINGN GLPGP GNBGW GNQGQ GRDGD GRLGL GUFGF GUYGY IRLIE IRQIQ ISRIL JAMJM "
    "KAZKZ KORKR LBRLR LBYLY MACMO MAFMF MDGMG MDVMV MEXMX MLTMT MNEME MNPMP MOZMZ MTQMQ MYTYT NIUNU "
    "PAKPK PCNPN PLWPW PNGPG POLPL PRKKP PRTPT PRYPY PYFPF SENSN SGSGS SLBSB SLVSV SPMPM SRBRS SURSR "
    "SVKSK SVNSI SWESE SWZSZ SYCSC TCDTD TKMTM TUNTN TURTR TUVTV UKRUA URYUY WLFWF"
)
"""States whose two letters are not the first two of their three: these and then those."""

_OTHERS: Final = {pair[:3]: pair[3:] for pair in _PAIRS.split()}

_GERMANY: Final = "D"
"""How travel documents write it, alone among the states (ICAO Doc 9303-3, section 5)."""


def two_letters(code: str) -> str | None:
    """Return the two letters of a state that is named as in travel documents; None for what cannot be a state."""
    if code == _GERMANY:
        return "DE"
    return _OTHERS.get(code, code[:2]) if _THREE.match(code) else None
