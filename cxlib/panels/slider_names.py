"""Names of sliders for those who hear them: ipywidgets writes a label beside a slider but does not tie them."""

from __future__ import annotations

import anywidget

CONTROLS_CLASS = "cxlib-controls"
"""The box whose sliders are named."""


class SliderNames(anywidget.AnyWidget):
    """Gives every slider in its box the label beside it as its name (ipywidgets 8.1, November 2026).

    Draws nothing. It must lie in a box with the class `CONTROLS_CLASS`.
    """

    _esm = """
    function render({ el }) {
      el.hidden = true;
      let frame, tries = 0;
      function name() {
        const box = el.closest(".cxlib-controls");
        const sliders = box ? [...box.querySelectorAll(".widget-slider")] : [];
        const ready = sliders.filter((slider) => slider.querySelector("[role=slider]"));
        for (const slider of ready) {
          slider.querySelector("[role=slider]").setAttribute("aria-label", slider.querySelector("label").textContent);
        }
        // The sliders are drawn one after the other, some of them after this.
        if (++tries < 600 && (sliders.length === 0 || ready.length < sliders.length || tries < 60)) {
          frame = requestAnimationFrame(name);
        }
      }
      name();
      return () => cancelAnimationFrame(frame);
    }
    export default { render };
    """
