import pytest

from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError


def test_presets_carry_the_three_loss_weights():
    assert CapitalRules.simple().loss_weight == 1
    assert CapitalRules.tversky_kahneman().loss_weight == 2.25
    assert CapitalRules.normann().loss_weight == 12


def test_every_rule_out_of_range_is_listed_at_once():
    with pytest.raises(ParameterError) as caught:
        CapitalRules(loss_weight=0, half_life_days=-1, carry_over_decay=2, neutral_band=float("nan"))
    message = str(caught.value)
    for name in ("loss_weight", "half_life_days", "carry_over_decay", "neutral_band"):
        assert name in message


def test_a_resolved_loss_may_not_weigh_more_than_an_unresolved_one():
    with pytest.raises(ParameterError, match=r"resolved_loss_weight must be from 0 to loss_weight \(2\)"):
        CapitalRules(loss_weight=2, resolved_loss_weight=3)


def test_a_misspelt_measure_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'size'"):
        CapitalRules(measure="sizes")


def test_true_is_not_a_number():
    with pytest.raises(ParameterError, match="loss_weight"):
        CapitalRules(loss_weight=True)


def test_closing_the_loop_forgives_nothing_unless_a_resolved_weight_is_named():
    assert CapitalRules(loss_weight=12).forgiven_weight == 0
    assert CapitalRules(loss_weight=12, resolved_loss_weight=2).forgiven_weight == 10


def test_another_loss_weight_keeps_the_resolved_one_unless_it_would_weigh_more():
    rules = CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    assert rules.with_loss_weight(12) == CapitalRules(loss_weight=12, resolved_loss_weight=1, half_life_days=365)
    assert rules.with_loss_weight(0.5).resolved_loss_weight == 0.5
    assert CapitalRules().with_loss_weight(3) == CapitalRules(loss_weight=3)
