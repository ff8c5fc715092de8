// For a phone: side by side becomes one below the other, and of those that may be stretched a plot as wide as there is
// room for. Of the page that is taken home and of the one that is served.
function narrowed(spec, isStretched) {
  const NARROW_PART = 0.44;
  const copy = { ...spec };
  if (Array.isArray(copy.title?.subtitle) && typeof copy.title.text === "string") {
    // as many letters as a phone has room for
    const wrapped = (line) => (line.match(/.{1,44}(\s|$)/g) ?? [line]).map((part) => part.trim());
    copy.title = { ...copy.title, text: wrapped(copy.title.text), subtitle: copy.title.subtitle.flatMap(wrapped) };
  }
  if (copy.config) {
    copy.config = { ...copy.config, axis: { ...copy.config.axis, labelOverlap: "greedy", labelSeparation: 3 } };
  }
  if (copy.hconcat) {
    copy.vconcat = copy.hconcat;
    delete copy.hconcat;
    copy.spacing = 18;
  }
  if (copy.concat) {
    copy.columns = 1;
  }
  for (const parts of ["vconcat", "concat"]) {
    if (copy[parts]) {
      copy[parts] = copy[parts].map((part) => narrowed(part, isStretched));
    }
  }
  if (copy.layer && isStretched) {
    copy.width *= NARROW_PART;
    // Such a title is two sentences, which then stand on two lines.
    if (copy.title?.text?.expr) {
      copy.title = { ...copy.title, text: { expr: "split(" + copy.title.text.expr + ", '. ')" } };
    }
  }
  return copy;
}
