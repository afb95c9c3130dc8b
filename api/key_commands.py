"""The operations behind `guangzhi keys`."""

from __future__ import annotations

from typing import Any

from api.keys import PER_DAY, PER_MINUTE, ApiKey, Keys
from api.wiring import Assistant, Progress


def add(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{name, scopes, per_day?, per_minute?} → the key as listed, and `secret`, told this once. Raises KeyRefused."""
    limits = int(params.get("per_day", PER_DAY)), int(params.get("per_minute", PER_MINUTE))
    key, secret = Keys(assistant.database).add(str(params["name"]), [str(s) for s in params["scopes"]], *limits)
    return {**_told(key), "secret": secret}


def listing(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    return {"keys": [_told(key) for key in Keys(assistant.database).all()]}


def revoke(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{name: name or id} → the key. Raises KeyNotFound."""
    return _told(Keys(assistant.database).revoke(str(params["name"])))


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "per_day": key.per_day,
        "per_minute": key.per_minute,
        "created": key.created_at.isoformat(timespec="seconds"),
        "revoked": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
        "today": key.today,
    }


KEY_COMMANDS = {"keys_add": add, "keys": listing, "keys_revoke": revoke}
