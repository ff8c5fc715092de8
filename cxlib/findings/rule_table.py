"""Which rules matter, as a table in the reader's language."""

from __future__ import annotations

import pandas as pd
from IPython.display import HTML

from cxlib.charts.rules import verdict_words
from cxlib.errors import require_columns
from cxlib.findings.sections import TEMPLATES
from cxlib.language import ENGLISH, Language

COLUMNS = ("rule", "verdict", "n_rules", "lowest", "highest", "segments", "touchpoints")


def rules_section(rules_that_matter: pd.DataFrame, *, language: Language = ENGLISH) -> HTML:
    """What each rule changes when it alone is moved: a row a rule, and one for all of them.

    Parameters
    ----------
    rules_that_matter : DataFrame
        As `rules_that_matter` gives it.
    language : Language

    Raises
    ------
    MissingColumnError
    """
    needed = (
        "rule", "verdict", "n_rules", "n_customers", "base_share", "lowest_share", "highest_share", "low_share",
        "high_share", "segment_rank_correlation", "touchpoint_rank_correlation", "worst_segment_changes",
        "worst_touchpoint_changes", "segments_turn", "touchpoints_turn",
    )  # fmt: skip
    require_columns(rules_that_matter, needed, name="rules_that_matter")
    base = rules_that_matter.iloc[-1]
    rows = [
        (
            language.text(f"names.rule.{row.rule}"),
            verdict_words(pd.Series(row._asdict()), language),
            language.number(row.n_rules),
            _bounded(row.lowest_share, row.low_share, "from", language),
            _bounded(row.highest_share, row.high_share, "to", language),
            language.number(row.segment_rank_correlation, 2),
            language.number(row.touchpoint_rank_correlation, 2),
        )
        for row in rules_that_matter.itertuples(index=False)
    ]
    table = {
        "caption": language.text("report.rules.caption", n=language.number(base["n_customers"])),
        "n_text_columns": 2,
        "columns": [language.text(f"report.rules.column_{name}") for name in COLUMNS],
        "rows": rows,
    }
    return HTML(
        TEMPLATES.get_template("section.html.j2").render(
            heading=language.text("report.rules.heading"),
            sentences=[language.text("report.rules.sentence", share=language.percent(base["base_share"], 1))],
            table=table,
            actions=None,
            note=language.text("report.rules.note"),
        )
    )


def _bounded(share: float, bound: float, side: str, language: Language) -> str:
    """A share with the outer end of its interval."""
    return language.text(
        f"report.rules.share_{side}", share=language.percent(share, 1), bound=language.percent(bound, 1)
    )
