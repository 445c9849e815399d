"""Bringing what a loader has of a photo onto a canvas, and saying what it could not get."""

from functools import partial

from PySide6.QtCore import QCoreApplication

from photofinder.core.errors import MediaProblem, PhotoFinderError
from photofinder.library.details import REMEDIES
from photofinder.library.pictures import OutOfReach
from photofinder.ui.picture_canvas import PictureCanvas
from photofinder.ui.picture_frame import Quality
from photofinder.ui.picture_loader import PictureLoader


def present(canvas: PictureCanvas, loader: PictureLoader, photo_id: int) -> None:
    """Show the best there is of the photo now; called whenever the loader has something. Window's thread.

    Without anything to see, the reason is said in its place; with less than all of it, at its foot. A thumbnail may
    come from the cache when the original has long been away.
    """
    frame, shown = loader.best(photo_id), canvas.frame
    if frame is not None and (shown is None or frame.quality > shown.quality):
        canvas.notice.hide()
        canvas.show_frame(frame)
    problem = loader.problem(photo_id, Quality.THUMBNAIL if canvas.frame is None else Quality.FULL)
    if problem is not None:
        canvas.show_notice(*_said(problem, nothing=canvas.frame is None))


def _said(problem: PhotoFinderError, *, nothing: bool) -> tuple[str, str]:
    tr = partial(QCoreApplication.translate, "Picture")
    if isinstance(problem, OutOfReach):
        then = "Until then this photo cannot be shown." if nothing else "Until then only its preview can be shown."
        return tr("Plug in {}").format(problem.drive), tr(then)
    return tr("This photo cannot be shown" if nothing else "Only its preview can be shown"), explained(problem)


def explained(problem: PhotoFinderError) -> str:
    """What happened and what to do about it."""
    remedy = REMEDIES[problem.kind] if isinstance(problem, MediaProblem) else problem.remedy
    return f"{problem.what}\n{remedy}".strip()
