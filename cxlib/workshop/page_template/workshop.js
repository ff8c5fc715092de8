// Moves the pictures of the three scenes. Runs after the bundle, which puts vegaEmbed on the window.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("workshop-data").textContent);
  const html = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const views = {};
  const lives = {};
  const narrow = window.matchMedia("screen and (max-width: 56rem)");

  // ---- drawing ----

  function draw(name) {
    const figure = byId("figure-" + name);
    const spec = JSON.parse(figure.querySelector(".chart-spec").textContent);
    const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true };
    const fitting = narrow.matches ? narrowed(spec, data.stretched.includes(name)) : spec;
    return vegaEmbed(figure.querySelector(".chart-view"), legible(fitting, narrow.matches), options).then(
      function (drawn) {
        views[name] = drawn.view;
        figure.querySelector("svg").setAttribute("preserveAspectRatio", "xMinYMin meet");
        return name in lives ? show(name, lives[name]) : undefined;
      },
      function (error) {
        figure.classList.add("failed");
        figure.querySelector(".chart-view").textContent = data.texts.failed;
        console.error(error);
      }
    );
  }

  function drawAll() {
    return Promise.all(Object.values(data.figures).flat().map(draw)).then(function () {
      html.dataset.charts = "settled";
    });
  }

  function show(name, live) {
    lives[name] = live;
    return views[name]?.signal("live", live).runAsync();
  }

  function say(scene, words) {
    byId(scene).querySelector(".says").textContent = words;
  }

  // Of two pictures of a scene, and of the controls that belong to one of them, those that are chosen.
  function choose(scene) {
    const chosen = byId(scene).querySelector(".show input:checked").value;
    const figures = data.figures[scene];
    figures.forEach((name) => (byId("figure-" + name).hidden = figures.length > 1 && name !== chosen));
    byId(scene)
      .querySelectorAll("[data-only]")
      .forEach((control) => (control.hidden = control.dataset.only !== chosen));
    return chosen;
  }

  const place = (id) => Number(byId(id).value);

  // ---- the scenes ----

  function signed(number) {
    const written = new Intl.NumberFormat(html.dataset.locale, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
    return written.format(number).replace("-", "\u2212");
  }

  function filled(text, values) {
    return text.replace(/{(\w+)}/g, (_, name) => values[name]);
  }

  function tenTouchpoints() {
    const form = byId("ten_touchpoints").querySelector("form");
    const signs = data.ten.signs.map((_, i) => Number(form.elements["touchpoint-" + (i + 1)].value));
    const crash = data.ten.crash_weights[place("crash_weight")];
    show("ten", { signs: signs, crash_weight: crash });
    const values = {};
    const holding = [];
    for (const [preset, weight] of data.ten.presets) {
      const capital = signs.reduce((sum, sign) => sum + (sign < 0 ? -weight : sign), 0);
      const left = capital - weight * crash;
      values[preset] = signed(capital);
      values[preset + "_left"] = signed(left);
      if (left > 0) {
        holding.push(signed(weight).replace("+", ""));
      }
    }
    const all = holding.length === data.ten.presets.length;
    const weights = holding.length === 2 ? filled(data.ten.and, { first: holding[0], last: holding[1] }) : holding[0];
    const cushion = all ? data.ten.holds_all : holding.length ? data.ten.holds_some : data.ten.holds_none;
    say("ten_touchpoints", filled(data.ten.says, values) + " " + filled(cushion, { weights: weights }));
  }

  function trepunkt(changed) {
    const industry = byId("industry");
    const sliders = data.trepunkt.sizes.map((_, i) => byId("phase-" + i));
    if (changed === industry && industry.value !== "") {
      data.trepunkt.industries[industry.value].forEach((at, i) => (sliders[i].value = at));
      sliders.forEach(label);
    } else if (sliders.includes(changed)) {
      const same = data.trepunkt.industries.findIndex((own) => own.every((at, i) => at === Number(sliders[i].value)));
      industry.value = same < 0 ? "" : String(same);
    }
    const at = sliders.reduce((sum, slider, i) => sum * data.trepunkt.sizes[i] + Number(slider.value), 0);
    const chosen = choose("trepunkt");
    const values = chosen === "model" ? data.trepunkt.of_model : data.trepunkt.of_customers[place("segment")];
    show("trepunkt", values[at].live);
    say("trepunkt", values[at].says);
    byId("trepunkt").querySelector(".note").textContent = values[at].note;
  }

  function capital() {
    const chosen = choose("capital");
    const [weight, life] = [place("loss_weight"), place("half_life")];
    const value =
      chosen === "months"
        ? data.capital.by_rules[weight][life]
        : data.capital.by_incident[weight][life][place("losses")][place("gestures")];
    show(chosen, value.live);
    say("capital", value.says);
  }

  const scenes = { ten_touchpoints: tenTouchpoints, trepunkt: trepunkt, capital: capital };

  // ---- controls ----

  function label(slider) {
    const words = JSON.parse(slider.dataset.steps)[slider.value];
    slider.setAttribute("aria-valuetext", words);
    slider.parentElement.querySelector("output").textContent = words;
  }

  for (const [scene, update] of Object.entries(scenes)) {
    const form = byId(scene).querySelector("form");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", function (event) {
      if (event.target.type === "range") {
        label(event.target);
      }
      if (event.target.type !== "text") {
        update(event.target);
      }
    });
    // A form is reset after the event that says so; the names that a room gave its touchpoints stay.
    form.addEventListener("reset", function () {
      const names = [...form.querySelectorAll("input[type=text]")].map((field) => [field, field.value]);
      setTimeout(function () {
        names.forEach(([field, name]) => (field.value = name));
        form.querySelectorAll("input[type=range]").forEach(label);
        update(null);
      });
    });
  }

  // ---- from scene to scene ----

  function go() {
    const wanted = location.hash.slice(1);
    const scene = wanted in scenes ? wanted : data.scenes[0];
    data.scenes.forEach((name) => (byId(name).hidden = name !== scene));
    document.querySelectorAll("nav a").forEach(function (link) {
      if (link.hash === "#" + scene) {
        link.setAttribute("aria-current", "page");
      } else {
        link.removeAttribute("aria-current");
      }
    });
    window.scrollTo(0, 0);
  }

  window.addEventListener("hashchange", go);
  document.addEventListener("keydown", function (event) {
    const scene = data.scenes[Number(event.key) - 1];
    const isTyping = event.target.matches("input[type=text], textarea");
    if (scene && !isTyping && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault(); // a list would look for an entry that begins with the digit
      location.hash = scene;
    }
  });
  narrow.addEventListener("change", drawAll);

  // A browser may fill in what stood in the controls before the page was loaded anew.
  document.querySelectorAll("form").forEach((form) => form.reset());
  go();
  drawAll();
})();
