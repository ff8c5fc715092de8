"""The second scene: choose an industry, move the ratings, see the triangle move; then the study's own data."""

from __future__ import annotations

from html import escape

import altair as alt
import ipywidgets as widgets

from cxlib.charts.live_phases import live_trepunkt, live_trepunkt_chart
from cxlib.panels.phases import PhaseBalance
from cxlib.panels.phases_controls import PhaseRating
from cxlib.panels.phases_data import MeasuredPhases, balance_data, study_ratings
from cxlib.workshop.scenes import Stage, short_number
from cxlib.workshop.sliders.layout import beneath_words, beside_picture, choice, said, shown
from cxlib.workshop.sliders.readout import with_readout
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
        *_rows, names = controls.children
        rated = [self._rating(rating) for rating in self.controls.phases.values()]
        chosen = [self.controls.archetype, self.controls.segment]
        controls.children = [self.whose, chosen[0], *rated, chosen[1], self.controls.reset, names]
        beside_picture(controls)
        for control in chosen:
            control.layout.width = "100%"
            control.style.description_width = "84px"  # the rest is for long names
        self.controls.reset.layout = {"width": "auto", "align_self": "flex-start"}
        self.controls.archetype.description = language.text("workshop.trepunkt.industry")
        # Two ranges of months tell by subtraction of the months between them (decision 0028). Who sees the panel in
        # a notebook may see the study; a room may not, and a closed widget hears nothing from the page.
        self.controls.months.close()
        picture.children = [self.words, self.chart.widget]
        beneath_words(picture)
        self.add_class("cxlib-scene")
        self.whose.observe(lambda _: self._show(), names="value")
        self.controls.reset.on_click(lambda _: self.whose.set_trait("value", "model"))

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
            sentences = self._sentences()
        else:
            is_all_zero = self.controls.is_all_zero
            sentences = [ratings_words(self.ratings, language=self._language, is_all_zero=is_all_zero)]
        self.words.value = escape(" ".join(sentences))
        shown(self.controls.segment, self.shows_data)

    def _rating(self, rating: PhaseRating) -> widgets.Box:
        """A phase's slider, what it stands at, and the three words for it."""
        rating.number.close()  # a browser writes a field's number in its own language, not in the page's
        language = self._language

        def write(_place: int) -> str:
            return short_number(rating.rating, language)

        rating.words.style.button_width = "auto"
        return widgets.VBox([with_readout(rating.slider, write), rating.words])
