"""What the report says of the choice of touchpoints: advice, which are needed, and the payment as a hub."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.display import HTML

from cxlib.findings.sections import section_html
from cxlib.findings.words import ReportWords
from cxlib.language import ENGLISH, Language
from cxlib.touchpoints.programme import TOLERANCE

MOST_NAMED = 4


def advice_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which touchpoints to protect, to improve and to question.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words, choice = ReportWords(figures, language), figures["choice"]
    rows = choice["advice"]
    judged = [row for row in rows if row["advice"] is not None]
    sentences = [_counts(words, rows)] if judged else [words.text("choice.none_judged", months=_months(words))]
    sentences += _most_to_add(words, judged)
    sentences += _questioned(words, judged)
    return section_html(
        "section.html.j2",
        heading=words.text("choice.heading"),
        sentences=sentences,
        table=None,
        actions=None,
        note=words.text("choice.note") if judged else None,
    )


def smallest_set_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which touchpoints are needed, which could go, and what that would save.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words, choice = ReportWords(figures, language), figures["choice"]
    rows = choice["set"]
    goes = [row for row in rows if not row["kept"]]
    sentences = _set_sentences(words, choice, goes) if rows else [words.text("needed.no_needs")]
    note = words.text("needed.note_cost" if choice["objective"] == "cost" else "needed.note_count")
    if choice["unjudged"] and rows:
        note += " " + words.text("needed.unjudged", touchpoints=_some(words, choice["unjudged"]))
    return section_html(
        "section.html.j2",
        heading=words.text("needed.heading"),
        sentences=sentences,
        table=_goes_table(words, choice, goes) if goes else None,
        actions=None,
        note=note if rows else None,
    )


def payment_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """The payment's share of what customers meet, answer and gain, and what it could carry.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words, payment = ReportWords(figures, language), figures["choice"]["payment"]
    shares = {row["subject"]: row for row in payment["shares"]}
    sentences = _share_sentences(words, shares)
    sentences += _lifted(words, payment, figures["choice"]) if payment["capital_gained"] is not None else []
    return section_html(
        "section.html.j2",
        heading=words.text("hub.heading"),
        sentences=sentences or [words.text("hub.nothing")],
        table=None,
        actions=None,
        note=words.text("hub.note") if payment["capital_gained"] is not None else None,
    )


def _months(words: ReportWords) -> str:
    months = words.figures["choice"]["months"]
    return words.text("common.month_alone" if months == 1 else "common.months", n=months)


def _some(words: ReportWords, names: list[str]) -> str:
    """Names as they read in the language; of many the first, and how many more."""
    shown = [words.name(name) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        shown.append(words.text("choice.more", n=words.language.number(len(names) - MOST_NAMED)))
    return words.join(shown)


def _counts(words: ReportWords, rows: list[Mapping]) -> str:
    n = {
        advice: words.language.number(sum(row["advice"] == advice for row in rows))
        for advice in ("protect", "improve", "question")
    }
    text = words.text("choice.counts", months=_months(words), **n)
    unjudged = sum(row["advice"] is None for row in rows)
    if not unjudged:
        return text
    return f"{text} {words.text('choice.unjudged', n=words.language.number(unjudged))}"


def _most_to_add(words: ReportWords, judged: list[Mapping]) -> list[str]:
    language = words.language
    row = next((row for row in judged if row["headroom"] is not None and row["headroom"] > 0), None)
    if row is None:
        drains = min(judged, key=lambda row: row["capital_drained"], default=None)
        if drains is None or drains["capital_drained"] >= 0:
            return []
        drained = language.number(-drains["capital_drained"])
        return [words.text("choice.no_potential", touchpoint=words.name(drains["touchpoint"]), drained=drained)]
    return [
        words.text(
            "choice.most_to_add",
            touchpoint=words.name(row["touchpoint"]),
            headroom=language.number(row["headroom"]),
            mean=language.signed(row["mean_experience"], 2),
            low=language.signed(row["low_mean"], 2),
            high=language.signed(row["high_mean"], 2),
            n=language.number(row["n_experiences"]),
            customers=language.number(row["n_customers"]),
            contacts=language.number(row["contacts_per_customer_year"], 1),
        )
    ]


def _questioned(words: ReportWords, judged: list[Mapping]) -> list[str]:
    names = [row["touchpoint"] for row in judged if row["advice"] == "question"]
    if not names:
        return []
    return [words.text("choice.questioned_one" if len(names) == 1 else "choice.questioned", names=_some(words, names))]


def _set_sentences(words: ReportWords, choice: Mapping, goes: list[Mapping]) -> list[str]:
    language = words.language
    level = next(row for row in choice["sets"] if row["capital_given_up"] == 0)
    numbers = {
        "months": _months(words),
        "n_before": language.number(level["n_before"]),
        "n_kept": language.number(level["n_kept"]),
        "capital_before": language.signed(level["capital_before"]),
        "capital_after": language.signed(level["capital_after"]),
    }
    outlook = f"{_sureness(words, choice)} {_slack(words, choice, level)}"
    if not goes:
        return [words.text("needed.all", **numbers), outlook]
    names = _some(words, [row["touchpoint"] for row in goes])
    lead = words.text("needed.lead_one" if len(goes) == 1 else "needed.lead", names=names, **numbers)
    if choice["objective"] == "cost":
        lead += " " + words.text(
            "needed.saved",
            saved=language.number(level["saved_cost"]),
            all=language.number(level["cost_before"]),
            share=language.percent(level["saved_cost"] / level["cost_before"]),
            currency=choice["currency"] or "",
            months=numbers["months"],
        )
    return [lead, words.text("needed.capital", **numbers), outlook]


def _sureness(words: ReportWords, choice: Mapping) -> str:
    """How often, in samples, the least certain of the verdicts holds."""
    language = words.language
    holds = [
        (row["stays_share"] if row["kept"] else 1 - row["stays_share"], row["touchpoint"]) for row in choice["set"]
    ]
    least, name = min(holds)
    key = "needed.always" if least == 1 else "needed.least_sure"
    return words.text(
        key, n=language.number(choice["n_draws"]), touchpoint=words.name(name), share=language.percent(least)
    )


def _slack(words: ReportWords, choice: Mapping, level: Mapping) -> str:
    """What the least capital given up that brings anything would bring."""
    language, knows_cost = words.language, choice["objective"] == "cost"

    def saved(row: Mapping) -> float:
        return row["saved_cost"] if knows_cost else row["n_before"] - row["n_kept"]

    better = [row for row in choice["sets"] if saved(row) - saved(level) > TOLERANCE * saved(row)]
    if not better:
        most = max(row["capital_given_up"] for row in choice["sets"])
        return words.text("needed.needs_hold", share=language.percent(most))
    share = min(row["capital_given_up"] for row in better)
    at_share = [row for row in better if row["capital_given_up"] == share]
    goes_already = {row["touchpoint"] for row in choice["set"] if not row["kept"]}
    names = [row["touchpoint"] for row in at_share if not row["kept"] and row["touchpoint"] not in goes_already]
    return words.text(
        "needed.more_cost" if knows_cost else "needed.more_count",
        share=language.percent(share),
        names=_some(words, names),
        saved=f"{language.number(saved(at_share[0]) - saved(level))} {choice['currency'] or ''}".strip(),
        n=language.number(at_share[0]["n_kept"]),
    )


def _goes_table(words: ReportWords, choice: Mapping, goes: list[Mapping]) -> dict:
    language = words.language
    columns = ["touchpoint", "why", "n", "cost", "net", "holds"]
    if choice["objective"] != "cost":
        columns.remove("cost")

    def cells(row: Mapping) -> dict[str, str]:
        missing = float("nan")
        return {
            "touchpoint": words.name(row["touchpoint"]),
            "why": language.text(f"names.set_reason.{row['reason']}"),
            "n": language.number(row["n_contacts"]),
            "cost": language.number(missing if row["cost"] is None else row["cost"]),
            "net": language.signed(missing if row["net_capital"] is None else row["net_capital"]),
            "holds": language.percent(1 - row["stays_share"]),
        }

    return {
        "caption": words.text("needed.caption", months=_months(words)),
        "n_text_columns": 2,
        "columns": [words.text(f"needed.column_{name}", currency=choice["currency"] or "").strip() for name in columns],
        "rows": [tuple(cells(row)[name] for name in columns) for row in goes],
    }


def _share_sentences(words: ReportWords, shares: Mapping[str, Mapping]) -> list[str]:
    language = words.language
    contacts, answers = shares["contacts"], shares["answers"]
    sentences = []
    if contacts["share"] is not None:
        sentences.append(
            words.text(
                "hub.contacts",
                months=_months(words),
                share=language.percent(contacts["share"]),
                total=language.number(contacts["total"]),
            )
        )
        if answers["share"] is not None:
            sentences[-1] += " " + words.text(
                "hub.answers", share=language.percent(answers["share"]), total=language.number(answers["total"])
            )
    capital = [
        words.text(
            f"hub.{name}",
            share=language.percent(shares[f"capital_{name}"]["share"]),
            low=language.percent(shares[f"capital_{name}"]["low_share"]),
            high=language.percent(shares[f"capital_{name}"]["high_share"]),
        )
        for name in ("carried", "drained")
        if shares[f"capital_{name}"]["low_share"] is not None
    ]
    if capital:
        sentences.append(" ".join(capital))
    elif sentences:
        sentences.append(words.text("hub.unmeasured"))
    return sentences


def _lifted(words: ReportWords, payment: Mapping, choice: Mapping) -> list[str]:
    language = words.language
    text = words.text(
        "hub.lifted",
        best=words.name(payment["best"]),
        per_best=language.signed(payment["best_per_experience"], 2),
        per_payment=language.signed(payment["payment_per_experience"], 2),
        gained=language.signed(payment["capital_gained"]),
        low=language.signed(payment["low_gained"]),
        high=language.signed(payment["high_gained"]),
    )
    if not choice["set"]:
        return [text]
    numbers = {
        "n": language.number(len(payment["could_go"])),
        "n_others": language.number(payment["n_others"]),
    }
    if not payment["could_go"]:
        return [text, words.text("hub.none_could_go", **numbers)]
    could_go = words.text("hub.could_go", names=_some(words, payment["could_go"]), **numbers)
    n_now = len(payment["could_go_now"])
    now = words.text("hub.now", n=language.number(n_now)) if n_now else words.text("hub.now_none")
    return [text, f"{could_go} {now}"]
