"""`flask audit`: prove that nothing in the audit was changed, taken away or put in; seal and anchor it now."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from casework.audit_anchors import AnchorsUnreadable, last_anchor, read_anchors, write_anchor
from casework.audit_chain import seal_entries
from casework.audit_check import Proof, check_audit
from commands.output import json_option, print_json, refusals_printed
from refusal import Refusal
from services import services
from words.protection import AUDIT

audit = AppGroup("audit", help="The record of who looked at or changed personal data.")


@audit.command("verify")
@click.option("--anchors", type=click.Path(path_type=Path), help="The file of anchors; AUDIT_ANCHOR_FILE by default.")
@json_option
def verify(anchors: Path | None, *, as_json: bool) -> None:
    """Say whether the audit is whole, and name every row and block that is not; exit 1 when it is not."""
    path = anchors or services().settings.audit_anchor_file
    with refusals_printed(as_json=as_json):
        proof = _check(path)
    if as_json:
        print_json(_told(proof))
    else:
        counts = {"rows": proof.rows, "blocks": proof.blocks, "unsealed": proof.unsealed, "anchors": proof.anchors}
        click.echo(AUDIT["whole" if not proof.faults else "broken"].format(**counts))
        for fault in proof.faults:
            click.echo(AUDIT[fault.kind].format(place=fault.place, id=fault.entry_id or "-"))
    sys.exit(1 if proof.faults else 0)


@audit.command("seal")
@json_option
def seal(*, as_json: bool) -> None:
    """Chain every row that is in no block yet, and write down which block is the last."""
    parts = services()
    rows = 0
    with refusals_printed(as_json=as_json):
        while True:
            with parts.transactions() as session:
                done = seal_entries(session, vault=parts.vault, now=parts.clock.now()).rows
            rows += done
            if not done:
                break
        with parts.transactions() as session:
            anchor = last_anchor(session, now=parts.clock.now())
        anchored = anchor is not None and write_anchor(parts.settings.audit_anchor_file, anchor)
    if as_json:
        print_json({"rows": rows, "block": anchor.block if anchor else None, "anchored": anchored})
    else:
        click.echo(AUDIT["sealed"].format(rows=rows))


def _check(path: Path) -> Proof:
    parts = services()
    try:
        return check_audit(
            parts.transactions,
            read_anchors(path),
            vault=parts.vault,
            now=parts.clock.now(),
            in_service=parts.settings.in_production,
        )
    except AnchorsUnreadable as unreadable:
        raise Refusal("anchors_unreadable", field="anchors", line=unreadable.line) from None


def _told(proof: Proof) -> dict[str, object]:
    return {
        "ok": not proof.faults,
        "rows": proof.rows,
        "blocks": proof.blocks,
        "unsealed": proof.unsealed,
        "anchors": proof.anchors,
        "faults": [
            {"kind": fault.kind.value, "place": fault.place, "entry_id": fault.entry_id} for fault in proof.faults
        ],
    }
