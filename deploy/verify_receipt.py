"""Verify a receipt at a bank's counter: this one file, Python 3.9 or newer, and the `cryptography` package; no network.

    python verify_receipt.py keys.json revoked.json "RECEIPT"

keys.json and revoked.json are what /receipts/keys.json and /receipts/revoked.json of the service publish, fetched once
a day by whoever keeps this machine; RECEIPT is what the QR code holds, or the token alone. It prints what the receipt
says, to be compared with the paper, and ends with 0 where it counts today, with 1 where it does not or is not genuine,
and with 2 where the files or the words of the call are wrong. Nothing is written and nothing is sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOKEN = re.compile(r"P1\.[A-Za-z0-9_-]{20,600}\.[A-Za-z0-9_-]{86}")
BEIJING = timezone(timedelta(hours=8))
# A list so old says nothing of what was revoked since.
OLDEST_LIST = timedelta(days=7)


def main(arguments: list[str]) -> int:
    """Verify one receipt and say what it is."""
    if len(arguments) != 3:  # noqa: PLR2004 - two files and a receipt
        print(__doc__)
        return 2
    today = datetime.now(BEIJING).date()
    try:
        keys = {key["id"]: decode(key["public"]) for key in read(arguments[0])["keys"]}
        listed = read(arguments[1])
        signature = listed.pop("signature")
        signed = json.dumps(listed, sort_keys=True, separators=(",", ":"))
        Ed25519PublicKey.from_public_bytes(keys[listed["key"]]).verify(decode(signature), signed.encode())
        as_of, revoked = date.fromisoformat(listed["as_of"]), set(listed["revoked"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        print("公钥文件或撤销名单读不出来，请重新下载。")
        return 2
    if today - as_of > OLDEST_LIST:
        print(f"撤销名单是 {as_of} 的，太旧了，请重新下载。")
        return 2
    fields = genuine(arguments[2], keys)
    if fields is None:
        print("不是真的：这张回执不是我们签发的，或者被改过。")
        return 1
    return tell(fields, revoked, today)


def genuine(text: str, keys: dict[str, bytes]) -> list[Any] | None:
    """Return what a receipt says if one of the keys signed it, otherwise None."""
    found = TOKEN.search(text)
    if found is None:
        return None
    signed, _, signature = found[0].rpartition(".")
    try:
        fields = json.loads(decode(signed.partition(".")[2]))
        Ed25519PublicKey.from_public_bytes(keys[fields[0]]).verify(decode(signature), signed.encode())
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, InvalidSignature):
        return None
    return list(fields)


def tell(fields: list[Any], revoked: set[str], today: date) -> int:
    """Print what a genuine receipt says and whether it counts today."""
    _key, kind, number, on, last = fields[:5]
    is_certification = kind == "certification"
    print(f"是真的。编号 {number}，办理日期 {day(on)}")
    if is_certification:
        print(f"姓名 {fields[5]}，有效期至 {day(last)}")
    if hashlib.sha256(number.encode()).hexdigest()[:32] in revoked:
        print("今天无效：已经撤销。")
        return 1
    if not is_certification:
        print("这是办事回执，不是认证回执。")
        return 1
    if today > day(last):
        print("今天无效：已经过期。")
        return 1
    print("今天有效。请逐项对照纸上的内容。")
    return 0


def day(number: int) -> date:
    """Return a day written as YYYYMMDD."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def decode(text: str) -> bytes:
    """Return URL-safe base64 without padding as bytes."""
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def read(path: str) -> dict[str, Any]:
    """Return the JSON of a file."""
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
