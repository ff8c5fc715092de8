"""Sliders around every rule, and what each does to capital, at once."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.charts.live_account import STATEMENT_COLUMNS, live_account, live_account_chart
from cxlib.charts.live_capital import live_capital, live_capital_chart, month_axis
from cxlib.charts.theme import CHART_WIDTH
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.language import Language
from cxlib.panels.explorer_controls import ExplorerControls
from cxlib.panels.explorer_data import CapitalExplorerData, explorer_accounts, explorer_data
from cxlib.panels.explorer_words import account_html, rules_html, zones_html
from cxlib.panels.live import LiveChart
from cxlib.study import Study

PICTURE_WIDTH = CHART_WIDTH + 20


class CapitalExplorer(widgets.HBox):
    """The panel that `capital_explorer` makes: controls at the left, pictures at the right.

    Attributes
    ----------
    controls : ExplorerControls
        Every slider, button and chooser, to be moved from code too: `panel.controls.loss_weight.value = 6`.
    data : CapitalExplorerData
        The frames that are shown now.
    start : CapitalExplorerData
        Those under the rules of the start, of the same segment and customer.
    rules, requirement
        Those that the sliders stand for, to go on with after a workshop.
    """

    def __init__(
        self,
        accounts: CapitalAccounts,
        *,
        rules: CapitalRules,
        requirement: Requirement,
        language: Language,
        labels: Mapping[str, str],
        segment: str | None,
        customer_id: str | None,
        smallest_base: int,
    ) -> None:
        self._accounts = accounts
        self._labels = dict(labels)
        self._language = language
        self._smallest_base = smallest_base
        self._start_rules = rules, requirement
        self.start = self.data = self._data(rules, requirement, segment, customer_id)
        self.controls = ExplorerControls(
            rules=rules,
            requirement=requirement,
            segments=language.by_label(accounts.segments, self._labels),
            customer_ids=list(accounts.customer_ids),
            segment=segment,
            customer_id=customer_id,
            language=language,
        )
        self._axis = axis = month_axis(accounts.months, language)
        stated = self._statement()
        self.capital = LiveChart(live_capital_chart(self.data.by_month, months=axis, language=language))
        self.account = LiveChart(live_account_chart(stated, months=axis, language=language))
        self.zones = widgets.HTML(layout={"min_height": "100px"})
        self.rules_text = widgets.HTML()
        self.account_text = widgets.HTML()
        picture = widgets.VBox(
            [self.zones, self.capital.widget, self.rules_text, self.account_text, self.account.widget],
            layout={"flex": f"999 1 {PICTURE_WIDTH}px", "min_width": "0", "overflow": "auto"},
        )
        super().__init__([self.controls.box(), picture], layout={"flex_flow": "row wrap", "align_items": "flex-start"})
        self._show()
        self.controls.on_change(self._update)

    @property
    def rules(self) -> CapitalRules:
        return self.controls.rules

    @property
    def requirement(self) -> Requirement:
        return self.controls.requirement

    def _data(self, rules, requirement, segment, customer_id) -> CapitalExplorerData:
        return explorer_data(
            self._accounts,
            rules=rules,
            requirement=requirement,
            segment=segment,
            customer_id=customer_id,
            smallest_base=self._smallest_base,
        )

    def _update(self) -> None:
        """Show what the controls now say; typing an id that is not yet one changes nothing."""
        wanted = (self.rules, self.requirement, self.controls.chosen_segment, self.controls.customer_id)
        if wanted == (self.data.rules, self.data.requirement, self.data.segment, self.data.customer_id):
            return
        if wanted[2:] != (self.start.segment, self.start.customer_id):
            self.start = self._data(*self._start_rules, *wanted[2:])
        self.data = self._data(*wanted)
        self._show()

    def _show(self) -> None:
        data, language, axis = self.data, self._language, self._axis
        live = live_capital(
            data.by_month, start=self.start.by_month, months=axis, requirement=data.requirement, language=language
        )
        self.capital.show(live)
        if data.customer_id is not None:
            self.account.show(live_account(self._statement(), months=axis, language=language))
        self.account.widget.layout.display = None if data.customer_id else "none"
        month = self._accounts.months[-1]
        self.zones.value = zones_html(
            data.zones_against(self.start),
            segment=self._labels.get(data.segment, data.segment),
            month=month,
            language=language,
        )
        self.rules_text.value = rules_html(data.rules, data.requirement, language=language)
        self.account_text.value = account_html(
            data.statement, data.presets, customer_id=data.customer_id, month=month, language=language
        )

    def _statement(self) -> pd.DataFrame:
        stated = self.data.statement
        if stated is not None:
            return stated.assign(touchpoint=stated["touchpoint"].replace(self._labels))
        return pd.DataFrame({column: [] for column in STATEMENT_COLUMNS})


def capital_explorer(
    study: Study,
    *,
    rules: CapitalRules | None = None,
    requirement: Requirement | None = None,
    language: str | None = None,
    segment: str | None = None,
    customer_id: str | None = None,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> CapitalExplorer:
    """Sliders for every rule of capital, beside what they do to it; for JupyterLab, offline.

    Parameters
    ----------
    study : Study
    rules : CapitalRules, optional
        Where the sliders start, and what every change is compared with. Default CapitalRules().
    requirement : Requirement, optional
        Likewise. Default Requirement(): 0 for everyone.
    language : str, "en" or "sv", optional
        Default the study's.
    segment, customer_id : str, optional
        Chosen at the start; both can be changed in the panel.
    until : str, Timestamp or Period, optional
        The last month; default that of the last experience.
    smallest_base : int
        Months with fewer customers are not shown.

    Returns
    -------
    CapitalExplorer, a widget
        Its `.data` holds the frames that are shown, equal to those of `capital_explorer_data`.

    Raises
    ------
    ParameterError
        An unknown language, segment or customer, a study without experiences, or a value out of range.

    Notes
    -----
    The experiences are sorted once. A slider that moves costs one pass over them, a changed loss weight or
    requirement less; only the chart's numbers travel to the browser, and nothing is drawn anew.
    """
    spoken = Language(study.settings.language if language is None else language)
    return CapitalExplorer(
        explorer_accounts(study, until=until),
        rules=rules or CapitalRules(),
        requirement=requirement or Requirement(),
        language=spoken,
        labels=study.settings.labels.get(spoken.code, {}),
        segment=segment,
        customer_id=customer_id,
        smallest_base=smallest_base,
    )
