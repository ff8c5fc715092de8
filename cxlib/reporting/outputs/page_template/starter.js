// Draws every chart of the page. Runs after the bundle, which puts vegaEmbed on the window.
"use strict";
(function () {
  const texts = __TEXTS__;
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    // The interpreter of expressions needs no eval, which the page's security policy forbids.
    ast: true,
    actions: { export: { svg: true, png: true }, source: false, compiled: false, editor: false },
    i18n: { CLICK_TO_VIEW_ACTIONS: texts.menu, SVG_ACTION: texts.save_svg, PNG_ACTION: texts.save_png },
    downloadFileName: "chart",
  };

  function draw(figure) {
    const view = figure.querySelector(".chart-view");
    const spec = JSON.parse(figure.querySelector(".chart-spec").textContent);
    // A chart's own options would go before the page's, and turn off the menu or the interpreter.
    delete spec.usermeta;
    return vegaEmbed(view, spec, options).then(
      function (drawn) {
        figure.classList.add("drawn");
        figure.querySelectorAll("input[type=range]").forEach(localise);
        settle(figure);
        return drawn;
      },
      function (error) {
        figure.classList.add("failed");
        view.textContent = texts.failed;
        console.error(error);
      }
    );
  }

  // vegaEmbed writes the number beside a slider as JavaScript does, 2.25; a Swedish reader's is 2,25. It writes late,
  // when the chart has been redrawn, so its writing is what is waited for.
  function localise(slider) {
    const number = slider.parentElement.querySelector("span:last-child");
    function write() {
      const shown = Number(slider.value).toLocaleString(document.documentElement.lang);
      if (number.textContent !== shown) {
        number.textContent = shown;
      }
    }
    new MutationObserver(write).observe(number, { childList: true, characterData: true, subtree: true });
    write();
  }

  // What is too wide is scrolled inside its own frame, so the frame must be reachable by keyboard.
  function makeReachable(frame) {
    if (frame.scrollWidth > frame.clientWidth) {
      frame.tabIndex = 0;
      frame.classList.add("more");
      frame.addEventListener("scroll", function () {
        frame.classList.toggle("more", frame.scrollLeft + frame.clientWidth < frame.scrollWidth - 2);
      });
    }
  }

  function settle(figure) {
    // vegaEmbed makes the wrapper only where there is a menu.
    makeReachable(figure.querySelector(".chart-wrapper") ?? figure.querySelector(".chart-view"));
  }

  document.querySelectorAll(".output, .wide, .plain").forEach(makeReachable);
  const figures = Array.from(document.querySelectorAll("figure.chart"));
  Promise.all(figures.map(draw)).then(function () {
    document.documentElement.dataset.charts = "settled";
  });
})();
