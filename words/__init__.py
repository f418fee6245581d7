"""Every Chinese sentence a person reads outside the templates, by the code that stands for it.

`words.staff` has those of the console, `words.policy` those around policy answers, `words.benefits` those about life
events and benefits.
"""

from words import benefits, policy, protection, tables

# Why something asked for is refused (refusal.Refusal), and what to do next.
REFUSALS = {
    # at the pages and the API
    "already_certified": "您已经认证过了，现在不用再做。",
    "attempt_ended": "这一次认证的时间到了。",
    "attempt_superseded": "您在别的地方重新开始了认证，这里已经停下。",
    "consent_missing": "认证要用到您的面部照片，需要您先同意。",
    "code_wrong": "这个确认码用不了。",
    "cross_site": "这个请求不是从本页面发出的，没有办理。",
    "face_busy": "现在认证的人很多，请稍等一下。",
    "people_wait": "现在认证的人很多，请等 {seconds} 秒再试。",
    "file_too_large": "文件太大了。",
    "frame_crashed": "这张画面没能看清，请继续。",
    "frame_foreign": "这次认证不属于您现在的登录。",
    "frame_reordered": "画面的先后顺序不对，这一张没有用。",
    "frame_replayed": "这张画面以前用过，这一张没有用。",
    "frame_unreadable": "这张画面打不开，请继续。",
    "id_number_wrong": "身份证号不对，要18位，最后一位可能是X。",
    "link_expired": "这个链接已经过期了。",
    "login_snapshot": "微信只给了一个临时身份，还不知道您是谁。",
    "login_stale": "登录过期了。",
    "malformed": "填写的内容不完整或不对。",
    "no_action_possible": "您标记的动作都不方便做，请用别的办法认证。",
    "no_reference": "系统里还没有您能用的照片，暂时不能刷脸。",
    "not_allowed": "这里不支持这样操作。",
    "not_confirmed": "您和这位老人的关系还没有确认。",
    "no_match": "现在没有可以撤回的数据比对认证。",
    "not_found": "没有这个页面。",
    "not_signed_in": "请先登录。",
    "not_your_right": "这件事要由本人或合适的家人来办。",
    "not_yours": "没有找到您可以办理的记录。",
    "other_way": "这里不能这样刷脸。",
    "our_fault": "系统出了一点问题，不是您的错。",
    "personal_consent_missing": "登记要用姓名和身份证号，需要您先同意。",
    "session_ended": "这次认证已经结束。",
    "too_many_sessions": "今天认证的次数已经用完。",
    "too_many_tries": "试的次数太多了，要停一个小时。",
    "trial_in_production": "正式环境里不能用录像试认证。",
    "try_again": "刚才没有办成。",
    "unknown_receipt": "没有查到这个编号的回执。",
    "unknown_retiree": "名册里没有这个身份证号。",
    "visit_reason_missing": "申请上门要选一个原因。",
    # in the console
    "address_wrong": "住址要写清楚，不要超过200个字。",
    "assignee_unfit": "这个人不能办这张工单。",
    "community_unknown": "没有这个社区。",
    "day_past": "这个日子已经过了。",
    "export_too_large": "人数超过{most}，请到下一级地区分开下载。",
    "face_missing": "认证通过要有一张本人的照片。",
    "form_stale": "页面放得太久了，没有提交。",
    "locked": "验证码错了几次，登录先停一会儿。",
    "login_form": "登录名要用小写英文字母开头，3到32个字母、数字、点或横线。",
    "login_taken": "这个登录名已经有人用了。",
    "login_wrong": "登录名或密码不对，或者暂时锁住了。",
    "code_wrong_staff": "动态验证码不对，或者已经用过。",
    "name_missing": "姓名没有填。",
    "name_wrong": "姓名只能写字，不能写数字和网址。",
    "next_visit_missing": "没有人在家，要写下次什么时候去。",
    "no_level_above": "上面没有可以上报的单位了。",
    "not_logged_in": "请先登录。",
    "not_your_task": "您的岗位不能办这件事。",
    "note_missing": "请写一句说明。",
    "other_end": "帮助认证要做完走访才能办结，人工复核要给出结论才能办结。",
    "password_change_first": "第一次登录，请先改密码。",
    "password_same": "新密码和原来的一样。",
    "password_weak": "新密码太简单：至少{least}个字符，不要含登录名。",
    "password_wrong": "原来的密码不对。",
    "passwords_differ": "两次输入的新密码不一样。",
    "phone_wrong": "电话号码不对，手机号要11位。",
    "picture_gone": "这张照片已经按期销毁了。",
    "receipt_revoked": "这次认证已经撤销，回执作废。",
    "reason_missing": "请写明查看的原因。",
    "reason_personal": "原因里不要写身份证号或电话。",
    "role_unfit": "这个岗位和地区不相配，或者不归您管。",
    "search_short": "请至少输入两个字。",
    "signature_missing": "还没有签名。",
    "take_first": "这张工单还不归您办，请先领取。",
    "ticket_changed": "别人刚刚动过，这里还没有改。",
    "ticket_ended": "这张工单已经办结了。",
    "took_part": "您参与过，要换一个人来看。",
    "visit_differs": "这次走访已经传过，内容和这次不一样。",
    "visit_old": "这次走访过去太久了，不能再由您认定。",
    "visit_time": "走访的时间不对，请检查手机时间。",
    "no_official_account": "还没有设置公众号。请先照 docs/wechat-setup.md 设置。",
    "wechat_refused": "微信没有接受,错误号 {errcode}。请照 docs/wechat-setup.md 检查。",
    "wechat_face_refused": "微信刷脸现在用不了。",
    "wechat_busy": "微信现在没有回应。",
    # at the command line
    "file_not_found": "找不到文件 {path}。请检查路径后再试。",
    "file_unreadable": "文件 {path} 读不出来。请检查权限后再试。",
    "file_not_written": "结果写不进去。请检查文件夹和权限后再试。",
    "engine_unavailable": "人脸引擎启动不了：{reason}。",
    "pairs_unreadable": "照片对照表读不出来。请存成 CSV（UTF-8 或 GBK）再试。",
    "pairs_heading_missing": "照片对照表缺少这些列：{columns}。第一行要写列名。",
    "pairs_row_wrong": "照片对照表第 {line} 行不对：要有两个文件名，same 写 1 或 0。",
    "pairs_empty": "照片对照表里没有内容。",
    "too_few_impostors": "不同人的照片对太少：要 {needed} 对，只有 {found} 对可用。请补充，或放宽误认率。",
    "too_few_genuine": "没有可用的同一人照片对。请补充后再试。",
    "nothing_matches": "按这个误认率，没有一对照片能通过。请检查标注，或放宽误认率。",
    "roster_unreadable": "这个文件读不出来。请存成 CSV(UTF-8 或 GBK)或 XLSX 再试。",
    "roster_empty": "文件里没有内容。",
    "roster_heading_missing": "文件里没有“{column}”这一列。第一行要写列名。",
    "database_unreachable": "连不上数据库。请检查 DATABASE_URL 和数据库是否在运行。",
    "tables_missing": "数据库还没有建好。请先运行 flask database upgrade。",
    "demo_logins_in_production": "正式环境里没有演示登录。",
    "not_in_production": "正式环境里不装演示数据。确实要装,请加 --yes。",
    "source_unknown": "没有“{name}”这个来源。可以用的来源: {known}。",
    "sources_unreadable": "比对来源的设置读不出来: {reason}。请改好再试。",
    "import_elsewhere": "这个文件正在别处导入。请等那边做完。",
}

# What to do after a refusal; shown under its sentence.
NEXT_STEPS = {
    "already_certified": "请点“查看回执”。",
    "attempt_ended": "请点“再试一次”。",
    "attempt_superseded": "请在那边接着做，或在这里重新开始。",
    "consent_missing": "请看完说明后点“同意并继续”，或选别的办法。",
    "code_wrong": "请核对，或到社区窗口重新要。",
    "cross_site": "请回到认证页面再试。",
    "face_busy": "不用操作，页面会自动再试。",
    "people_wait": "不用着急，您的位置已经排上了。到时间再点一次就可以。",
    "file_too_large": "请录短一点，十五秒左右就够。",
    "frame_foreign": "请回到首页重新开始。",
    "id_number_wrong": "请照着身份证，一位一位写。",
    "link_expired": "请家人在微信里重新发一个链接。",
    "login_snapshot": "请点微信右上角，选“使用完整服务”。",
    "login_stale": "请回到微信，再点一次链接。",
    "malformed": "请检查后再提交。",
    "no_action_possible": "请申请社区窗口帮助，或申请上门。",
    "no_reference": "请申请社区窗口帮助，或申请上门，养老金不会因此停发。",
    "not_confirmed": "请先刷脸，或输入社区给的确认码。",
    "not_found": "请回到首页。",
    "not_signed_in": "请回到微信公众号，重新点进来。",
    "not_your_right": "请让本人办，或到社区窗口办。",
    "not_yours": "请回到首页重新选择。",
    "other_way": "请按页面上的办法做，或申请上门。",
    "our_fault": "请过一会儿再试，或拨打社区电话。",
    "personal_consent_missing": "请看完说明后点“同意”。",
    "session_ended": "请回到首页查看结果。",
    "too_many_sessions": "请明天再试，或申请社区帮助，养老金不会因此停发。",
    "too_many_tries": "请过一小时再来，或到社区窗口办。",
    "try_again": "请再点一次。",
    "wechat_face_refused": "请到社区窗口办，或申请上门。",
    "wechat_busy": "请过一会儿再试。",
    "unknown_receipt": "请核对编号后再查。",
    "assignee_unfit": "请选本辖区在岗的人。",
    "form_stale": "请返回上一页，刷新后再提交。",
    "locked": "请过一会儿再试，或请上一级重置。",
    "login_wrong": "请核对；连错几次，就过十五分钟再试。",
    "code_wrong_staff": "请等下一个验证码，再输一次。",
    "not_logged_in": "点“去登录”。没传完的走访还在手机里。",
    "not_your_task": "请找有权限的同事办。",
    "note_missing": "写好后再点一次。",
    "other_end": "请先记录走访，或到“复核”里给结论。",
    "receipt_revoked": "请打社区电话问一问，再认证一次。",
    "take_first": "点“领取”后再办。",
    "ticket_changed": "请刷新，看看现在到哪一步了。",
    "took_part": "请同事打开这一条。",
    "visit_differs": "请联系管理员，先不要清除手机里的记录。",
    "visit_old": "请再去看一次。",
    "visit_reason_missing": "请选一个最接近的原因；都不是，就到社区窗口办理。",
}

# How an attempt ended: a headline, and what comes next.
OUTCOMES = {
    "certified": ("认证成功", "今年不用再做了。请保存回执。"),
    "retry": ("这次没有成功", "没关系，可以再试一次。"),
    "review": ("已经提交", "工作人员会看一看您的照片，再告诉您结果。养老金不会因此停发。"),
    "refused": ("刷脸没有成功", "没关系，社区会帮您办理。养老金不会因此停发。"),
    # by somebody whose claim nobody has confirmed yet
    "refused_claim": ("刷脸没有成功", "没关系，请带身份证到社区窗口办。养老金不会因此停发。"),
}

# The columns of a roster, by what people call them; the first of each is the one we ask for.
ROSTER_HEADINGS = {
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码"),
    "name": ("姓名",),
    "phone": ("手机号", "手机号码", "手机", "联系电话", "电话"),
    "address": ("住址", "居住地址", "家庭住址", "地址"),
    "community_code": ("社区编码", "社区代码", "所属社区编码"),
    "agency_code": ("参保地编码", "参保地代码", "参保地"),
    "insured_kind": ("人员类别", "参保类别"),
    "entitled_from": ("待遇开始日期", "待遇享受开始日期", "退休日期"),
    "group_name": ("小组", "组别"),
    "latitude": ("纬度",),
    "longitude": ("经度",),
}
ROSTER_KINDS = {
    "institution": ("机关事业单位", "机关事业", "机关", "事业"),
    "enterprise": ("企业",),
    "flexible": ("灵活就业", "灵活就业人员"),
}
REGION_HEADINGS = {
    "code": ("编码", "代码", "区划代码", "统计用区划代码"),
    "name": ("名称",),
    "telephone": ("电话", "联系电话"),
}
ROSTER_REASON_COLUMN = "原因"

# Why a line of a roster did not go in.
ROSTER = {
    "id_number_missing": "没有身份证号",
    "id_number_fifteen_digits": "是15位的旧身份证号,请填18位的新号码",
    "id_number_lost_digits": "身份证号被表格改成了数字,后几位已经丢失,请把这一列设成“文本”再填",
    "id_number_form": "身份证号应为18位,最后一位是数字或X",
    "id_number_birthday": "身份证号里的出生日期不存在",
    "id_number_check_digit": "身份证号的最后一位对不上,请核对是否写错",
    "name_missing": "没有姓名",
    "name_too_long": "姓名太长",
    "name_unreadable": "姓名里有认不出的字,请核对",
    "character_lost": "有的字读不出来,请核对文件的编码",
    "phone_form": "电话号码不对,手机号应为11位",
    "address_too_long": "住址太长,请不要超过200个字",
    "community_unknown": "没有这个社区编码,请核对,或先导入社区",
    "agency_missing": "没有参保地编码",
    "agency_unknown": "没有这个参保地编码,应为长沙市的6位区县编码",
    "insured_kind_unknown": "人员类别应为:机关事业单位、企业、灵活就业",
    "position_form": "经纬度不对,应像纬度 28.196、经度 112.977",
    "entitled_from_form": "待遇开始日期不对,应像 2010-05-01",
    "twice_in_file": "这个身份证号在文件里已经出现过,只收了第一次",
    # photographs
    "photo_nobody": "没有这个身份证号的退休人员,照片没有收",
    "photo_unusable": "照片不能用:{advice}",
    "photo_failed": "照片没能读出来,请换一张",
    # regions
    "region_code_form": "编码应为6位、9位或12位数字",
    "region_name_missing": "没有名称",
    "region_parent_unknown": "上一级的编码还没有",
}

# What an import of people did.
PEOPLE_IMPORTED = (
    "共 {read} 行: 新增 {added},更新 {updated},没有变化 {unchanged},没有收 {rejected}。"
    "用时 {elapsed_ms} 毫秒,每秒 {rows_per_second} 行。"
)
PHOTOS_IMPORTED = "照片 {found} 张: 新收 {added},已有 {unchanged},不能用 {rejected}。"
REGIONS_IMPORTED = "共 {read} 行: 新增 {added},更新 {updated},没有变化 {unchanged},没有收 {rejected}。"
PEOPLE_INDEXED = "共 {people} 人: 更新 {changed},没有变化 {unchanged}。"

# What was odd about a line that went in all the same.
ROSTER_WARNINGS = {
    "under_pension_age": "不到50岁",
}

# What would help most: about the picture of the face, then about the file.
ADVICE = {
    "no_face": "请摘下口罩，正对手机。",
    "too_dark": "光线太暗，请面向窗户或打开灯。",
    "too_bright": "光线太强，请背对太阳。",
    "too_far": "请把手机拿近一点。",
    "cut_off": "请把整张脸放进框里。",
    "several_faces": "请让旁边的人离开画面。",
    "blurred": "请拿稳手机，擦一擦镜头。",
    "look_straight": "请坐好，看着手机。",
    "hold_still": "请坐稳，先不要动。",
    "unlike_photo": "和照片不太像。请面向亮处，摘下帽子和墨镜。",
    "not_an_image": "这个文件不是照片，请换一张照片。",
    "not_a_video": "这个文件不是录像，请重新录一段。",
    "heic": "这种照片打不开，请在手机相机设置里选“兼容性最佳”，再拍一张。",
    "animated": "这是会动的图片，请换一张普通照片。",
    "truncated": "文件没有传完整，请再传一次。",
    "too_many_pixels": "照片太大了，请换一张小一点的。",
    "file_too_large": "文件太大了，请重新拍一段，十五秒左右就够。",
    "video_too_long": "录像太长了，请重新录一段，十五秒左右就够。",
    "video_empty": "录像里没有画面，请重新录一段。",
    "video_codec": "这段录像里看不到画面，请用手机自带的相机重新录。",
    "unreadable": "画面没有看清，请重新拍。",
}

REFUSALS |= benefits.REFUSALS
# A file given at the command line is refused with its advice.
REFUSALS |= protection.REFUSED | policy.REFUSALS | tables.REFUSED
NEXT_STEPS |= protection.NEXT
REFUSALS |= {code: sentence for code, sentence in ADVICE.items() if code not in REFUSALS}

# What would help most after WeChat's own face verification did not pass.
WECHAT_ADVICE = {
    "allow_camera": "请允许微信用相机和麦克风，再试一次。",
    "other_phone": "这个手机不能刷脸，请换一个手机，或到社区窗口办。",
    "network": "网络不太好，请换个信号好的地方再试。",
    "more_time": "时间到了，没关系，请再试一次。",
    "face_phone": "请正对手机，脸上要亮一点，再试一次。",
    "stopped": "刚才停下来了，请再试一次。",
    "once_more": "这次没有成功，请再试一次，或到社区窗口办。",
}

# What a person is asked to do; shown large and spoken.
INSTRUCTIONS = {
    "position": "请把脸放进框里，看着手机。",
    "blink": "请慢慢闭上眼睛，再睁开。",
    "open_mouth": "请张大嘴巴，再合上。",
    "turn_left": "请慢慢向左转头，再转回来。",
    "turn_right": "请慢慢向右转头，再转回来。",
    "nod": "请慢慢低头，再抬起来。",
    # after the last action, until one straight look more was seen
    "look": "很好，看着手机别动。",
    "done": "做好了，请稍等。",
}

# What the certification page's script says; the rest of the page stands in its template.
PAGE = {
    "allow_camera": "手机问能不能用相机，请点“允许”。",
    "bad_connection": "网络不太好，正在重试，请不要关掉。",
    "busy": "现在人多，请稍等一下。",
    "day": "{year}年{month}月{day}日",
    "elsewhere": "您在别的地方重新开始了认证。",
    "looking": "传好了，正在看，请稍等。",
    "myself": "（本人）",
    "no_hurry": "慢慢来，不着急。",
    "no_network": "网络断了。",
    "no_network_next": "请检查网络，再点“再试一次”。",
    "not_in_wechat": "这里不是微信，不能刷脸。",
    "not_in_wechat_next": "请在微信里打开这个页面，或请社区帮忙。",
    "our_fault": "系统出了一点问题，不是您的错。",
    "our_fault_next": "请点“再试一次”。",
    "relative": "（家人）",
    "sent": "已经传了百分之{percent}",
    "step": "第{step}步，共{steps}步。慢慢来。",
    "stop": "。",
    "visit_coming": "已经申请上门",
    "visit_sure": "请人上门，对吗？",
    "wait": "请稍等……",
    "window_bring": "到社区窗口办，带上身份证。",
    "window_ready": "社区会帮您办",
    "window_sure": "去窗口办，对吗？",
    "withdrawn": "已经收回刷脸同意。",
}

# How somebody was certified.
CHANNELS = {
    "self_service": "刷脸认证",
    "home_visit": "上门认证",
    "counter": "窗口认证",
    "data_match": "数据比对认证",
}

# What stands on a receipt, on the page and on paper; the rest of the page stands in its template.
RECEIPT = {
    "title": "养老金资格认证回执",
    "number": "回执编号",
    "name": "姓名",
    "method": "认证方式",
    "with_helper": "{method}（亲属或他人帮助）",
    "evidence": "依据的记录",
    "evidence_of": "{department}，{day}",
    "certified_at": "认证时间",
    "moment": "{day} {part}{hour}点{minute:02d}分",
    "valid_until": "有效期到",
    "next_due_by": "下次认证最晚",
    "purpose": "认证已经完成，请保存好回执。",
    "verify": "查真假，请扫左边的码，或打开下面的网址，输入编号。",
}

# What part of the day an hour belongs to, by its first hour.
DAY_PARTS = {0: "凌晨", 6: "上午", 12: "中午", 13: "下午", 18: "晚上"}

# What we send by ourselves: in WeChat, and as a text message where WeChat does not reach.
NOTICES = {
    "certified": "{name}今年认证好了，有效期到{valid_until}。\n养老金照发，今年不用再做。\n回执：{url}",
    "certified_before": (
        "{name}以前那一年的认证办好了，有效期到{valid_until}。\n今年还要认证一次，最晚{next_due_by}。\n回执：{url}"
    ),
    "certified_by_data": (
        "{name}今年认证好了，不用再刷脸。\n{seen_on}有{source}，有效期到{valid_until}。\n"
        "不是本人的记录，请回复“不是我”。\n老人已经过世，请回复“他已去世”。\n回执：{url}"
    ),
    "answered": "您问的有答复了（{number}）：\n{answer}\n还有不明白的，请接着问。",
    "review_refused": (
        "{name}的照片看过了，还认不准。\n没关系，社区会来帮忙，养老金不会因此停发。\n要问情况，请回复“人工”。"
    ),
    "relative_asks": "{person}想帮您办养老金的事，说是您的{relation}。\n同意不同意，由您定。\n请在微信里回复“家人”。",
    "certify_invite": "家里人请您认证。\n点这里，看着手机一分钟就好：\n{link}",
    "binding_confirmed": "有人能帮您办养老金的事了：{person}（{relation}）。\n不认识？请在微信里回复“家人”，可以停掉。",
    "phone_confirmed": "又有一个手机能办您养老金的事了。\n不是您的？请在微信里回复“家人”，可以停掉。",
    "relative_agreed": "老人同意了，您可以帮忙办事了。\n请在微信里回复“菜单”。",
    "relative_declined": "老人没有同意，您不能帮忙办事。\n有疑问，请联系老人或社区。",
}
NOTICES |= benefits.NOTICES
# The tag of relatives in the official account.
MENU_TAG = "亲属"
DAY_WORDS, MONTH_WORDS = "{year}年{month}月{day}日", "{year}年{month}月"
RELATIONS = {
    "self": "本人",
    "direct_relative": "父母、配偶或子女",
    "relative": "亲戚",
    "interested_party": "利害关系人",
    "entrusted": "委托的亲属",
}

STAFF_ADDED = "登录名: {login}。第一个密码: {password}。只显示这一次,请当面告诉本人。"
MENU_PUSHED = "菜单已经发到公众号: {entries}。五分钟后手机上能看到。"
CODE_ISSUED = "确认码: {code}。有效到 {year}年{month}月{day}日。请当面交给本人。"
