"""The second scene: choose an industry, move the ratings, see the triangle move; then the study's own data."""

from __future__ import annotations

from html import escape

import altair as alt

from cxlib.charts.live_phases import live_trepunkt, live_trepunkt_chart
from cxlib.panels.phases import PhaseBalance
from cxlib.panels.phases_data import MeasuredPhases, balance_data, study_ratings
from cxlib.panels.phases_words import balance_sentences
from cxlib.workshop.scenes import Stage
from cxlib.workshop.sliders.layout import beneath_words, beside_picture, choice, said, shown
from cxlib.workshop.trepunkt_words import ratings_words


class TrepunktScene(PhaseBalance):
    """`phase_balance` that begins without anybody's data: what an industry should carry.

    Parameters
    ----------
    stage : Stage

    Attributes
    ----------
    whose : ipywidgets.ToggleButtons
        "model": the ratings alone; "customers": what the study's customers met, too.
    """

    def __init__(self, stage: Stage) -> None:
        study, language = stage.study, stage.language
        measured = MeasuredPhases(study)
        ratings = study_ratings(study, None)
        view = {"segment": None, "since": measured.months[0], "until": measured.months[-1]}
        self.words = said()
        self.whose = choice(
            [(language.text(f"workshop.trepunkt.show_{whose}"), whose) for whose in ("model", "customers")],
            description=language.text("workshop.show"),
            value="model",
        )
        carried = measured.carried(**view, smallest_base=stage.smallest_base)
        super().__init__(
            measured,
            ratings=ratings,
            archetypes=study.settings.archetypes,
            data=balance_data(carried, ratings=ratings, **view),
            labels=stage.labels,
            language=language,
            smallest_base=stage.smallest_base,
        )
        controls, picture = self.children
        industry, *rated, data_row, names = controls.children
        # first the question of the scene, last what only data answer
        controls.children = [self.whose, industry, *rated, data_row, names]
        beside_picture(controls)
        for control in (self.controls.archetype, self.controls.segment, self.controls.months):
            control.layout.width = "100%"
        self.controls.archetype.description = language.text("workshop.trepunkt.industry")
        self.controls.months.add_class("cxlib-tall")
        picture.children = [self.words, self.chart.widget]
        beneath_words(picture)
        self.add_class("cxlib-scene")
        self.whose.observe(lambda _: self._show(), names="value")

    @property
    def shows_data(self) -> bool:
        """Whether what customers met is shown."""
        return self.whose.value == "customers"

    def _drawn(self) -> alt.TopLevelMixin:
        return live_trepunkt_chart(self.ratings, language=self._language)

    def _live(self) -> dict[str, object]:
        of_ratings = live_trepunkt(self.ratings, language=self._language)
        if not self.shows_data:
            return of_ratings
        of_data = super()._live()
        return {name: of_data[name] for name in of_ratings}

    def _show(self) -> None:
        self.chart.show(self._live())
        if self.shows_data:
            sentences = balance_sentences(
                self.data, labels=self._labels, language=self._language, is_all_zero=self.controls.is_all_zero
            )
        else:
            sentences = [ratings_words(self.ratings, language=self._language)]
        self.words.value = escape(" ".join(sentences))
        for of_data in (self.controls.segment, self.controls.months):
            shown(of_data, self.shows_data)
