"""Receipts: what is shown, what is not, who may see it, and how anybody verifies one."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import cv2
import numpy as np
import pytest
import zxingcpp
from pypdf import PdfReader
from sqlalchemy import select

from api.h5.receipt_fields import write_moment
from api.h5.receipt_pdf import draw_receipt
from certification.certify import certify
from certification.receipt_tokens import CERTIFICATION, Statement, find_token, sign_receipt
from certification.receipts import Receipt
from clock import LOCAL_ZONE
from models import AuditEntry, Certification, Report
from models.audit import Actor, ActorKind
from models.certification import Channel
from models.report import ReportKind, ReportStatus
from models.ticket import Place, TicketKind
from policy.rules import rule_set
from tests.databases import missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock

FIELDS = [
    ("姓名", "李*香"),
    ("认证方式", "刷脸认证"),
    ("认证时间", "2025年3月10日 上午10点00分"),
    ("有效期到", "2025年12月31日"),
    ("下次认证最晚", "2026年12月31日"),
]
LARGEST_PDF_BYTES = 100_000
SMALLEST_POINTS = 20
ADDRESSES = ("https://pension.example.cn", "https://pension.example.cn/verify/2026-ABCD-EFGH-JKMN")
UNKNOWN = "2025-ABCD-EFGH-JKMN"
ODD = [
    "x",
    "2025",
    "' or 1=1 --",
    "%F0%9F%98%80",
    "２０２５-ABCD-EFGH-JKMO",
    "A" * 3000,
    "2025/ABCD",
    "%00",
    ".",
    "٢٠٢٥ABCDEFGHJKMN",
]


@dataclass(frozen=True)
class Given:
    """A receipt that was given out, and what must not be learnt from it."""

    number: str
    secrets: tuple[str, ...]


def give_receipt(transactions: Transactions, cast: Cast, now: datetime, **how: Any) -> Given:
    li = cast.grandma_li
    with transactions() as session:
        certification = certify(
            session,
            session.merge(li),
            how.pop("channel", Channel.SELF_SERVICE),
            rules=rule_set("changsha-2020"),
            actor=Actor(ActorKind.COMMAND, "test"),
            now=now,
            **how,
        )
        assert li.phone
        return Given(
            certification.receipt_number, (li.name, "桂", li.id_number, li.id_number[6:14], li.phone, str(li.id))
        )


@pytest.fixture
def given(transactions: Transactions, cast: Cast, now: datetime) -> Given:
    return give_receipt(transactions, cast, now)


def read_fields(answer: TestResponse) -> list[tuple[str, str]]:
    return [
        (unescape(label), unescape(value))
        for label, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.get_data(as_text=True))
    ]


def read_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def scan(picture: np.ndarray[Any, Any]) -> str:
    """Return what a phone reads in a picture."""
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0].text


def draw_svg(drawing: str, scale: int = 8) -> np.ndarray[Any, Any]:
    """Return a QR code's SVG as a picture: its one path has strokes one module high, of `h` and `m` alone."""
    drawing = drawing.replace("'", '"')
    side = re.search(r'width="(\d+)"', drawing)
    assert side
    path = re.findall(r' d="(M[^"]+)"', drawing)[-1]
    modules = np.full((int(side[1]), int(side[1])), 255, np.uint8)
    x, y = 0.0, 0.0
    for command, across, down in re.findall(r"([Mmh])(-?[\d.]+)(?: ?(-?[\d.]+))?", path):
        if command == "h":
            modules[int(y), int(x) : int(x + float(across))] = 0
            x += float(across)
        elif command == "m":
            x, y = x + float(across), y + float(down)
        else:
            x, y = float(across), float(down)
    return np.kron(modules, np.ones((scale, scale), np.uint8))


def full_width(number: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in number)


def test_the_page_shows_these_fields_and_no_other(client: FlaskClient, given: Given) -> None:
    answer = client.get(f"/h5/receipts/{given.number}")
    assert answer.status_code == 200
    assert read_fields(answer) == [("回执编号", given.number), *FIELDS]
    assert "今天有效" in answer.get_data(as_text=True)


def test_anybody_verifies_the_same_fields(client: FlaskClient, given: Given) -> None:
    answer = client.get(f"/verify/{given.number}")
    assert answer.status_code == 200
    assert "回执是真的" in answer.get_data(as_text=True)
    assert read_fields(answer) == [("回执编号", given.number), *FIELDS]


def test_nothing_tells_who_it_is(client: FlaskClient, given: Given) -> None:
    for path in (f"/h5/receipts/{given.number}", f"/verify/{given.number}", f"/api/v1/receipts/{given.number}"):
        answer = client.get(path)
        shown = str(answer.get_json()) if answer.is_json else answer.get_data(as_text=True)
        assert "李*香" in shown
        assert [secret for secret in given.secrets if secret in shown] == []
    pdf = client.get(f"/h5/receipts/{given.number}.pdf")
    assert [secret for secret in given.secrets if secret in read_pdf(pdf.data) + str(pdf.headers)] == []
    assert str(PdfReader(BytesIO(pdf.data)).metadata).count("李") == 0


@pytest.mark.parametrize(
    "form", [str.lower, lambda n: n.replace("-", ""), lambda n: f" {n.replace('-', ' ')} ", full_width]
)
def test_a_number_may_be_typed_in_any_way(client: FlaskClient, given: Given, form: Callable[[str], str]) -> None:
    for path in ("/verify/", "/h5/receipts/", "/api/v1/receipts/"):
        assert client.get(f"{path}{quote(form(given.number))}").status_code == 200
    found = client.get("/verify", query_string={"number": form(given.number)})
    assert found.status_code == 303
    assert "回执是真的" in client.get(found.headers["Location"]).get_data(as_text=True)


@pytest.mark.parametrize("number", [UNKNOWN, *ODD])
def test_an_unknown_number_is_told_so_and_what_to_do(client: FlaskClient, given: Given, number: str) -> None:
    assert number != given.number
    verified = client.get(f"/verify/{number}")
    assert verified.status_code == 404
    for part in ("没有查到", "再输一次编号", "12333", "<form"):
        assert part in verified.get_data(as_text=True)
    for path in (f"/h5/receipts/{number}", f"/h5/receipts/{number}.pdf", f"/h5/receipts/{number}.svg"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "请核对编号" in answer.get_data(as_text=True) or "/" in number


def test_without_a_number_one_is_asked_for(client: FlaskClient) -> None:
    for path in ("/verify", "/verify?number=", "/verify?number=%20"):
        asked = client.get(path)
        assert asked.status_code == 200
        assert 'name="number"' in asked.get_data(as_text=True)
    odd = client.get("/verify", query_string={"number": "//elsewhere.example"})
    assert odd.headers["Location"].startswith("/verify/")


def test_an_old_receipt_is_genuine_and_no_longer_counts(
    client: FlaskClient, given: Given, clock: StandingClock
) -> None:
    clock.advance(days=296)  # the last day of the year in China
    assert "今天有效" in client.get(f"/verify/{given.number}").get_data(as_text=True)
    clock.advance(days=1)
    for path in (f"/verify/{given.number}", f"/h5/receipts/{given.number}"):
        shown = client.get(path).get_data(as_text=True)
        assert "已经过期" in shown
        assert "今天有效" not in shown


def test_every_look_is_written_down_and_no_other(client: FlaskClient, given: Given, transactions: Transactions) -> None:
    paths = [f"/h5/receipts/{given.number}{kind}" for kind in ("", ".pdf", ".svg")]
    paths += [f"/verify/{given.number}", f"/api/v1/receipts/{given.number}"]
    for path in paths:
        assert client.get(path).status_code == 200
    client.get(f"/verify/{UNKNOWN}")
    with transactions() as session:
        looks = list(session.scalars(select(AuditEntry).where(AuditEntry.action == "receipt.show")))
        certification = session.scalars(select(Certification)).one()
        assert len(looks) == len(paths)
        assert {(look.subject_kind, look.subject_id) for look in looks} == {("Certification", str(certification.id))}
        assert {(look.actor_kind, look.origin) for look in looks} == {(ActorKind.PUBLIC, "127.0.0.1")}


@pytest.mark.parametrize(
    ("channel", "with_helper", "method"),
    [
        (Channel.HOME_VISIT, False, "上门认证"),
        (Channel.COUNTER, False, "窗口认证"),
        (Channel.DATA_MATCH, False, "数据比对认证"),
        (Channel.SELF_SERVICE, True, "刷脸认证（亲属或他人帮助）"),
    ],
)
def test_the_method_is_said_in_words(
    client: FlaskClient,
    transactions: Transactions,
    cast: Cast,
    now: datetime,
    channel: Channel,
    with_helper: bool,  # noqa: FBT001 - a column of the table above
    method: str,
) -> None:
    number = give_receipt(transactions, cast, now, channel=channel, with_helper=with_helper).number
    assert ("认证方式", method) in read_fields(client.get(f"/verify/{number}"))
    assert method in read_pdf(client.get(f"/h5/receipts/{number}.pdf").data)


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 5, "凌晨0点05分"),
        (5, 59, "凌晨5点59分"),
        (6, 0, "上午6点00分"),
        (12, 0, "中午12点00分"),
        (13, 30, "下午1点30分"),
        (18, 0, "晚上6点00分"),
        (23, 59, "晚上11点59分"),
    ],
)
def test_a_time_is_said_as_people_in_china_say_it(hour: int, minute: int, said: str) -> None:
    local = datetime(2026, 11, 23, hour, minute, tzinfo=LOCAL_ZONE)
    assert write_moment(local.astimezone(UTC)) == f"2026年11月23日 {said}"


def test_the_pdf_holds_every_field_on_one_page(client: FlaskClient, given: Given) -> None:
    answer = client.get(f"/h5/receipts/{given.number}.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=receipt-{given.number}.pdf"
    pdf = PdfReader(BytesIO(answer.data))
    assert len(pdf.pages) == 1
    text = pdf.pages[0].extract_text()
    for part in ("养老金资格认证回执", given.number, *(part for field in FIELDS for part in field)):
        assert part in text
    assert "http://localhost:8000/verify" in text.replace("\n", "")
    assert len(answer.data) < LARGEST_PDF_BYTES


def test_the_pdf_brings_its_own_font_and_no_small_print(client: FlaskClient, given: Given) -> None:
    page = PdfReader(BytesIO(client.get(f"/h5/receipts/{given.number}.pdf").data)).pages[0]
    resources: Any = page["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    sizes: set[float] = set()

    def note(text: str, _matrix: object, _line: object, _font: object, size: float) -> None:
        if text.strip():
            sizes.add(size)

    page.extract_text(visitor_text=note)
    assert min(sizes) >= SMALLEST_POINTS


def test_rare_characters_of_names_are_printed_and_unknown_ones_are_boxes() -> None:
    receipt = Receipt(
        number=UNKNOWN,
        masked_name="䶮*㛃",
        channel=Channel.SELF_SERVICE,
        with_helper=False,
        certified_at=datetime(2026, 11, 23, tzinfo=UTC),
        valid_until=date(2026, 12, 31),
        next_due_by=date(2027, 12, 31),
    )
    assert "\n䶮*㛃\n" in read_pdf(draw_receipt(receipt, *ADDRESSES))
    assert "□*" in read_pdf(draw_receipt(replace(receipt, masked_name="𠮷*"), *ADDRESSES))
    # beyond the first 65,536 the library draws a character rightly and notes what it stands for wrongly
    assert "□" not in read_pdf(draw_receipt(replace(receipt, masked_name="𬭎*"), *ADDRESSES))


@pytest.mark.usefixtures("cast")
def test_the_qr_codes_lead_to_the_verification(
    client: FlaskClient, given: Given, settings: Settings, tmp_path: Path
) -> None:
    address = f"{settings.public_base_url}/verify/{given.number}"
    drawn = client.get(f"/h5/receipts/{given.number}.svg")
    held = scan(draw_svg(drawn.get_data(as_text=True)))
    # a phone opens the page; what stands behind the # is the signed receipt, which no server is sent
    assert held.partition("#")[0] == address
    assert find_token(held) == held.partition("#")[2]
    assert drawn.content_type.startswith("image/svg+xml")
    assert scan(draw_svg(drawn.get_data(as_text=True))) == held
    page = client.get(f"/h5/receipts/{given.number}").get_data(as_text=True)
    embedded = re.search(r'src="data:image/svg\+xml[^,]*,([^"]+)"', page)
    assert embedded
    assert scan(draw_svg(unquote(unescape(embedded[1])))) == held
    if shutil.which("pdftoppm") is None:
        missing("pdftoppm (poppler-utils) is not here: the QR code of the PDF is not scanned")
    (tmp_path / "receipt.pdf").write_bytes(client.get(f"/h5/receipts/{given.number}.pdf").data)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "receipt.pdf", "receipt"], cwd=tmp_path, check=True)
    printed = cv2.imread(str(tmp_path / "receipt.png"), cv2.IMREAD_GRAYSCALE)
    assert printed is not None
    assert scan(printed) == held


@pytest.mark.parametrize("kind", [CERTIFICATION, *ReportKind, *TicketKind, *Place])
def test_every_act_has_a_page(client: FlaskClient, transactions: Transactions, now: datetime, kind: str) -> None:
    with transactions() as session:
        token = sign_receipt(session, Statement(kind, "R2503-00000001", now.date(), now.date()), now=now)
    page = client.get(f"/h5/acts/{token}")
    assert page.status_code == 200
    assert "撤回" not in page.get_data(as_text=True)


def test_a_report_that_was_taken_back_says_so(client: FlaskClient, transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        report = Report(
            number="R2503-00000002",
            kind=ReportKind.DEATH,
            status=ReportStatus.WITHDRAWN,
            content="{}",
            rule_set="changsha-2020",
            reported_at=now,
        )
        session.add(report)
        token = sign_receipt(session, Statement(report.kind, report.number, now.date()), now=now)
    assert "后来撤回了" in client.get(f"/h5/acts/{token}").get_data(as_text=True)
