"""Plain words for a terminal. Imports nothing heavy: `photofinder --version` goes no further."""

import sys


def say_error(message: str) -> None:
    """One plain line on standard error."""
    print(f"photofinder: {printable(message)}", file=sys.stderr)


def printable(text: str) -> str:
    """Text with control characters made visible: a file name must not be able to steer the terminal."""
    return "".join(char if char.isprintable() or char == "\u200d" else f"\\x{ord(char):02x}" for char in text)


def size(size_bytes: int) -> str:
    """Bytes for people."""
    value = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
