"""The charts of presets and rules: what they say, in both languages. How they look is judged by eye."""

import json
import re

import pandas as pd
import pytest
import vl_convert

from cxlib import charts, findings
from cxlib.capital.presets import capital_by_preset, signed_experiences
from cxlib.capital.rule_effects import one_rule_at_a_time, rules_that_matter
from cxlib.capital.rules import CapitalRules
from cxlib.charts import theme
from cxlib.charts.rules import rule_value
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language
from tests.test_rule_effects import conclusions

EN, SV = Language("en"), Language("sv")
TEN = [1, 0, 1, -1, 1, -1, 0, 1, -1, 0]
both_languages = pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])


def moved() -> pd.DataFrame:
    return conclusions(
        ({"loss_weight": 12}, {"at_risk_share": 0.5, "touchpoint_rank_correlation": 0.4}),
        ({"half_life_days": None}, {"at_risk_share": 0.16}),
        ({"measure": "size"}, {"at_risk_share": 0.1, "segment_rank_correlation": 0.33}),
        ({"resolved_loss_weight": None}, {"at_risk_share": 0.22}),
        ({"carry_over": 0.5}, {"at_risk_share": 0.3}),
        ({"neutral_band": 0.3, "opening": 0.0}, {}),
        ({"opening": 1.5}, {"at_risk_share": 0.18}),
        ({"carry_over_decay": 0.2}, {}),
    )


def rules_chart(frame=None, language=EN):
    frame = moved() if frame is None else frame
    return charts.rules_chart(one_rule_at_a_time(frame), rules_that_matter(frame), language=language).to_dict()


def presets_chart(signs=TEN, language=EN, **options):
    return charts.presets_chart(capital_by_preset(signed_experiences(signs), **options), language=language).to_dict()


def words(spec) -> list[str]:
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    assert not re.search("NaN|undefined|null", svg)
    return re.findall(r">([^<>]+)</t(?:ext|span)>", svg)


# ---- presets ----


@pytest.mark.parametrize(
    ("language", "title"),
    [(EN, "The same 10 experiences leave +1, −2.75 or −32"), (SV, "Samma 10 upplevelser ger +1, −2,75 eller −32")],
    ids=["en", "sv"],
)
def test_the_finding_is_the_title_and_each_end_stands_in_its_panel(language, title):
    spec = presets_chart(language=language)
    assert spec["title"]["text"] == title and spec["description"].startswith(title)
    assert max(map(len, spec["title"]["subtitle"])) <= theme.SUBTITLE_CHARACTERS
    shown = words(spec)
    point = "." if language is EN else ","
    for end in ("+1", f"−2{point}75", "−32"):
        assert end in shown
    assert shown.count("+") == 4 * 3 and shown.count("0") >= 3 * 3
    assert len(spec["concat"]) == 3 and len(json.dumps(spec)) < 150_000


def test_each_panel_has_a_scale_of_its_own_with_zero_in_it():
    domains = [
        layer["encoding"]["y"]["scale"]["domain"]
        for panel in presets_chart()["concat"]
        for layer in panel["layer"]
        if layer["encoding"].get("y", {}).get("field") == "before"
    ]
    assert [low < 0 < high for low, high in domains] == [True] * 3
    assert domains[0][0] > -1 and domains[2][0] < -32


def test_a_decayed_balance_starts_where_it_had_faded_to():
    frame = capital_by_preset(signed_experiences([1, 1]), {"x": 1}, rules=CapitalRules(half_life_days=1))
    rows = [row for rows in charts.presets_chart(frame).to_dict()["datasets"].values() for row in rows]
    # a day halves the first gain, and the second is added to the half
    assert [(row["before"], row["capital"]) for row in rows if "before" in row] == [(0, 1), (0.5, 1.5)]


def test_signs_of_many_entries_are_left_out_and_names_are_not_cut():
    assert "+" not in words(presets_chart([1, -1] * 11))
    frame = capital_by_preset(signed_experiences([1, -1], touchpoints=["Kundtjänst", "Fakta'\\"]))
    assert charts.presets_chart(frame).to_dict()["concat"][0]["layer"][1]["encoding"]["x"]["axis"]["labels"] is False
    short = capital_by_preset(signed_experiences([1, -1], touchpoints=["A'", "\\B"]))
    assert "B" in words(charts.presets_chart(short).to_dict())


def test_presets_of_ones_own_are_named_as_they_stand():
    shown = words(presets_chart(presets={"<b>ours</b>": 3}))
    assert "&lt;b&gt;ours&lt;/b&gt;" in shown and "a bad one weighs 3" in shown
    assert (
        charts.presets_chart(capital_by_preset(signed_experiences([1]), {"x": 3})).to_dict()["title"]["text"]
        == "The same 1 experiences leave +1"
    )


def test_what_the_presets_chart_refuses():
    frame = capital_by_preset(signed_experiences(TEN))
    with pytest.raises(MissingColumnError, match="kind"):
        charts.presets_chart(frame.drop(columns="kind"))
    with pytest.raises(ParameterError, match="choose one group"):
        charts.presets_chart(pd.concat([frame, frame]))
    with pytest.raises(ParameterError, match="7 presets and the chart draws at most 6"):
        charts.presets_chart(capital_by_preset(signed_experiences([1]), {str(n): n for n in range(1, 8)}))


# ---- rules ----


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([{"at_risk_share": 0.5}, {}], "The share at risk hangs most on the loss weight; who is worst does not"),
        (
            [{"at_risk_share": 0.5, "is_same_worst_touchpoint": False}, {"is_same_worst_segment": False}],
            "The share at risk and who is worst both hang on the loss weight",
        ),
        (
            [{"at_risk_share": 0.5}, {"is_same_worst_segment": False}],
            "The share at risk hangs most on the loss weight, who is worst on the spiral",
        ),
        (
            [{"at_risk_share": 0.21}, {"is_same_worst_touchpoint": False}],
            "The share at risk hangs on no rule, but who is worst hangs on the spiral",
        ),
        ([{"at_risk_share": 0.21}, {}], "Neither the share at risk nor who is worst hangs on a single rule"),
        ([{}, {"n_segment_swaps": 1}], "Neither the share at risk nor who is worst hangs on a single rule"),
    ],
)
def test_the_title_states_the_finding(rows, title):
    spec = rules_chart(conclusions(({"loss_weight": 12}, rows[0]), ({"carry_over": 0.5}, rows[1])))
    assert spec["title"]["text"] == title and spec["description"].startswith(title)


def test_a_long_title_is_broken_into_lines():
    rows = (
        ({"resolved_loss_weight": 0}, {"at_risk_share": 0.5}),
        ({"carry_over_decay": 0}, {"is_same_worst_segment": False}),
    )
    spec = rules_chart(conclusions(*rows), SV)
    lines = spec["title"]["text"]
    assert len(lines) == 2 and max(map(len, lines)) <= 80 and spec["description"].startswith(" ".join(lines))


@both_languages
def test_every_rule_has_its_values_and_verdict_in_words(language):
    spec = rules_chart(language=language)
    shown = " ".join(words(spec)).replace("\N{NO-BREAK SPACE}", " ")
    expected = {
        EN: ["Loss weight", "12", "365 days", "never", "as unresolved", "how good or bad", "30%", "rules used: 20%",
             "Turns the order of", "the worst stays", "Little hangs on it", "9 tried", "10% – 50%"],
        SV: ["Förlustvikt", "12", "365 dagar", "aldrig", "som olöst", "hur bra eller dåligt", "30 %",
             "reglerna som används: 20 %", "den sämsta består", "Lite hänger på den", "9 prövade", "10 % – 50 %"],
    }  # fmt: skip
    assert [text for text in expected[language] if text not in shown] == []
    assert max(map(len, spec["title"]["subtitle"])) <= theme.SUBTITLE_CHARACTERS
    assert spec["config"]["locale"]["number"]["decimal"] == ("." if language is EN else ",")
    assert vl_convert.vegalite_to_svg(spec, vl_version="5.8")


def test_the_columns_stand_in_one_order_in_every_process():
    """A set of names has another order under each PYTHONHASHSEED; a report made again would be another file."""
    columns = [list(row) for rows in rules_chart()["datasets"].values() for row in rows if "lowest" in row]
    assert {tuple(names[-2:]) for names in columns} == {("lowest", "highest")}


def test_the_share_has_its_interval_and_base_and_the_panels_share_their_rows():
    spec = rules_chart()
    share, order = spec["hconcat"]
    fields = {
        (e.get("x", {}).get("field"), e.get("x2", {}).get("field")) for e in (x["encoding"] for x in share["layer"])
    }
    assert ("low", "high") in fields and ("lowest", "highest") in fields
    assert "n_customers" in json.dumps(share)
    scales = {json.dumps(x["encoding"]["y"]["scale"]) for p in (share, order) for x in p["layer"]
              if "scale" in x["encoding"].get("y", {})}  # fmt: skip
    assert len(scales) == 1 and share["height"] == order["height"]


def test_what_cannot_be_ranked_is_said():
    frame = moved().assign(segment_rank_correlation=float("nan"))
    assert "Too few segments can be shown to rank them." in rules_chart(frame)["title"]["subtitle"]
    assert words(rules_chart(frame))


@both_languages
def test_nothing_to_show(language):
    alone = conclusions()
    hidden = moved().assign(at_risk_share=float("nan"), low_share=float("nan"), high_share=float("nan"))
    none = charts.presets_chart(capital_by_preset(signed_experiences([])), language=language).to_dict()
    for spec in (rules_chart(alone, language), rules_chart(hidden, language), none):
        assert ("No data for" if language is EN else "saknar underlag") in json.dumps(spec["layer"], ensure_ascii=False)


def test_no_column_travels_that_is_not_drawn_and_the_input_is_left_alone():
    frame = moved().assign(customer_id="C000123")
    moves, effects = one_rule_at_a_time(frame), rules_that_matter(frame)
    before = moves.copy(deep=True), effects.copy(deep=True)
    spec = charts.rules_chart(moves.assign(customer_id="C000123"), effects).to_dict()
    assert "C000123" not in json.dumps(spec) and len(json.dumps(spec)) < 150_000
    pd.testing.assert_frame_equal(moves, before[0])
    pd.testing.assert_frame_equal(effects, before[1])


def test_what_the_rules_chart_refuses():
    moves, effects = one_rule_at_a_time(moved()), rules_that_matter(moved())
    with pytest.raises(MissingColumnError, match="low_share"):
        charts.rules_chart(moves.drop(columns="low_share"), effects)
    with pytest.raises(ParameterError, match="choose one group"):
        charts.rules_chart(pd.concat([moves, moves]), effects)


@pytest.mark.parametrize(
    ("rule", "value", "english", "swedish"),
    [
        ("loss_weight", 2.25, "2.25", "2,25"),
        ("loss_weight", 12.0, "12", "12"),
        ("half_life_days", 365.0, "365 days", "365 dagar"),
        ("neutral_band", 0.1, "10%", "10\N{NO-BREAK SPACE}%"),
        ("resolved_loss_weight", None, "as unresolved", "som olöst"),
        ("opening", -0.5, "−0.5", "−0,5"),
    ],
)
def test_values_as_a_reader_knows_them(rule, value, english, swedish):
    assert (rule_value(rule, value, EN), rule_value(rule, value, SV)) == (english, swedish)


# ---- the table ----


@both_languages
def test_the_table_has_a_row_for_each_rule_and_one_for_all(language):
    html = findings.rules_section(rules_that_matter(moved()), language=language).data
    assert html.count("<tr>") == 1 + 8 + 1
    first = re.findall(r"<td[^>]*>([^<]*)</td>", html)[:7]
    expected = {
        EN: ["Loss weight", "Turns the order of touchpoints; the worst stays", "2", "20.0% (from 17.0%)",
             "50.0% (to 54.0%)", "1.00", "0.40"],
        SV: ["Förlustvikt", "Kastar om kontaktpunkternas ordning; den sämsta består", "2", "20,0 % (från 17,0 %)",
             "50,0 % (till 54,0 %)", "1,00", "0,40"],
    }  # fmt: skip
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in first] == expected[language]


def test_a_verdict_that_is_missing_is_said():
    hidden = conclusions(({"carry_over": 0.5}, {}))
    hidden[["at_risk_share", "low_share", "high_share"]] = float("nan")
    assert "Too few customers to say" in findings.rules_section(rules_that_matter(hidden)).data
