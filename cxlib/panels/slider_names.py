"""Names of sliders and rows of buttons for those who hear them: ipywidgets writes labels but does not tie them."""

from __future__ import annotations

import anywidget

CONTROLS_CLASS = "cxlib-controls"
"""The box whose sliders and rows of buttons are named."""

READOUT_CLASS = "cxlib-readout"
"""A label after a slider that says its value in the reader's language."""


class SliderNames(anywidget.AnyWidget):
    """Gives every slider in its box the label beside it as its name (ipywidgets 8.1, November 2026).

    Of a row of toggle buttons each says its tooltip, or else the first label in its line before its own text; and
    whether it is pressed. A label with `READOUT_CLASS` after a slider is said as the slider's value. A field for text
    without a label says what stands in it while it is empty.
    Draws nothing. It must lie in a box with the class `CONTROLS_CLASS`.
    """

    _esm = """
    function render({ el }) {
      el.hidden = true;
      let frame, tries = 0, isObserved = false;
      const values = [];
      const observer = new MutationObserver((changes) => changes.forEach((change) => press(change.target)));
      function press(button) {
        button.setAttribute("aria-pressed", String(button.classList.contains("mod-active")));
      }
      function nameHandles(slider) {
        for (const handle of slider.querySelectorAll("[role=slider]")) {
          handle.setAttribute("aria-label", slider.querySelector("label").textContent);
        }
        const readout = slider.nextElementSibling;
        if (!readout?.classList.contains("cxlib-readout") || readout.dataset.said) return;
        const sayValue = () =>
          slider.querySelector("[role=slider]").setAttribute("aria-valuetext", readout.textContent.trim());
        readout.dataset.said = "true";
        values.push(new MutationObserver(sayValue));
        values.at(-1).observe(readout, { childList: true, subtree: true, characterData: true });
        sayValue();
      }
      function nameButtons(row) {
        const label = [...row.parentElement.querySelectorAll("label")].find((label) => label.textContent.trim());
        for (const button of row.querySelectorAll("button:not([aria-pressed])")) {
          if (!label && !button.title) continue;
          button.setAttribute("aria-label", button.title || `${label.textContent}: ${button.textContent.trim()}`);
          press(button);
          observer.observe(button, { attributeFilter: ["class"] });
        }
      }
      // A row of buttons is drawn anew when none of them is chosen any more.
      const redrawn = new MutationObserver(() => nameRows(el.closest(".cxlib-controls")));
      function nameRows(box) {
        if (!box) return;
        box.querySelectorAll(".widget-toggle-buttons").forEach(nameButtons);
        for (const field of box.querySelectorAll("input[type=text][placeholder]:not([aria-label])")) {
          if (!field.labels[0]?.textContent.trim()) field.setAttribute("aria-label", field.placeholder);
        }
      }
      function name() {
        const box = el.closest(".cxlib-controls");
        if (box && !isObserved) redrawn.observe(box, { childList: true, subtree: true });
        isObserved = Boolean(box);
        const sliders = box ? [...box.querySelectorAll(".widget-slider")] : [];
        const ready = sliders.filter((slider) => slider.querySelector("[role=slider]"));
        ready.forEach(nameHandles);
        nameRows(box);
        // The sliders are drawn one after the other, some of them after this.
        if (++tries < 600 && (sliders.length === 0 || ready.length < sliders.length || tries < 60)) {
          frame = requestAnimationFrame(name);
        }
      }
      name();
      return () => {
        cancelAnimationFrame(frame);
        observer.disconnect();
        values.forEach((one) => one.disconnect());
        redrawn.disconnect();
      };
    }
    export default { render };
    """
