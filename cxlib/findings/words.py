"""What the report's sections say: the catalogue's texts, filled with the month's figures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import ENGLISH, Language


def labels_of(figures: Mapping, language: Language) -> Mapping[str, str]:
    """How the study's own names read in the language; only those that study.toml gives a label for."""
    return figures["labels"].get(language.code, {})


def labelled(rows: pd.DataFrame, figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The rows with their touchpoints named as they read in the language, for a chart.

    Parameters
    ----------
    rows : DataFrame with `touchpoint`
    figures : mapping
        As `month_figures` gives it.
    language : Language

    Returns
    -------
    DataFrame, a new one
    """
    return rows.assign(touchpoint=rows["touchpoint"].replace(dict(labels_of(figures, language))))


class ReportWords:
    """The figures of one month, spoken in one language."""

    def __init__(self, figures: Mapping, language: Language) -> None:
        self.figures = figures
        self.language = language
        self.month = language.month(pd.Period(figures["period"]).to_timestamp())
        self.before = language.month(pd.Period(figures["previous_period"]).to_timestamp())
        self.loss_weight = language.number(figures["rules"]["loss_weight"], _decimals(figures["rules"]["loss_weight"]))
        months = figures["recent_months"]
        self.recent = self.text("common.month_alone" if months == 1 else "common.months", n=months)

    def text(self, key: str, **values: object) -> str:
        return self.language.text(f"report.{key}", **({"month": self.month, "before": self.before} | values))

    def name(self, name: str) -> str:
        """A name of the study's own as it reads in this language."""
        return labels_of(self.figures, self.language).get(name, name)

    def phase(self, row: Mapping) -> str:
        return self.language.text(f"names.phase.{row['phase']}")

    def join(self, names: list[str]) -> str:
        if len(names) == 1:
            return names[0]
        return self.text("common.and", first=", ".join(names[:-1]), last=names[-1])

    def risk_change(self) -> str:
        risk = self.figures["headline"]["at_risk_share"]
        if risk["value"] is None:
            return self.text("changed.no_base", n=self.language.number(risk["base"] or 0))
        numbers = {
            "count": self.language.number(risk["count"]),
            "base": self.language.number(risk["base"]),
            "share": self.language.percent(risk["value"], 1),
        }
        if risk["previous"] is None:
            return self.text("changed.risk", **numbers)
        difference = round(100 * (risk["value"] - risk["previous"]), 1)
        key = "changed.risk_same" if difference == 0 else f"changed.risk_{'rose' if difference > 0 else 'fell'}"
        return self.text(
            key,
            previous=self.language.percent(risk["previous"], 1),
            points=self.language.number(abs(difference), 1),
            **numbers,
        )

    def moves(self) -> list[str]:
        movers = [row for row in self.figures["movers"] if row["change"]]
        sentences = []
        for key, row in (
            ("changed.worse", next((row for row in movers if row["change"] < 0), None)),
            ("changed.better", next((row for row in movers if row["change"] > 0), None)),
        ):
            if row:
                sentences.append(
                    self.text(
                        key,
                        touchpoint=self.name(row["touchpoint"]),
                        now=self.language.signed(row["net_capital"]),
                        previous=self.language.signed(row["previous_net_capital"]),
                        n=self.language.number(row["n_customers"]),
                    )
                )
        return sentences

    def assumed(self) -> str:
        """How many experiences are the touchpoint's usual one, as nobody asked."""
        data = self.figures["data"]
        share = self.language.percent(data["n_experiences_assumed"] / data["n_experiences"])
        return self.text("limits.assumed", share=share, n=self.language.number(data["n_experiences"]))

    def assumed_by_phase(self) -> str:
        return ", ".join(
            f"{self.phase(row)} {self.language.percent(row['n_experiences_assumed'] / row['n_experiences'])}"
            for row in self.figures["phases"]
            if row["n_experiences"]
        )

    def rules(self) -> str:
        rules = self.figures["rules"]
        half_life = rules["half_life_days"]
        forgetting = (
            self.text("limits.no_half_life")
            if half_life is None
            else self.text("limits.half_life", days=self.language.number(half_life))
        )
        resolved = rules["resolved_loss_weight"]
        if resolved is not None and resolved != rules["loss_weight"]:
            weight = self.language.number(resolved, _decimals(resolved))
            forgetting = self.text("limits.resolved", resolved=weight, forgetting=forgetting)
        return self.text("limits.rules", loss_weight=self.loss_weight, forgetting=forgetting)


def _decimals(x: float) -> int:
    return 0 if float(x).is_integer() else 2
