"""The window's tests run without a screen, and fail on any warning of Qt's."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
