"""American spelling throughout: the package, the chapters, the documents."""

from __future__ import annotations

import json
import re

# Stems, so that every form is found; each is wrong in American English wherever a word begins so.
BRITISH = re.compile(
    r"\b("
    r"\w*colour\w*|\w*behaviour\w*|favour\w*|neighbour\w*|honour\w*|labour\w*|\w*flavour\w*"
    r"|centre\w*|metres?|fibre\w*|theatre\w*"
    r"|(?:re|de|un|mis|pre|non)?"
    r"(?:optimis|initialis|normalis|regularis|generalis|organis|recognis|visualis|minimis|maximis|summaris"
    r"|standardis|serialis|parallelis|vectoris|discretis|quantis|penalis|memoris"
    r"|emphasis(?=e|ing)|realis(?=e|ing)"
    r"|specialis|utilis|categoris|characteris|linearis|randomis|synchronis|tokenis|customis|finalis|apologis"
    r"|analys(?=e[dr]?\b|ing)|catalys(?=e|ing))\w*"
    r"|labell\w*|modell\w*|travell\w*|cancell(?!ation)\w*|signall\w*|fuell\w*|levell\w*|channell\w*"
    r"|licence\w*|defence|offence|grey\w*|catalogue\w*|artefact\w*|programme|programmes|whilst|amongst|learnt"
    r"|fulfil|enrol|judgement\w*|sceptic\w*|practis\w*|ageing|mould\w*|plough\w*"
    r")\b",
    re.IGNORECASE,
)


def british(text: str) -> list[str]:
    return sorted(set(BRITISH.findall(text)))


def test_the_list_finds_what_it_should_and_spares_what_it_should():
    wrong = "colour Behaviour centred optimiser initialised unnormalised labelled licence analysed grey"
    assert len(british(wrong)) == 10
    right = """color behavior centered optimizer initialized labeled license analyses analysis emphasis
        precise exercise otherwise surprise noise cancellation practice program modeling catalog fulfill"""
    assert british(right) == []


def test_spelling(root, chapters):
    texts = {path: path.read_text(encoding="utf-8") for path in root.glob("*.md")}
    texts |= {path: path.read_text(encoding="utf-8") for path in (root / "bigmodel_nb").rglob("*.py")}
    for path in chapters:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        texts[path] = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    found = {str(path.relative_to(root)): british(text) for path, text in texts.items() if british(text)}
    assert found == {}
