"""WeChat's calls: each checks what it is sent, as far as WeChat says what it refuses, and does what it is asked."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any

from tests.stand_in.state import APP_ID, PROGRAM_ID, Delivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stand_in.state import State

Json = dict[str, Any]

OPENID = re.compile(r"o[A-Za-z0-9_-]{5,63}")
SEQ_NO = re.compile(r"[A-Za-z0-9_-]{5,32}")
FIELD = re.compile(r"([a-z_]+?)_?\d*")
# WeChat's longest values of a template's fields, by kind, in characters.
LONGEST = {"thing": 20, "short_thing": 5, "phrase": 5, "name": 20, "character_string": 32, "phone_number": 17}


class Wrong(Exception):
    """What WeChat would refuse, with its errcode."""

    def __init__(self, errcode: int, why: str) -> None:
        super().__init__(why)
        self.errcode = errcode


def check(is_right: object, errcode: int, why: str) -> None:
    if not is_right:
        raise Wrong(errcode, why)


def done(**more: Any) -> Json:
    return {"errcode": 0, "errmsg": "ok", **more}


def stable_token(api: State, _query: dict[str, str], sent: Json) -> Json:
    api.token_requests += 1
    check(sent["grant_type"] == "client_credential", 40002, "invalid grant_type")
    check(sent["force_refresh"] is False, 45011, "a forced refresh is for leaks")
    check(sent["appid"] in api.secrets, 40013, "invalid appid")
    check(api.secrets[sent["appid"]] == sent["secret"], 40125, "invalid appsecret")
    token, seconds = api.token_of(sent["appid"])
    return {"access_token": token, "expires_in": seconds}


def ticket(_api: State, query: dict[str, str], _sent: Json) -> Json:
    check(query.get("type") == "jsapi", 40097, "invalid args")
    return done(ticket="ticket of the stand-in", expires_in=7200)


def login(of: str) -> Callable[[State, dict[str, str], Json], Json]:
    """Return the endpoint that changes a code for who logged in: on a page, or in the mini-program."""
    app_id, name = (APP_ID, "code") if of == "oauth" else (PROGRAM_ID, "js_code")

    def endpoint(api: State, query: dict[str, str], _sent: Json) -> Json:
        check(query.get("appid") == app_id, 40013, "invalid appid")
        check(query.get("secret") == api.secrets[app_id], 40125, "invalid appsecret")
        check(query.get("grant_type") == "authorization_code", 40002, "invalid grant_type")
        code = query.get(name, "")
        check(code not in api.used_codes, 40163, "code been used")
        codes: dict[str, Json] = getattr(api, of)
        check(code in codes, 40029, "invalid code")
        api.used_codes.add(code)
        return codes.pop(code)

    return endpoint


def custom(api: State, _query: dict[str, str], sent: Json) -> Json:
    person = api.people[_to(sent)]
    kind = sent["msgtype"]
    if kind == "text":
        text = sent["text"]["content"]
    elif kind == "msgmenu":
        text = sent["msgmenu"]["head_content"]
        options = sent["msgmenu"]["list"]
        check(options and all(one["content"] for one in options), 40200, "options without words")
        check(all(re.fullmatch(r"[0-9]+", one["id"]) for one in options), 40200, "ids of options are digits")
    else:
        raise Wrong(40008, "invalid message type")
    check(text, 44004, "empty content")
    check(len(text.encode()) <= 2048, 45002, "content size out of limit")
    check(not person.blocks, 43004, "require subscribe")
    now = api.clock()
    check(person.after_tap.take(now) or person.after_message.take(now), 45015, "response out of time limit")
    api.delivered.append(Delivered(sent["touser"], kind, {"text": text} | sent[kind]))
    return done()


def template(api: State, _query: dict[str, str], sent: Json) -> Json:
    person = api.people[_to(sent)]
    _check_fields(sent)
    check(1 <= len(sent["client_msg_id"]) <= 32, 40097, "invalid args")
    check(re.match(r"https?://|$", sent.get("url", "")), 40048, "invalid url")
    check(not person.blocks, 43004, "require subscribe")
    once = (sent["touser"], sent["client_msg_id"])
    if once not in api.templates_once:
        api.templates_once[once] = len(api.templates_once) + 1
        api.delivered.append(Delivered(sent["touser"], "template", sent))
    return done(msgid=api.templates_once[once])


def subscription(api: State, _query: dict[str, str], sent: Json) -> Json:
    person = api.people[_to(sent)]
    _check_fields(sent)
    check(re.match(r"https?://|$", sent.get("page", "")), 40048, "invalid url")
    check(not person.blocks, 43101, "user refuse to accept the msg")
    api.delivered.append(Delivered(sent["touser"], "subscription", sent))
    return done()


def menu(api: State, _query: dict[str, str], sent: Json) -> Json:
    check(1 <= len(sent["button"]) <= 3, 40016, "invalid button size")
    for entry in sent["button"]:
        check(1 <= len(entry["name"].encode()) <= 16, 40018, "invalid button name size")
        below = entry.get("sub_button")
        if below is None:
            _check_button(entry, 40017, 40019)
            continue
        check(1 <= len(below) <= 5, 40023, "invalid sub button size")
        for one in below:
            check(1 <= len(one["name"].encode()) <= 60, 40025, "invalid sub button name size")
            _check_button(one, 40024, 40026)
    api.menus.append(sent)
    return done(menuid=str(len(api.menus)))


def conditional(api: State, query: dict[str, str], sent: Json) -> Json:
    check(api.menus, 65303, "there is no selfmenu, please create selfmenu first")
    check(set(sent["matchrule"]) == {"tag_id"}, 65320, "only by tag")
    check(int(sent["matchrule"]["tag_id"]) in api.tags.values(), 65314, "no such tag")
    return menu(api, query, sent)


def no_menu(api: State, _query: dict[str, str], _sent: Json) -> Json:
    api.menus.clear()
    return done()


def tags(api: State, _query: dict[str, str], _sent: Json) -> Json:
    return {"tags": [{"id": number, "name": name, "count": 0} for name, number in api.tags.items()]}


def new_tag(api: State, _query: dict[str, str], sent: Json) -> Json:
    name = sent["tag"]["name"]
    check(1 <= len(name.encode()) <= 30, 45158, "invalid tag name size")
    check(name not in api.tags, 45157, "tag name exists")
    api.tags[name] = 100 + len(api.tags)
    return {"tag": {"id": api.tags[name], "name": name}}


def tag_on(api: State, _query: dict[str, str], sent: Json) -> Json:
    api.tagged |= _pairs(api, sent)
    return done()


def tag_off(api: State, _query: dict[str, str], sent: Json) -> Json:
    api.tagged -= _pairs(api, sent)
    return done()


def media(api: State, query: dict[str, str], _sent: Json) -> Json | bytes:
    check(query.get("media_id") in api.media, 40007, "invalid media_id")
    return api.media[query["media_id"]]


def person_info(api: State, query: dict[str, str], _sent: Json) -> Json:
    openid = query.get("openid", "")
    check(OPENID.fullmatch(openid), 40003, "invalid openid")
    found = {"subscribe": 0 if api.people[openid].blocks else 1, "openid": openid}
    return found | ({"unionid": api.union_ids[openid]} if openid in api.union_ids else {})


def verify_id(api: State, _query: dict[str, str], sent: Json) -> Json:
    papers = sent["cert_info"]
    check(papers["cert_type"] == "IDENTITY_CARD" and papers["cert_name"] and papers["cert_no"], 84002, "cert_info")
    check(SEQ_NO.fullmatch(sent["out_seq_no"]), 84003, "out_seq_no")
    check(all(one["seq"] != sent["out_seq_no"] for one in api.verifications.values()), 84003, "out_seq_no is used")
    values = [
        (name, base64.b64encode(papers[name].encode()).decode()) for name in ("cert_type", "cert_name", "cert_no")
    ]
    digest = hashlib.sha256("&".join(f"{name}={value}" for name, value in values).encode()).hexdigest()
    found = secrets.token_hex(20)
    api.verifications[found] = {"openid": sent["openid"], "seq": sent["out_seq_no"], "hash": digest}
    return done(verify_id=found, expires_in=3600)


def verify_result(api: State, _query: dict[str, str], sent: Json) -> Json:
    asked = {"openid": sent["openid"], "seq": sent["out_seq_no"], "hash": sent["cert_hash"]}
    check(api.verifications.get(sent["verify_id"]) == asked, 84001, "invalid identify id")
    return done(verify_ret=api.verify_ret)


def _to(sent: Json) -> str:
    check(isinstance(sent["touser"], str) and OPENID.fullmatch(sent["touser"]), 40003, "invalid openid")
    return str(sent["touser"])


def _check_fields(sent: Json) -> None:
    check(sent["template_id"], 40037, "invalid template_id")
    check(sent["data"], 47003, "argument invalid! data")
    for name, one in sent["data"].items():
        kind = FIELD.fullmatch(name)
        check(kind is not None and set(one) == {"value"} and isinstance(one["value"], str), 47003, name)
        longest = LONGEST.get(kind[1] if kind else "", 200)
        check(1 <= len(one["value"]) <= longest, 47003, f"argument invalid! data.{name}.value")


def _check_button(button: Json, kind_code: int, key_code: int) -> None:
    check(button["type"] in {"click", "view", "miniprogram"}, kind_code, "invalid button type")
    if button["type"] == "click":
        check(1 <= len(button["key"].encode()) <= 128, key_code, "invalid button key size")
    else:
        check(re.match("https?://", button["url"]) and len(button["url"].encode()) <= 1024, 40020, "invalid button url")


def _pairs(api: State, sent: Json) -> set[tuple[int, str]]:
    check(int(sent["tagid"]) in api.tags.values(), 45159, "invalid tag id")
    check(1 <= len(sent["openid_list"]) <= 50, 40032, "invalid openid list size")
    check(all(OPENID.fullmatch(one) for one in sent["openid_list"]), 40003, "invalid openid")
    return {(int(sent["tagid"]), openid) for openid in sent["openid_list"]}


WITHOUT_TOKEN = {"/cgi-bin/stable_token", "/sns/oauth2/access_token", "/sns/jscode2session"}
OF_BOTH_ACCOUNTS = {"/cityservice/face/identify/getverifyid", "/cityservice/face/identify/queryverifyinfo"}
ENDPOINTS: dict[str, tuple[str, Callable[[State, dict[str, str], Json], Json | bytes]]] = {
    "/cgi-bin/stable_token": ("POST", stable_token),
    "/sns/oauth2/access_token": ("GET", login("oauth")),
    "/sns/jscode2session": ("GET", login("programs")),
    "/cgi-bin/ticket/getticket": ("GET", ticket),
    "/cgi-bin/message/custom/send": ("POST", custom),
    "/cgi-bin/message/template/send": ("POST", template),
    "/cgi-bin/message/subscribe/bizsend": ("POST", subscription),
    "/cgi-bin/menu/create": ("POST", menu),
    "/cgi-bin/menu/addconditional": ("POST", conditional),
    "/cgi-bin/menu/delete": ("GET", no_menu),
    "/cgi-bin/tags/get": ("GET", tags),
    "/cgi-bin/tags/create": ("POST", new_tag),
    "/cgi-bin/tags/members/batchtagging": ("POST", tag_on),
    "/cgi-bin/tags/members/batchuntagging": ("POST", tag_off),
    "/cgi-bin/media/get": ("GET", media),
    "/cgi-bin/user/info": ("GET", person_info),
    "/cityservice/face/identify/getverifyid": ("POST", verify_id),
    "/cityservice/face/identify/queryverifyinfo": ("POST", verify_result),
}
