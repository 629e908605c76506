"""Clean parquet for the databases: made by the command, split into parts, or edited by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from tests.cli.conftest import Cli

from fundcalc.roster.clean import KEY, statement


def cleaned(cli: Cli, roster: Path, *options: object) -> Path:
    """The folder that `fundcalc roster clean` makes of a roster, without the rows that it rejects."""
    folder = roster.parent / f"clean-{roster.stem}"
    answer = cli("roster", "clean", roster, "-o", folder, "--skip-rejects", *options)
    assert answer.code == 0, answer.err
    return folder


def edited(folder: Path, *cells: tuple[str, str, object]) -> Path:
    """The one part of a clean roster with other values (village, fact, value), its statement as it was."""
    [part] = folder.glob("*.parquet")
    metadata, table = pl.read_parquet_metadata(part), pl.read_parquet(part)
    for village, fact, value in cells:
        here = pl.when(pl.col("name") == village).then(pl.lit(value, table.schema[fact]))
        table = table.with_columns(here.otherwise(pl.col(fact)).alias(fact))
    table.write_parquet(part, metadata={KEY: metadata[KEY]})
    return folder


def split(folder: Path, rows: int, *, shuffle: bool = False) -> Path:
    """The one part of a clean roster in parts of so many rows, in order or in none."""
    [part] = folder.glob("*.parquet")
    said = statement(pl.read_parquet_metadata(part))
    assert said is not None
    whole = pl.read_parquet(part).sample(fraction=1, shuffle=shuffle, seed=1)
    slices = list(whole.iter_slices(rows))
    part.unlink()
    for number, some in enumerate(slices):
        result = said.result.model_copy(update={"parts": len(slices)})
        one = said.model_copy(update={"result": result, "part": number, "rows": some.height})
        some.write_parquet(
            folder / f"part-{number:05}.parquet", metadata={KEY: one.model_dump_json()}
        )
    return folder


def for_engine(cli: Cli, roster: Path, how: Sequence[str]) -> Path:
    """A roster as an engine reads it: databases want it clean."""
    return cleaned(cli, roster) if "--backend" in how else roster
