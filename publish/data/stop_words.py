"""English words that say nothing about what a text is about."""

from __future__ import annotations

_STOP_WORDS = """
a about above after again against all also although always am among an and another any are as at
be because been before being below between both but by can could did do does doing don done down
during each either else etc even every few for from further get gets getting got had has have
having he her here hers herself him himself his how however i if im in instead into is isn it its
itself just like ll m many may maybe me might mine more most much must my myself neither no nor
not of off often on once only onto or other others ought our ours ourselves out over own per
please re really s same shall she should since so some still such t than thank thanks that the
their theirs them themselves then there these they this those though through thus to too toward
under until up upon us ve very via was we were what when where whether which while who whom whose
why will with within without would yet you your yours yourself
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
