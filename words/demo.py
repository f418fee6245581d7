"""What the demonstration says, and what its invented people said. Imports nothing."""

DEMO_HINT = "演示照片：{key}"
DEMO_LOADED = "演示人员 {people} 人: 新增 {added},没有变化 {unchanged};有照片的 {with_photo} 人;工单 {tickets} 张。"
DEMO_LOGINS = "登录 /staff/ 用: {logins}。密码都是 {password},动态验证码用 flask demo code 看。"
DEMO_STAFF = {
    "city": "程市安",
    "district": "区正平",
    "agency": "经明理",
    "subdistrict": "街和顺",
    "community": "佘晓群",
    "community2": "佘晓春",
    "auditor": "沈计真",
}
# What people of a demonstration said, by the kind of the ticket.
DEMO_NOTES = {
    "handed_over": ("养老金这个月少了，想问问怎么回事。", "我换了手机，认证要重新登记吗？"),
    "complaint": ("窗口排队太久，腿不好站不住。", "上门的时间改了两次，没有人告诉我。"),
    "data_discrepancy": ("医保里的住址和名册不一样。",),
    "death_verification": ("邻居说老人上个月不在了。",),
    "information_collection": ("电话打不通，住址要重新登记。",),
}
