"""What counts how often intervals hold the truth."""

import numpy as np
import pytest

from simulations import __main__ as command
from simulations.check import Check, outcome
from simulations.page import BEGIN, END, write, written
from simulations.surveys import Design, Scores, population, surveys

SCORES = Scores(scores=np.arange(1.0, 6), shares=np.array([0.1, 0.1, 0.2, 0.35, 0.25]))


def held(rng, *, share=0.95):
    return rng.random(2000) < share


def check(**changes) -> Check:
    return Check(**({"subject": "Toy", "truth": "a coin", "base": 30, "design": "plain", "draw": held} | changes))


def test_a_check_is_drawn_alike_each_time_and_unlike_another():
    first, again, other = outcome(check()), outcome(check()), outcome(check(base=84))
    assert first.coverage == again.coverage != other.coverage
    assert first.holds


def test_too_seldom_and_too_often_fail():
    def seldom(rng):
        return held(rng, share=0.9)

    def always(rng):
        return held(rng, share=1.0)

    assert [outcome(check(draw=draw)).holds for draw in (seldom, always)] == [False, False]
    assert outcome(check(draw=always, highest=1.0, reason="it cannot miss")).holds


def test_the_page_gets_the_table_and_keeps_the_rest(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"Above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    found = [outcome(each) for each in (check(), check(base=84, design="weighted", highest=1, reason="it cannot miss"))]
    write(page, found)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Above\n{BEGIN}\n**Toy**\n")
    assert text.endswith(f"{END}\nbelow\n")
    assert f"| a coin | 30 | {100 * found[0].coverage:.1f} | – |" in text
    assert f"| a coin | 84 | – | {100 * found[1].coverage:.1f}* |" in text
    assert "\\* it cannot miss" in text
    assert "old" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]
    assert written(text, found) == text


def test_a_page_without_a_place_for_the_table_is_left_alone(tmp_path):
    with pytest.raises(ValueError, match="the page needs one line"):
        written("Nothing", [outcome(check())])


def test_the_bundled_page_has_a_cell_for_every_check():
    page = command.PAGE.read_text(encoding="utf-8")
    table = page.split(BEGIN)[1].split(END)[0]
    for each in command.CHECKS:
        assert f"| {each.truth} | {each.base} |" in table, each.name
        assert f" {each.design} |" in table
    assert "**!**" not in table


def test_no_two_checks_have_the_same_draws():
    names = [each.name for each in command.CHECKS]
    assert len(set(names)) == len(names)


def test_a_check_that_may_miss_its_limits_says_why():
    counted_alone = "counted as independent"
    for each in command.CHECKS:
        if (each.lowest, each.highest) != (0.93, 0.97) and counted_alone not in each.design:
            assert each.reason, each.name


def test_what_is_drawn_has_the_truth_that_it_is_held_against():
    rng = np.random.default_rng(1)
    for design in (Design(), Design(is_weighted=True), Design(is_weighted=True, is_repeated=True)):
        drawn = surveys(rng, SCORES, design, base=100, times=1500)
        weight = drawn.get("survey_weight", drawn["score"] * 0 + 1)
        shares = weight.groupby(drawn["score"]).sum() / weight.sum()
        assert shares.to_numpy() == pytest.approx(population(SCORES, design), abs=0.006)
        assert drawn.groupby("survey").size().eq(100).all()


def test_a_panel_has_the_same_customers_and_no_other_design_has():
    rng = np.random.default_rng(2)
    for is_panel in (True, False):
        drawn = surveys(rng, SCORES, Design(is_panel=is_panel, is_repeated=True), base=40, shifts=(0.0, 0.1), times=5)
        now, then = (set(rows["customer_id"]) for _, rows in drawn.groupby("answered_at"))
        assert (now == then) if is_panel else not (now & then)


def test_one_small_check_from_end_to_end(capsys, monkeypatch):
    few = [each for each in command.CHECKS if each.subject == "Response rate" and each.base == 30][:1]
    monkeypatch.setattr(command, "CHECKS", few)
    assert command.main(["Response rate"]) == 0
    assert "1 checks, 0 outside their limits" in capsys.readouterr().out
    assert command.main(["Rate"]) == 2
    assert "no subject Rate; there are: Response rate" in capsys.readouterr().err
