"""Sentences about the protection of data and people: refusals, the audit, keys, receipts. Imports nothing."""

REFUSED = {
    "protect_needs_postgresql": "只有PostgreSQL数据库才有角色可以限制。",
    "protect_role_unknown": "数据库里没有这个角色。请先用CREATE ROLE建好，再来一次。",
    "protect_role_too_strong": "这个角色是超级用户，或者拥有这些表，限制不住。请换一个普通角色。",
    "key_missing": "有的数据是用别的密钥封的。请把旧密钥写进DATA_KEY_PREVIOUS，再来一次。",
    "anchors_unreadable": "锚定文件第{line}行读不懂。请换一份完整的文件再核对。",
}
NEXT: dict[str, str] = {}

KEYS = {
    "status": "现用密钥{key}，还有{left}条用别的密钥封着。",
    "rotating": "正在换密钥",
    "rotated": "换好了: {rows}条改用密钥{key}封存。",
}
DATABASE_PROTECTED = "角色{role}现在可以读写各表, 审计表只能添加, 不能改也不能删。"

# What the check of the audit says.
AUDIT = {
    "whole": "审计记录完整: {rows}行, {blocks}块, 还未成块{unsealed}行, 锚点{anchors}个。",
    "broken": "审计记录被动过: {rows}行, {blocks}块, 还未成块{unsealed}行, 锚点{anchors}个。",
    "changed": "第{place}行被改过 ({id})。",
    "missing": "第{place}行不见了。",
    "inserted": "第{place}行是塞进来的 ({id})。",
    "copied": "第{place}行是重复的 ({id})。",
    "block_changed": "第{place}块被改过。",
    "block_missing": "第{place}块不见了。",
    "anchor_broken": "第{place}块和锚点不一样。",
    "sealed": "已成块: {rows}行。",
}
