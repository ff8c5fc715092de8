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

// No letters smaller than these, in the picture's own pixels, which a room makes larger and a phone smaller. An axis that
// has a size of its own is crowded and keeps it.
function legible(part, isNarrow) {
  const LEAST_LETTERS = isNarrow ? 15 : 13;
  const enlarged = (name, value) => {
    if (typeof value === "number" && /^(label|title|subtitle)?fontSize$/i.test(name)) {
      return Math.max(value, LEAST_LETTERS);
    }
    return name === "params" || (name === "axis" && value?.labelFontSize && !part.axisX) ? value : legible(value, isNarrow);
  };
  if (Array.isArray(part)) {
    return part.map((each) => legible(each, isNarrow));
  }
  if (part === null || typeof part !== "object") {
    return part;
  }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, enlarged(name, value)]));
}
