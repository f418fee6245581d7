"""The account's menu as data: one declaration for what is pushed to WeChat and what the simulator shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.intents import Intent
from bot.replies import MENU
from words import MENU_TAG

if TYPE_CHECKING:
    from wechat import WechatApi

_MINE = (Intent.PEOPLE, Intent.REQUESTS, Intent.BIND, Intent.HELPERS, Intent.HUMAN)
_SERVICES = (
    Intent.CHANGE_ADDRESS,
    Intent.CHANGE_PHONE,
    Intent.HOME_VISIT,
    Intent.REPORT_DEATH,
    Intent.REPORT_FRAUD,
)
_RELATIVES_SERVICES = (
    Intent.REPORT_DEATH,
    Intent.HOME_VISIT,
    Intent.CHANGE_ADDRESS,
    Intent.MOVE_AWAY,
    Intent.REPORT_MISSING,
)


def build_menu() -> dict[str, Any]:
    """Return the menu of everybody, as WeChat's `menu/create` takes it: three entries, at most five under each."""
    return {
        "button": [
            _tap(Intent.CERTIFY, MENU["certify"]),
            {"name": MENU["services"], "sub_button": [_tap(intent) for intent in _SERVICES]},
            {"name": MENU["mine"], "sub_button": [_tap(intent) for intent in _MINE]},
        ]
    }


def build_relatives_menu(tag_id: int) -> dict[str, Any]:
    """Return the menu of relatives, as `menu/addconditional` takes it: WeChat tells them by their tag alone."""
    return {
        "button": [
            {
                "name": MENU["certify_family"],
                "sub_button": [_tap(Intent.CERTIFY), _tap(Intent.PEOPLE, MENU["dates"])],
            },
            {"name": MENU["services"], "sub_button": [_tap(intent) for intent in _RELATIVES_SERVICES]},
            {"name": MENU["mine"], "sub_button": [_tap(intent) for intent in _MINE]},
        ],
        "matchrule": {"tag_id": str(tag_id)},
    }


def push_menu(api: WechatApi) -> tuple[str, ...]:
    """Replace the account's menus by these and return the top entries; raises WechatRefused."""
    menu = build_menu()
    api.push_menu(menu, [build_relatives_menu(api.tag_id(MENU_TAG))])
    return tuple(entry["name"] for entry in menu["button"])


def _tap(intent: Intent, name: str | None = None) -> dict[str, str]:
    return {"type": "click", "name": name or MENU[intent.value], "key": intent.value}
