"""Every flow by its name."""

from __future__ import annotations

from bot.conversations.alive import STILL_ALIVE
from bot.conversations.bind import BIND, ENTER_CODE
from bot.conversations.certify import CERTIFY
from bot.conversations.changes import CHANGE_ADDRESS, CHANGE_PHONE, MOVE_AWAY
from bot.conversations.deaths import REPORT_DEATH, REPORT_MISSING
from bot.conversations.family import HELPERS, LEAVE
from bot.conversations.fraud import FOLLOW_REPORT, REPORT_FRAUD
from bot.conversations.help import HOME_VISIT, HUMAN
from bot.conversations.messages import CHECK_MESSAGE
from bot.conversations.not_me import NOT_ME
from bot.conversations.take_back import TAKE_BACK

FLOWS = {
    flow.name: flow
    for flow in (
        BIND,
        ENTER_CODE,
        CERTIFY,
        CHANGE_ADDRESS,
        CHANGE_PHONE,
        MOVE_AWAY,
        REPORT_DEATH,
        REPORT_MISSING,
        HOME_VISIT,
        HUMAN,
        REPORT_FRAUD,
        FOLLOW_REPORT,
        HELPERS,
        LEAVE,
        STILL_ALIVE,
        TAKE_BACK,
        CHECK_MESSAGE,
        NOT_ME,
    )
}
