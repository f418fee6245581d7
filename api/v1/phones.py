"""What kind of phone somebody has, coarse enough to name nobody: to see whom the machine fails."""

from __future__ import annotations

import re

_ANDROID = re.compile(r"Android (\d{1,2})")
_IPHONE = re.compile(r"(?:iPhone|CPU) OS (\d{1,2})_")
_HARMONY = re.compile(r"(?:HarmonyOS|OpenHarmony)[ /](\d{1,2})?")
OTHER = "other"


def kind_of_phone(user_agent: str) -> str:
    """Return the system and its main version, as a browser tells them: Android 10, iPhone 17."""
    for name, form in (("HarmonyOS", _HARMONY), ("Android", _ANDROID), ("iPhone", _IPHONE)):
        found = form.search(user_agent)
        if found is not None:
            return f"{name} {found[1]}" if found[1] else name
    return OTHER
