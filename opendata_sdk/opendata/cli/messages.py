"""Words that people meet, in the language of LC_ALL, LC_MESSAGES or LANG: Chinese where that is zh, else English.

The English text is the key. Details of an error stay English: they name fields, keys and rules.
"""

from __future__ import annotations

import os

_CHINESE = {
    "error": "错误",
    "hint": "提示",
    "warning": "警告",
    "interrupted": "已中断",
    # headings
    "id": "标识",
    "title": "标题",
    "description": "说明",
    "license": "许可",
    "source": "来源",
    "version": "版本",
    "commit": "提交",
    "updated": "更新时间",
    "versioning": "版本方式",
    "partitions": "分区",
    "rows": "行数",
    "size": "大小",
    "from": "起",
    "to": "止",
    "column": "列",
    "type": "类型",
    "nullable": "可空",
    "unit": "单位",
    "seq": "序号",
    "committed at": "提交时间",
    "operation": "操作",
    "versions": "版本",
    "reason": "原因",
    "object": "对象",
    "problem": "问题",
    "files": "文件",
    "to transfer": "待传输",
    "requests": "请求数",
    "row groups": "行组",
    "of": "总大小",
    "all": "全部",
    "sha256": "sha256",
    "last used": "最近使用",
    "setting": "设置",
    "value": "值",
    "host": "主机",
    "token": "令牌",
    "sandbox": "沙盒",
    "partition": "分区",
    "change": "变化",
    "before": "之前",
    "after": "之后",
    "columns": "列",
    "added": "新增",
    "removed": "移除",
    "changed": "更改",
    "unchanged": "未变",
    "datasets": "数据集",
    "until": "有效至",
    "outcome": "结果",
    "category": "故障类别",
    "summary": "摘要",
    "started_at": "开始时间",
    "seconds": "秒数",
    "link": "链接",
    "check": "检查",
    "found": "结果为",
    "must be": "应为",
    "ok": "通过",
    "block": "不通过",
    "hold": "待确认",
    "warn": "提醒",
    "published": "已发布",
    "where": "位置",
    "next": "下一步",
    # sentences
    "it can be published": "可以发布",
    "it cannot be published": "不能发布",
    "registered": "已登记",
    "its metadata were replaced": "元数据已替换",
    "it is registered": "已在登记之列",
    "a store without a gateway registers it with its first publication: `od push`": (
        "没有网关的存储在首次发布时登记：`od push`"
    ),
    "the index is up to date": "索引已是最新",
    "nothing has changed since then": "此后没有变化",
    "not live data": "不是实时数据",
    "nothing found": "没有找到",
    "no token": "没有令牌",
    "the cache is empty": "缓存为空",
    "every object is as the commit says": "所有对象均与提交记录一致",
    "every file is what its name says": "所有文件均与其哈希一致",
    # summaries of errors, by code
    "invalid_value": "参数或数据不合规则",
    "not_adjustable": "该数据集未声明复权方式",
    "not_point_in_time": "该数据集未声明数据何时可知",
    "stale_data": "最新数据过旧",
    "not_found": "没有找到",
    "dataset_not_found": "没有这个数据集",
    "version_not_found": "没有这个版本",
    "not_locked": "锁文件中没有这个数据集",
    "gone": "存储中缺少已登记的对象",
    "integrity": "数据校验失败，未被使用",
    "rollback_refused": "存储显示的状态比之前见过的更旧，已拒绝",
    "store": "存储无法完成请求",
    "store_unavailable": "存储没有应答",
    "store_denied": "存储拒绝访问",
    "store_full": "存储空间不足或只读",
    "backend_unsafe": "存储不支持条件写入，拒绝发布",
    "conflict": "他人已先发布，需在新状态上重试",
    "commit_uncertain": "存储未确认提交是否写入，可安全重试",
    "gate_failed": "质量门禁未通过，未发布",
    "upgrade_required": "数据格式较新，请升级 opendata",
    "offline": "离线，且缓存中没有所需内容",
    "cache": "缓存目录无法写入",
    "missing_extra": "缺少可选依赖",
    "usage": "用法有误",
}


def say(text: str) -> str:
    """A text in the user's language; what the catalogue does not have stays as it is."""
    return chinese(text) if is_chinese() else text


def chinese(text: str) -> str:
    """A text in Chinese; what the catalogue does not have stays as it is."""
    return _CHINESE.get(text, text)


def is_chinese() -> bool:
    """Whether the user's language is Chinese."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return chosen.lower().startswith("zh")
