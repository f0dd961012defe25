"""The help of `od` in Chinese: the English text is the key. Loaded only where the user's language is Chinese."""

from __future__ import annotations

from copy import copy

import click

HELP = {
    "Load verified, versioned open data.": "加载经过校验、有版本的开放数据。",
    "od search covid                                  what is there": (
        "od search covid                                  有哪些数据"
    ),
    "od info official/owid-covid-global-daily         what it is": (
        "od info official/owid-covid-global-daily         数据是什么"
    ),
    "od load official/stooq-aapl-daily -o aapl.csv    get it": (
        "od load official/stooq-aapl-daily -o aapl.csv    取得数据"
    ),
    "od verify official/stooq-aapl-daily              check it": (
        "od verify official/stooq-aapl-daily              校验数据"
    ),
    "Exit codes: 0 ok, 1 validation failed, 2 usage, 3 not found, 4 integrity, 5 network, 6 authorisation, "
    "7 conflict, 8 quality gate, 9 licence, 130 interrupted.": (
        "退出码：0 成功，1 校验失败，2 用法，3 未找到，4 完整性，5 网络，6 授权，7 冲突，8 质量门禁，9 许可，130 中断。"
    ),
    "Examples:": "示例：",
    "Show the version and exit.": "显示版本并退出。",
    "Keep the tokens that open private data. OPENDATA_TOKEN, where it is set, is used instead of them.": (
        "保存访问私有数据的令牌；若设置了 OPENDATA_TOKEN，则以它为准。"
    ),
    "Keep a token for the host of an endpoint; it is asked for, or read from stdin.": (
        "为某个端点的主机保存令牌；令牌通过提示输入，或从标准输入读取。"
    ),
    "Base URL of the endpoint; OPENDATA_ENDPOINT by default.": "端点的基础 URL，默认取 OPENDATA_ENDPOINT。",
    "How to write the result.": "结果的输出格式。",
    "Same as --format json.": "等同于 --format json。",
    "In GitHub Actions: have GitHub vouch for this job, and keep the session that the gateway gives for it.": (
        "在 GitHub Actions 中：由 GitHub 为本任务作证，并保存网关为此签发的会话。"
    ),
    "Whom the token is for; the gateway's base URL by default.": "令牌的受众，默认为网关的基础 URL。",
    "Write .github/workflows/publish.yml: it runs main.py, validates, publishes without a key, and reports.": (
        "写出 .github/workflows/publish.yml：运行 main.py、校验、无密钥发布并上报结果。"
    ),
    "When to run, in UTC: five fields; by default what the metadata's frequency says.": (
        "运行时间（UTC），五个字段；默认由元数据的 frequency 决定。"
    ),
    "On GitHub's machines or on your own.": "在 GitHub 的机器上，或在自己的机器上运行。",
    "Write it over a workflow with another content.": "覆盖内容不同的已有工作流。",
    "Print the workflow and write nothing.": "只输出工作流，不写文件。",
    "Note the steps of a scheduled run, and tell the gateway what became of them.": (
        "记录定时运行的各个步骤，并把结果告知网关。"
    ),
    "Run COMMAND, note how it ended and how long it took, and exit as it did.": (
        "运行 COMMAND，记录其结果与耗时，并以相同的退出码退出。"
    ),
    "Send the report of the steps noted: outcome, category of the failure, duration, rows, link to the log.": (
        "上报已记录的步骤：结果、故障类别、耗时、行数与日志链接。"
    ),
    "Base URL of the gateway; OPENDATA_GATEWAY by default.": "网关的基础 URL，默认取 OPENDATA_GATEWAY。",
    "Write the files of a new dataset, which run as they are: change a few lines.": (
        "写出一个新数据集的文件；无需修改即可运行，改几行即可。"
    ),
    "A notebook instead of a script; main.py runs its cells.": "用笔记本代替脚本；main.py 会依次运行其单元格。",
    "Overwrite the files that are there.": "覆盖已有的文件。",
    "Check what main.py wrote, and what it would change for readers. Exit code 1 if anything fails.": (
        "检查 main.py 的输出，以及发布后对读者的变化；有任何一项不通过时退出码为 1。"
    ),
    "What the version is called; today (UTC) by default, 1.2.0 for semver.": (
        "版本名称，默认今天（UTC）；semver 则如 1.2.0。"
    ),
    "Break readers on purpose: the schema changes.": "有意的不兼容变更：列结构改变。",
    "Markdown, as a comment for a pull request.": "输出 Markdown，可作为拉取请求的评论。",
    "Validate what main.py wrote and publish it: to a folder, a bucket, or through a gateway.": (
        "校验 main.py 的输出并发布：到文件夹、存储桶，或经由网关。"
    ),
    "OPENDATA_STORAGE says where; with a gateway no key of a bucket is needed.": (
        "位置由 OPENDATA_STORAGE 决定；使用网关时无需存储桶密钥。"
    ),
    "The commit that you have seen; else that of the validation.": "你所见的提交序号，默认取校验时所见的。",
    "Why; kept in the commit.": "原因，会写入提交。",
    "Say what would be written, and stop.": "只说明将写入什么，然后停止。",
    "Register datasets, and look at what is registered.": "登记数据集，查看已登记的内容。",
    "Register what opendata.yaml describes at a gateway.": "把 opendata.yaml 描述的数据集登记到网关。",
    "A store without one is not written to: there the first publication registers it.": (
        "没有网关的存储不会被写入：首次发布即登记。"
    ),
    "Replace the metadata that it is registered with.": "替换已登记的元数据。",
    "Bring the index up to what is published. A gateway does so by itself with each publication.": (
        "让索引与已发布的内容一致；网关在每次发布时自行完成。"
    ),
    "From all commits of the store, not only from what was left unsettled.": (
        "依据存储中的全部提交重建，而不只处理未了结的。"
    ),
    "Show what the registry says of a dataset.": "显示登记处关于某个数据集的内容。",
    "Let a workflow on GitHub publish this dataset without a key, as `od deploy` writes it.": (
        "允许 GitHub 上的一个工作流无密钥发布本数据集（如 `od deploy` 所写）。"
    ),
    "The repository's number: gh api repos/OWNER/NAME --jq .id": "仓库编号：gh api repos/OWNER/NAME --jq .id",
    "Its owner's number: gh api repos/OWNER/NAME --jq .owner.id": "所有者编号：gh api repos/OWNER/NAME --jq .owner.id",
    "The file in .github/workflows.": ".github/workflows 中的文件名。",
    "Only runs of this branch or tag.": "仅限该分支或标签的运行。",
    "Only runs in this environment of GitHub's.": "仅限该 GitHub 环境中的运行。",
    "Forget the token for the host of an endpoint.": "删除某个端点主机的令牌。",
    "Show the hosts for which there is a token, and where it comes from.": "显示哪些主机有令牌，以及令牌的来源。",
    "Look after downloaded files. The folder is OPENDATA_CACHE, by default ~/.cache/opendata.": (
        "管理已下载的文件。缓存目录为 OPENDATA_CACHE，默认 ~/.cache/opendata。"
    ),
    "List the files, the most recently used first.": "列出文件，最近使用的在前。",
    "Remove files that were not used for some days; they are downloaded again when needed.": (
        "删除若干天未使用的文件；需要时会重新下载。"
    ),
    "Days not used.": "未使用的天数。",
    "Only list what would be removed.": "只列出将被删除的内容。",
    "Do not ask.": "不再询问。",
    "Hash every file; damaged ones are taken out of use. Exit code 4 if there are any.": (
        "重新计算每个文件的哈希；损坏的文件会被停用。若有损坏，退出码为 4。"
    ),
    "List the partitions that were published, corrected, rolled back or yanked since then.": (
        "列出此后发布、更正、回滚或撤下的分区。"
    ),
    "seq:N, @INSTANT, or a day: since it began, in UTC.": "seq:N、@时刻，或某日（自该日 UTC 零点起）。",
    "Use only what the cache holds.": "只使用缓存中的内容。",
    "Print how to cite a dataset in a paper.": "输出论文引用格式。",
    "A version or state; the newest state by default.": "版本或状态，默认最新状态。",
    "Print the completion script of a shell. Dataset ids come from the index as it was last read.": (
        "输出 shell 补全脚本；数据集标识取自最近一次读到的索引。"
    ),
    "Compare A with B, two states or versions; without B, with the newest state.": (
        "比较 A 与 B 两个状态或版本；省略 B 时与最新状态比较。"
    ),
    "Show the cells that changed, or the rows.": "显示变化的单元格，或变化的行。",
    "At most this many of them.": "最多显示多少条。",
    "Show the settings in force and the installed versions. Keys and URLs are only said to be set.": (
        "显示生效的设置与已安装的版本；密钥与 URL 只显示是否已设置。"
    ),
    "Say what a load would read: objects, bytes and requests. No data is fetched.": (
        "说明一次加载将读取哪些对象、多少字节、多少请求；不下载任何数据。"
    ),
    "2026-11-20, 2026-11-20.r2, 1.2.0, @INSTANT or seq:N; the newest state by default.": (
        "2026-11-20、2026-11-20.r2、1.2.0、@时刻 或 seq:N；默认最新状态。"
    ),
    "Names of columns, separated by commas.": "列名，以逗号分隔。",
    "First day (2026-11-20 or 20261120).": "起始日（2026-11-20 或 20261120）。",
    "Last day.": "结束日。",
    "Symbols in any spelling, separated by commas: 600000.SH,sz000001,BTCUSDT.": (
        "代码，任意写法，以逗号分隔：600000.SH,sz000001,BTCUSDT。"
    ),
    "Only what was knowable at the end of this day (UTC) or at this instant.": (
        "只取该日结束时（UTC）或该时刻已可知的数据。"
    ),
    "Adjust prices, forwards (qfq) or backwards (hfq).": "复权：前复权 qfq 或后复权 hfq。",
    "The day whose factor divides prices; for qfq by default the newest.": "复权基准日；qfq 默认取最新一日。",
    "How old the newest data may be: '1 trading day', '2 days', '36 hours'.": (
        "最新数据允许的陈旧程度：'1 trading day'、'2 days'、'36 hours'。"
    ),
    "Only the first rows, as many as this.": "只取前若干行。",
    "Show the first rows of the newest version.": "显示最新版本的前几行。",
    "How many rows.": "行数。",
    "Show what a dataset is: licence, source, size, dates, columns.": "显示数据集的许可、来源、大小、日期与各列。",
    "Load a dataset, verified, and write it to the terminal or to a file.": "加载经过校验的数据集，输出到终端或文件。",
    "Write to this file (.csv, .parquet, .json, .jsonl).": "写入该文件（.csv、.parquet、.json、.jsonl）。",
    "Say what would be read and transferred, and stop.": "只说明将读取与传输什么，然后停止。",
    "Download also what the cache holds.": "即使缓存中已有也重新下载。",
    "Accept an older state than was seen before.": "接受比之前见过的更旧的状态。",
    "Record what was loaded in the lock file.": "把本次加载记录到锁文件。",
    "Load the very state and slice that the lock file has recorded.": "按锁文件记录的状态与切片原样加载。",
    "Its name.": "锁文件名。",
    "Files to download at the same time.": "同时下载的文件数。",
    "Find datasets in which every word occurs, in English or Chinese; all of them without a word.": (
        "查找包含所有关键词（中文或英文）的数据集；不给关键词则列出全部。"
    ),
    "At most this many.": "最多显示多少条。",
    "Hash every object of a state again, in the store itself. Exit code 4 if anything is not as recorded.": (
        "在存储中重新计算某一状态全部对象的哈希；若与记录不符，退出码为 4。"
    ),
    "Show the commits of a dataset, newest first.": "显示数据集的提交，最新在前。",
}


def translated(command: click.Command) -> click.Command:
    """A copy of a command with its help, its options and its subcommands in Chinese."""
    chinese = copy(command)
    chinese.help = _lines(command.help)
    chinese.epilog = _lines(command.epilog)
    chinese.params = [copy(parameter) for parameter in command.params]
    for option in chinese.params:
        if isinstance(option, click.Option):
            option.help = _lines(option.help)
    if isinstance(chinese, click.Group):
        chinese.commands = {name: translated(subcommand) for name, subcommand in chinese.commands.items()}
    return chinese


def _lines(text: str | None) -> str | None:
    """A text in Chinese: as a whole, else those of its lines that are known; commands stay as they are."""
    if text is None:
        return None
    if text.strip() in HELP:
        return HELP[text.strip()]
    return "\n".join(line.replace(line.strip(), HELP.get(line.strip(), line.strip())) for line in text.splitlines())
