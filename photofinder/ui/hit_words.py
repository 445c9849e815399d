"""What is said of hits: how many are good, and what stands over them. Window's thread."""

from PySide6.QtCore import QCoreApplication

from photofinder.library.calibration import Cut
from photofinder.library.ranking import POSSIBLE, REST, STRONG
from photofinder.ui import wording
from photofinder.ui.asking import Answer


def told(answer: Answer) -> str:
    """How many there are, and how long it took: "12 strong, 40 possible · 14 ms"."""
    took = wording.took(answer.seconds)
    if answer.cut is not None:
        return f"{good(answer.cut)} · {took}"
    if not len(answer.listing):
        return _tr("nothing found")
    if answer.is_ranked:
        return _tr("{0} best · {1}").format(wording.count(len(answer.listing)), took)
    return f"{wording.photos(len(answer.listing))} · {took}"


def good(cut: Cut) -> str:
    """How many hits are good: "12 strong, 40 possible"."""
    strong = _tr("{} strong").format(wording.count(cut.strong)) if cut.strong else ""
    possible = _tr("{} possible").format(wording.count(cut.possible)) if cut.possible else ""
    return ", ".join(part for part in (strong, possible) if part) or _tr("nothing like it")


def headings(cut: Cut) -> dict[int, str]:
    """What stands over strong hits, possible ones and the rest. Counted are all photos, also those in stacks."""
    return {
        STRONG: _tr("{} strong").format(wording.count(cut.strong)),
        POSSIBLE: _tr("{} possible").format(wording.count(cut.possible)),
        REST: _tr("{} less likely, as ranked").format(wording.count(cut.rest)),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("hits", text)
