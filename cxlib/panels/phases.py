"""Ratings of the three phases beside what the phases carry: declared and carried move as the sliders do."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import ipywidgets as widgets

from cxlib.archetypes import ARCHETYPES
from cxlib.capital.rules import CapitalRules
from cxlib.charts.live_phases import live_phases, live_phases_chart
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.language import Language
from cxlib.panels.live import LiveChart
from cxlib.panels.phases_controls import PhaseControls
from cxlib.panels.phases_data import MeasuredPhases, PhaseBalanceData, balance_data, study_ratings
from cxlib.panels.phases_words import balance_html, balance_sentences, settings_lines
from cxlib.study import Study

PICTURE_WIDTH = 760


class PhaseBalance(widgets.HBox):
    """The panel that `phase_balance` makes: controls above or at the left, the picture and its sentences beside.

    Attributes
    ----------
    controls : PhaseControls
        Every slider, button and chooser, to be moved from code too: `panel.controls.archetype.value = "restaurant"`.
    data : PhaseBalanceData
        The frames that are shown now.
    ratings : dict, phase -> rating
        Those that the sliders stand for, to go on with: `cx.phase_balance(experiences, panel.ratings)`.
    settings_lines : str
        The same as lines of study.toml.
    """

    def __init__(
        self,
        measured: MeasuredPhases,
        *,
        ratings: Mapping[str, float],
        archetypes: Mapping[str, Mapping[str, float]],
        data: PhaseBalanceData,
        labels: Mapping[str, str],
        language: Language,
        smallest_base: int,
    ) -> None:
        self._measured = measured
        self._language = language
        self._labels = dict(labels)
        self._smallest_base = smallest_base
        self._archetypes = frozenset(archetypes)
        self.data = data
        self.controls = PhaseControls(
            ratings=ratings,
            archetypes=archetypes,
            archetype_names={name: self._archetype_name(name) for name in archetypes},
            months=list(measured.months),
            since=data.since,
            until=data.until,
            segments=language.by_label(measured.segments, self._labels),
            segment=data.segment,
            language=language,
        )
        self.chart = LiveChart(self._drawn())
        self.text = widgets.HTML()
        picture = widgets.VBox(
            [self.chart.widget, self.text],
            layout={"flex": f"999 1 {PICTURE_WIDTH}px", "min_width": "0", "overflow": "auto"},
        )
        super().__init__([self.controls.box(), picture], layout={"flex_flow": "row wrap", "align_items": "flex-start"})
        self._show()
        self.controls.on_change(self._update)

    @property
    def ratings(self) -> dict[str, float]:
        return self.controls.ratings

    @property
    def settings_lines(self) -> str:
        return settings_lines(self.ratings, self.controls.chosen_archetype, taken=self._archetypes)

    def _archetype_name(self, name: str) -> str:
        if name in ARCHETYPES and name not in self._labels:
            return self._language.text(f"names.archetype.{name}")
        return self._labels.get(name, name)

    def _drawn(self) -> alt.TopLevelMixin:
        """The picture, with the parameter `live`."""
        return live_phases_chart(self.data.balance, language=self._language)

    def _live(self) -> dict[str, object]:
        """What the picture shows now."""
        live = live_phases(self.data.balance, language=self._language)
        # that nothing can be told of the phases is no matter of few customers, and the sentences say it
        return live if self._measured.has_phases else live | {"nothing": ""}

    def _sentences(self) -> list[str]:
        return balance_sentences(
            self.data,
            labels=self._labels,
            language=self._language,
            is_all_zero=self.controls.is_all_zero,
            has_phases=self._measured.has_phases,
        )

    def _update(self) -> None:
        """Show what the controls now say; only another segment or other months are counted anew."""
        segment, (since, until) = self.controls.chosen_segment, self.controls.chosen_months
        view = {"segment": segment, "since": since, "until": until}
        if view == {"segment": self.data.segment, "since": self.data.since, "until": self.data.until}:
            carried = self.data.balance
        else:
            carried = self._measured.carried(**view, smallest_base=self._smallest_base)
        self.data = balance_data(carried, ratings=self.ratings, **view)
        self._show()

    def _show(self) -> None:
        self.chart.show(self._live())
        self.text.value = balance_html(self._sentences(), lines=self.settings_lines, language=self._language)


def phase_balance(
    study: Study,
    *,
    importance: str | Mapping[str, float | str] | None = None,
    rules: CapitalRules | None = None,
    language: str | None = None,
    segment: str | None = None,
    since=None,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> PhaseBalance:
    """Sliders for what each phase should carry, beside what it does carry; for JupyterLab, offline.

    Parameters
    ----------
    study : Study
    importance : str or mapping, optional
        Where the ratings start: the name of an archetype, built in or of the study's own, or a rating for each phase;
        default the study's archetype.
    rules : CapitalRules, optional
        Only the neutral band counts.
    language : str, "en" or "sv", optional
        Default the study's.
    segment : str, optional
        Chosen at the start.
    since, until : str, Timestamp or Period, optional
        The first and the last month at the start; default those of the first and the last measured experience.
    smallest_base : int
        Phases met by fewer customers are not shown.

    Returns
    -------
    PhaseBalance, a widget
        Its `.data` holds the frames that are shown, equal to those of `phase_balance_data`; its `.ratings` the
        ratings to go on with.

    Raises
    ------
    ParameterError
        An unknown archetype, segment, month or language, or a study without experiences.

    Notes
    -----
    A rating that moves costs nothing but three divisions; other months or another segment cost one pass over the
    measured experiences. Only the chart's numbers travel to the browser, and nothing is drawn anew.
    """
    spoken = Language(study.settings.language if language is None else language)
    check_smallest_base(smallest_base)
    ratings = study_ratings(study, importance)
    measured = MeasuredPhases(study, rules)
    view = {
        "segment": segment,
        "since": measured.month(since, name="since", default=measured.months[0]),
        "until": measured.month(until, name="until", default=measured.months[-1]),
    }
    carried = measured.carried(**view, smallest_base=smallest_base)
    return PhaseBalance(
        measured,
        ratings=ratings,
        archetypes=study.settings.archetypes,
        data=balance_data(carried, ratings=ratings, **view),
        labels=study.settings.labels.get(spoken.code, {}),
        language=spoken,
        smallest_base=smallest_base,
    )
