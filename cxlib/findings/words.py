"""What the report's sections say: the catalogue's texts, filled with the month's figures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import Language, rounded

ALMOST_ALL = 0.95
"""The share of assumed experiences from which the first screen warns."""

MANY_STRANGERS = 0.05
"""The share of customers in no customer list from which it does."""


def shown_difference(value: float, previous: float, *, factor: int = 1, decimals: int = 0) -> float:
    """The difference between two figures as they are printed, so that a reader who subtracts gets the same.

    >>> shown_difference(0.1568, 0.1254, factor=100, decimals=1)
    3.2
    """
    return round(rounded(factor * value, decimals) - rounded(factor * previous, decimals), decimals)


class ReportWords:
    """The figures of one month, spoken in one language."""

    def __init__(self, figures: Mapping, language: Language) -> None:
        self.figures = figures
        self.language = language
        self.month = language.month(pd.Period(figures["period"]).to_timestamp())
        self.before = language.month(pd.Period(figures["previous_period"]).to_timestamp())
        self.loss_weight = self.weight(figures["rules"]["loss_weight"])
        months = figures["recent_months"]
        self.recent = self.text("common.month_alone" if months == 1 else "common.months", n=months)

    def text(self, key: str, **values: object) -> str:
        return self.language.text(f"report.{key}", **({"month": self.month, "before": self.before} | values))

    def weight(self, weight: float) -> str:
        return self.language.number(weight, 0 if float(weight).is_integer() else 2)

    def name(self, name: str) -> str:
        """A name of the study's own as it reads in this language."""
        return self.figures["labels"].get(self.language.code, {}).get(name, name)

    def phase(self, row: Mapping) -> str:
        return self.language.text(f"names.phase.{row['phase']}")

    def join(self, names: list[str]) -> str:
        if len(names) == 1:
            return names[0]
        return self.text("common.and", first=", ".join(names[:-1]), last=names[-1])

    def risk_change(self) -> str:
        risk = self.figures["headline"]["at_risk_share"]
        if risk["value"] is None:
            return self.text("changed.no_base", n=self.language.number(risk["base"]))
        numbers = {
            "count": self.language.number(risk["count"]),
            "base": self.language.number(risk["base"]),
            "share": self.language.percent(risk["value"], 1),
        }
        if risk["previous"] is None:
            return self.text("changed.risk", **numbers)
        difference = shown_difference(risk["value"], risk["previous"], factor=100, decimals=1)
        key = "changed.risk_same" if difference == 0 else f"changed.risk_{'rose' if difference > 0 else 'fell'}"
        sentence = self.text(
            key,
            previous=self.language.percent(risk["previous"], 1),
            points=self.language.number(abs(difference), 1),
            **numbers,
        )
        return f"{sentence} {self.text('changed.by_chance')}" if difference and risk["may_be_chance"] else sentence

    def cautions(self) -> list[str]:
        """What a reader must know before the first figure."""
        data = self.figures["data"]
        cautions = [self.figures["note"]] if self.figures["note"] else []
        n_experiences, n_strangers = data["n_experiences"], data["n_customers_not_listed"]
        if n_experiences and data["n_experiences_assumed"] >= ALMOST_ALL * n_experiences:
            share = self.language.percent(data["n_experiences_assumed"] / n_experiences)
            cautions.append(self.text("changed.hardly_measured", share=share))
        if data["n_customers_listed"] and n_strangers > MANY_STRANGERS * data["n_customers_experienced"]:
            n = self.language.number(data["n_customers_experienced"])
            cautions.append(self.text("changed.strangers", n_strangers=self.language.number(n_strangers), n=n))
        return cautions

    def moves(self) -> list[str]:
        if not self.figures["headline"]["customers"]["previous"]:
            return []  # nothing to have moved from
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
        rows = [row | {"n": row["n_experiences"] + row["n_assumed"]} for row in self.figures["phases"]]
        return ", ".join(
            f"{self.phase(row)} {self.language.percent(row['n_assumed'] / row['n'])}" for row in rows if row["n"]
        )

    def rules(self) -> list[str]:
        """The rules that the figures rest on, a sentence each."""
        rules = self.figures["rules"]
        half_life = rules["half_life_days"]
        forgetting = (
            self.text("limits.no_half_life")
            if half_life is None
            else self.text("limits.half_life", days=self.language.number(half_life))
        )
        resolved = rules["resolved_loss_weight"]
        if resolved is not None and resolved != rules["loss_weight"]:
            forgetting = self.text("limits.resolved", resolved=self.weight(resolved), forgetting=forgetting)
        sentences = [self.text("limits.rules", loss_weight=self.loss_weight, forgetting=forgetting)]
        band = self.language.percent(rules["neutral_band"])
        sentences.append(self.text("limits.band", band=band))
        if rules["carry_over"]:
            sentences.append(self.text("limits.spiral", part=self.language.percent(rules["carry_over"])))
        if rules["requirement"]:
            required = self.language.signed(rules["requirement"], 1)
            elasticity = self.weight(rules["price_elasticity"])
            sentences.append(self.text("limits.requirement", required=required, elasticity=elasticity))
        return sentences
