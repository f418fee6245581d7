"""What is said of a table as a whole that somebody brings. Imports nothing."""

REFUSED = {
    "roster_locked": "这个表格设了打开密码，读不出来。请去掉密码，另存一份再试。",
    "imported_beside": "别处同时在导入同样的人，这里没有做完。请等那边做完，再导入一次这个文件。",
}
SHEETS_UNREAD = "只读了第一张工作表。别的工作表（{names}）里也有内容，没有导入：请每张另存为一个文件，分别导入。"
