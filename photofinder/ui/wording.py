"""Numbers, sizes and times as people say them, in the language of the window. Window's thread only."""

from PySide6.QtCore import QCoreApplication, QLocale


def count(number: int) -> str:
    """A whole number with the language's grouping: 12,345."""
    return QLocale().toString(number)


def photos(number: int) -> str:
    """How many photos: "no photos", "1 photo", "12,345 photos"."""
    if number == 0:
        return _tr("no photos")
    return _tr("1 photo") if number == 1 else _tr("{} photos").format(count(number))


def size(size_bytes: int) -> str:
    """A size with a decimal unit, as drives and shops have it: "84 MB"."""
    return QLocale().formattedDataSize(
        size_bytes,
        1 if size_bytes >= 1_000_000_000 else 0,
        QLocale.DataSizeFormat.DataSizeSIFormat,
    )


def time_left(seconds: float) -> str:
    """How long something will still take, no more exactly than is known."""
    if seconds < 45:
        return _tr("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 90:
        return _tr("about 1 minute left") if minutes <= 1 else _tr("about {} minutes left").format(minutes)
    return _tr("about {} hours left").format(round(seconds / 3600))


def rate(per_second: float) -> str:
    """A rate without false exactness: "0.4", "3.8", "38"."""
    return QLocale().toString(per_second, "f", 0 if per_second >= 10 else 1)


def took(seconds: float) -> str:
    """How long something took: "14 ms", "1.2 s"."""
    if seconds < 1:
        return _tr("{} ms").format(max(1, round(seconds * 1000)))
    return _tr("{} s").format(QLocale().toString(seconds, "f", 1))


def _tr(text: str) -> str:
    return QCoreApplication.translate("wording", text)
