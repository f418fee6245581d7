"""Writing a retiree's phone and address, with what they are found by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from casework.roster_rows import ADDRESS_CHARACTERS, is_phone
from casework.search_index import address_tokens
from models import AddressToken
from models.retiree import PHONE_PURPOSE
from refusal import Refusal

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models import Retiree
    from models.vault import Vault


def set_phone(retiree: Retiree, phone: str, vault: Vault) -> None:
    """Write a phone number; raise Refusal `phone_wrong`."""
    require_phone(phone)
    retiree.phone, retiree.phone_index = phone, vault.blind_index(phone, PHONE_PURPOSE)


def set_address(session: Session, retiree: Retiree, address: str, vault: Vault) -> None:
    """Write an address; where the old one lay on the map is forgotten. Raises Refusal `address_wrong`."""
    address = address.strip()
    require_address(address)
    retiree.address, retiree.position = address, None
    session.execute(delete(AddressToken).where(AddressToken.retiree_id == retiree.id))
    session.add_all(AddressToken(token=token, retiree_id=retiree.id) for token in address_tokens(address, vault))


def require_phone(phone: str) -> None:
    """Raise Refusal `phone_wrong` for what is no phone number."""
    if not is_phone(phone):
        raise Refusal("phone_wrong", field="phone")


def require_address(address: str) -> None:
    """Raise Refusal `address_wrong` for what is no address, or too long a one."""
    if not 0 < len(address.strip()) <= ADDRESS_CHARACTERS:
        raise Refusal("address_wrong", field="address")
