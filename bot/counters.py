"""Figures of the callback for /metrics: how many were taken, how many were turned away and why. No personal data."""

from __future__ import annotations

from prometheus_client import Counter

TAKEN = Counter("wechat_callbacks_taken", "Messages and events of WeChat that were answered", ["kind"])
REFUSED = Counter("wechat_callbacks_refused", "Requests to the callback that were turned away", ["reason"])
ERRORS = Counter("wechat_errors", "Calls of WeChat's API that failed, by what kind of trouble it was", ["trouble"])
