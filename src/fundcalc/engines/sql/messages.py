"""What is said about SQL and the databases that run it: one function an error."""

from __future__ import annotations

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words


def too_wide(span: Span, programme: str) -> Diagnostic:
    """A programme whose numbers may leave 38 digits."""
    return error(
        "FC860",
        span,
        Words(
            f"项目 `{programme}` 的算式按事实的范围可能超过 38 位数，数据库算不准",
            f"a formula of `{programme}` may pass 38 digits within its facts' ranges, too wide for SQL",
        ),
        Words(
            "在 rules/village.toml 里缩小 range，或不用 --backend",
            "narrow the `range` in rules/village.toml, or run without --backend",
        ),
    )


def same_name(one: str, other: str) -> Diagnostic:
    """Two columns of the result that a database cannot tell apart."""
    return error(
        "FC861",
        None,
        Words(
            f"结果的两列 `{one}` 和 `{other}` 在数据库里同名（不分大小写）",
            f"the result's columns `{one}` and `{other}` have one name in a database, which ignores case",
        ),
        Words("给其中一个换一个 id", "give one of them another id"),
    )


def negative(span: Span, item: str, where: str) -> Diagnostic:
    """A pool, weight or cap below zero."""
    return error(
        "FC405",
        span,
        Words(
            f"{where}：`{item}` 的资金池、权重或上限为负数",
            f"the pool, weight or cap of `{item}` is negative for {where}",
        ),
        Words("用 max(…, 0) 写明下限", "write max(…, 0)"),
    )


def database_failed(database: str, text: str) -> Diagnostic:
    """A statement that the database could not run."""
    return error(
        "FC862",
        None,
        Words(f"{database} 没有算完：{text}", f"{database} could not finish: {text}"),
        Words("没有写出任何结果", "nothing was written"),
    )


def not_installed(package: str, extra: str) -> Diagnostic:
    """A back-end whose package is not there."""
    return error(
        "FC863",
        None,
        Words(f"没有安装 {package}", f"{package} is not installed"),
        Words(f"运行 pip install 'fundcalc[{extra}]'", f"run: pip install 'fundcalc[{extra}]'"),
    )


def no_java(detail: str) -> Diagnostic:
    """Spark without Java, or with one that does not start."""
    return error(
        "FC864",
        None,
        Words(
            f"Spark 需要 Java 17 或更新版本：{detail}", f"Spark needs Java 17 or newer: {detail}"
        ),
        Words(
            "安装 Java，或设置 JAVA_HOME；也可用 --backend duckdb",
            "install Java or set JAVA_HOME; or use --backend duckdb",
        ),
    )


def wrong_files(path: str) -> Diagnostic:
    """A roster of a kind that back-ends do not read."""
    return error(
        "FC865",
        Span(path),
        Words(
            "--backend 读 .parquet 或 .csv，或只含其中一种的文件夹",
            "a back-end reads .parquet or .csv, or a folder of files of one of these",
        ),
        Words("换一种格式，或不用 --backend", "use another format, or run without --backend"),
    )


def not_utf8(path: str) -> Diagnostic:
    """A CSV that a back-end cannot read."""
    return error(
        "FC866",
        Span(path),
        Words("--backend 读的 CSV 必须是 UTF-8", "a CSV for a back-end must be UTF-8"),
        Words("另存为 UTF-8，或不用 --backend", "save it as UTF-8, or run without --backend"),
    )


def brotli(path: str) -> Diagnostic:
    """A parquet file packed in a way that DuckDB does not unpack safely."""
    return error(
        "FC868",
        Span(path),
        Words(
            "这个 .parquet 用 Brotli 压缩，DuckDB 解压它有安全漏洞",
            "this .parquet is packed with Brotli, which DuckDB does not unpack safely",
        ),
        Words(
            "改用 zstd 压缩另存，或不用 --backend",
            "write it with zstd instead, or run without --backend",
        ),
    )


def no_header(path: str) -> Diagnostic:
    """A file whose first line is no header."""
    return error(
        "FC867",
        Span(path),
        Words(
            "--backend 要求表头在第一行，列名为事实的 id、标题或别名",
            "for a back-end the header must be the first line, with the facts' ids, titles or aliases",
        ),
        Words("去掉标题行，或不用 --backend", "take the title rows out, or run without --backend"),
    )


def differs(span: Span, programme: str, village: str, one: str, other: str) -> Diagnostic:
    """The rules engine and a database give a village different results: a fault of this program."""
    return error(
        "FC869",
        span,
        Words(
            f"内部错误：{village} 的 `{programme}`，规则引擎得 {one}，数据库得 {other}",
            f"internal error: `{programme}` for {village}: rules engine {one}, database {other}",
        ),
        Words("没有写出任何结果；请报告此错误", "nothing was written; please report this"),
    )


def totals_among(file: str, count: int) -> Diagnostic:
    """Rows of a table for a database whose names are those of totals or means."""
    return error(
        "FC870",
        Span(file),
        Words(
            f"有 {count} 行的村名或乡镇像合计、平均，数据库会把它们当作村",
            f"{count} rows are named like totals or means, which a database would take for villages",
        ),
        Words(
            "删去这些行，或不用 --backend（读名册时会认出合计行）",
            "delete them, or run without --backend, where the reader of rosters knows them",
        ),
    )
