"""Every error PhotoFinder raises on purpose.

PhotoFinderError
├── EnvironmentProblem   the computer around us: disk full, read-only, catalogue too new, bundle missing or altered
│   ├── DamagedCatalogue the catalogue file itself is not what was written: put a backup back
│   └── BundleProblem    a bundle that is missing, altered, or cannot be had
├── MediaProblem         one photo cannot be read; recorded on its row, never stops ingest
├── QueryProblem         the user asked for something that cannot be answered as asked
└── Cancelled            the user stopped it

Anything else that is raised is a bug. Third-party exceptions are translated once, in the adapter that owns the library.
"""

import enum


class PhotoFinderError(Exception):
    """Something went wrong that a person can understand: `what` happened, and a `remedy` if there is one."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class EnvironmentProblem(PhotoFinderError):
    """The computer, not a photo: the stage stops, what is committed stays, and the work can be resumed."""


class DamagedCatalogue(EnvironmentProblem):
    """The catalogue file is damaged: a disk or another program altered it. A backup can be put in its place."""


class BundleProblem(EnvironmentProblem):
    """An encoder bundle is missing, altered, not understood, or could not be fetched."""


class QueryProblem(PhotoFinderError):
    """A question that cannot be answered as asked; the message says how to ask it."""


class Cancelled(PhotoFinderError):
    """The user stopped the work; everything committed so far stays."""

    def __init__(self) -> None:
        super().__init__("Stopped.")


class FailureKind(enum.StrEnum):
    """Why a photo could not be read: stored in the catalogue and shown by name, so values never change."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    DENIED = "no permission"
    VANISHED = "vanished"
    CRASHED = "crashed the decoder"
    TOO_SLOW = "took too long"


class MediaProblem(PhotoFinderError):
    """One photo cannot be read. `what` is a sentence a person understands; `kind` groups such photos."""

    def __init__(self, kind: FailureKind, what: str) -> None:
        super().__init__(what)
        self.kind = kind
