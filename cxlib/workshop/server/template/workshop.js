// The manners of the page around the widgets: when it is ready, what is said aloud, and keys for the scenes.
(() => {
  const settled = () => document.documentElement.dataset.scene = "ready";
  const said = new MutationObserver(look);
  function look() {
    for (const words of document.querySelectorAll(".cxlib-said:not([aria-live])")) {
      words.setAttribute("aria-live", "polite");
    }
    const isDrawn = document.querySelector(".cxlib-scene .vega-embed svg, .cxlib-scene .vega-embed canvas");
    const isBroken = document.querySelector("#rendered_cells .notice");
    if (isDrawn || isBroken) {
      document.getElementById("loading")?.remove();
      settled();
    }
  }
  said.observe(document.body, { childList: true, subtree: true });
  look();
  document.addEventListener("keydown", (event) => {
    // text fields alone: in a list, a box to tick or a slider a digit means the scene
    const isTyped = event.target.closest(
      "textarea, [contenteditable=true], input:not([type=range], [type=checkbox], [type=radio], [type=button])"
    );
    const isOther = event.ctrlKey || event.metaKey || event.altKey;
    if (isTyped || isOther || !/^[1-3]$/.test(event.key)) return;
    event.preventDefault(); // a list would look for an entry that begins with the digit
    document.querySelectorAll(".cxlib-scenes button")[Number(event.key) - 1]?.click();
  });
})();
