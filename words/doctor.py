"""What `flask doctor` says of each finding, by the check's name. Imports nothing."""

CLEAN = "没有发现问题。"
FOUND = "{what}：{count} 处（{examples}）"
MENDED = "已删除 {count} 张没有归属的图片。"
CHECKS = {
    "migrations_missing": "数据库结构不是最新，先运行 flask database upgrade",
    "database_damaged": "数据库文件已损坏，用备份恢复",
    "row_refers_to_nothing": "记录所指的内容不存在",
    "certified_twice": "同一人同一周期认证了两次",
    "certification_without_receipt": "认证没有回执号",
    "certified_attempt_without_certification": "刷脸已通过但没有认证记录",
    "certification_of_an_attempt_that_failed": "刷脸没有通过却有认证记录",
    "standing_disagrees": "人员名单上的认证状态与认证记录不一致",
    "attempt_never_ended": "刷脸早已超时仍未结束",
    "attempt_ended_without_time": "刷脸已结束但没有结束时间",
    "review_missing": "刷脸待复核但没有复核记录",
    "session_waits_for_no_review": "认证待复核但没有人在复核",
    "review_without_ticket": "复核没有对应的工单",
    "ticket_without_owner": "工单没有责任单位或期限",
    "ticket_in_nobodys_hands": "工单的经办人已不在岗",
    "ticket_ended_without_time": "工单的状态与办结时间不一致",
    "message_out_stuck": "消息超过一小时没有发出",
    "voice_message_stuck": "语音超过一小时没有处理",
    "dead_letter": "任务多次失败，已停止重试",
    "task_lost": "任务超过一小时没有完成",
    "no_transition_of_attempts": "刷脸状态没有变更记录",
    "no_transition_of_certification_sessions": "认证过程状态没有变更记录",
    "no_transition_of_reviews": "复核状态没有变更记录",
    "no_transition_of_tickets": "工单状态没有变更记录",
    "no_transition_of_reports": "报告状态没有变更记录",
    "picture_missing": "图片文件丢失",
    "picture_orphaned": "图片没有归属，可用 --mend 删除",
    "pictures_out_of_reach": "图片存储连接不上",
}
