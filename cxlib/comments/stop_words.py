"""Words that say nothing by themselves, in Swedish and English.

Both lists count in every comment, since customers answer in either language. Words that are empty in one of them and
telling in the other ("fast", "bra") stay, and so do all negations: "inte" and "not" are what detractors write.
"""

from __future__ import annotations

_SWEDISH = """
    alla allt alltid alltså andra annan annat att av bara blev bli blir blivit både de dem den denna deras dess
    dessa det detta dig din dina dit ditt dock du där därför då efter eftersom egen eller en ens er era ert ett fick
    finns fram från få får fått för före ganska ge genom ger gick gjorde gjort gå går gör göra ha hade han hans har
    hela hellre henne hennes hon honom hos hur här i ibland igen in inför innan inom jag ju kan kanske kom komma
    kommer kommit kunde kunna lite man med mellan men mer mest mig min mina mitt mot mycket måste ned ner ni nog nu
    när nära någon något några och också om oss på redan runt samma sedan sen sig sin sina sitt själv ska skall
    skulle som står sätt så sådan sådana sådant tack till tog trots tycker under upp ut utan vad var vara varför
    varit varje vars vart vem vi via vid vilka vilken vilket vill ville väl vår våra vårt än ändå är även åt över
"""

_ENGLISH = """
    a about after again all also am an and any are as at be because been before being between both but by can could
    did do does doing done down during each else even ever every few for from further get gets getting got had has
    have having he her here hers herself him himself his how i i'd i'll i'm i've if in into is it it's its itself
    just let lets made make makes many may me might mine more most much must my myself of off on once one only or
    other our ours ourselves out over own quite rather really same she should since so some still such than that
    that's the their theirs them themselves then there there's these they they'd they'll they're they've this those
    through thus to too under until up upon us very was way we we'd we'll we're we've were what when where which
    while who whom whose why will with within would yet you you'd you'll you're you've your yours yourself
"""

STOP_WORDS = frozenset(f"{_SWEDISH} {_ENGLISH}".split())
