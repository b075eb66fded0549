// Replays the months on map and list: one answer holds them all, and address, downloads and forms follow the month.
(() => {
  const box = document.querySelector("[data-months-at]");
  const key = document.querySelector("[data-layer]");
  if (!box || !key || !window.hsMap) return;
  const [button, slider, said, whole] = box.querySelectorAll("button, input, output, [data-whole]");
  const list = document.querySelector(".hs-sites");
  const lang = document.documentElement.lang;
  const words = box.dataset;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const PAUSE_MS = 700;
  let asked = null;
  let timer = 0;

  const months = () => {
    asked ??= fetch(words.monthsAt).then((answer) => {
      if (!answer.ok) throw new Error(answer.statusText);
      return answer.json();
    });
    return asked;
  };

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name].toLocaleString("en"));
  const shadeWords = (shade) => key.querySelector(`[data-shade="${shade}"] > span`).textContent;

  const value = ([shade, told]) => {
    if (told === null || typeof told === "string") return shadeWords(shade);
    const n = told.toLocaleString("en", { maximumFractionDigits: 1 });
    return (key.dataset.layer === "coaching" ? key.dataset.minutes : key.dataset.share).replace("{n}", n);
  };

  const note = ([, , part, all]) => (part === null || !all ? "" : filled(key.dataset.note, { part, whole: all }));

  const sign = (shade) => key.querySelector(`[data-shade="${shade}"] svg:last-of-type`).cloneNode(true);

  // A place that the list of the page's own day lacks gets a line with its name.
  const line = (slug, about) => {
    const known = list.querySelector(`[data-site="${CSS.escape(slug)}"]`);
    if (known) return known;
    const made = document.createElement("li");
    made.dataset.site = slug;
    const text = document.createElement("div");
    const name = document.createElement("p");
    name.textContent = about[lang === "ko" ? 0 : 1];
    const told = document.createElement("p");
    const [shown, beside] = ["told", "note"].map((what) => {
      const it = document.createElement("span");
      it.dataset[what] = "";
      return it;
    });
    beside.className = "hs-small";
    told.append(shown, " ", beside);
    text.append(name, told);
    const mark = document.createElement("span");
    mark.className = "hs-sign";
    made.append(mark, text);
    list.append(made);
    window.hsMap.draw(slug, about[2]);
    return made;
  };

  const tell = (slug, about, reading) => {
    const item = line(slug, about);
    const [shade] = reading;
    item.hidden = shade === "none";
    window.hsMap.paint(slug, shade);
    if (item.hidden) return;
    item.dataset.shade = shade;
    item.querySelector(".hs-sign").replaceChildren(sign(shade));
    const told = item.querySelector("[data-told]");
    told.textContent = value(reading);
    told.className = ["unknown", "no_data"].includes(shade) ? "hs-unknown" : "hs-state-word";
    item.querySelector("[data-note]").textContent = note(reading);
    window.hsMap.retell(item);
  };

  const follow = (day) => {
    const address = new URL(location.href);
    address.searchParams.set("as_of", day);
    history.replaceState(history.state, "", address);
    whole.href = address.href;
    whole.hidden = false;
    for (const link of document.querySelectorAll(".hs-downloads a")) {
      const there = new URL(link.href);
      there.searchParams.set("as_of", day);
      link.href = there.href;
    }
    for (const input of document.querySelectorAll("form input[name=as_of]")) input.value = day;
    const filters = document.querySelector(".hs-filter-row");
    if (!filters.elements.as_of) {
      const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "as_of", value: day });
      filters.append(hidden);
    }
    for (const it of document.querySelectorAll("[data-on]")) it.textContent = day;
  };

  const count = (shades) => {
    for (const item of key.querySelectorAll("[data-shade]")) {
      item.querySelector("b").textContent = shades.filter((it) => it === item.dataset.shade).length;
    }
    const n = shades.filter((it) => it !== "none").length;
    return filled(n === 1 ? words.one : words.many, { n });
  };

  const show = async () => {
    const told = await months();
    const index = Math.min(Number(slider.value), told.months.length - 1);
    const day = told.months[index];
    document.body.classList.add("hs-replaying");
    const shades = Object.entries(told.places).map(([slug, turns]) => {
      const reading = told.readings[turns[index]];
      tell(slug, told.about[slug], reading);
      return reading[0];
    });
    const counted = count(shades);
    said.textContent = `${day} · ${counted}`;
    slider.setAttribute("aria-valuetext", said.textContent);
    document.getElementById("map-list").textContent = counted;
    follow(day);
  };

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = calm ? words.next : words.play;
    button.setAttribute("aria-pressed", "false");
  };

  const step = () => {
    const last = Number(slider.max);
    slider.value = Number(slider.value) >= last ? 0 : Number(slider.value) + 1;
    show();
    if (timer && Number(slider.value) >= last) stop();
  };

  button.addEventListener("click", () => {
    if (calm) step();
    else if (timer) stop();
    else {
      button.textContent = words.pause;
      button.setAttribute("aria-pressed", "true");
      timer = setInterval(step, PAUSE_MS);
      step();
    }
  });
  slider.addEventListener("input", () => {
    if (timer) stop();
    show();
  });
  // Asked for as soon as somebody turns to it, so that the first step does not wait.
  box.addEventListener("pointerenter", () => months(), { once: true });
  box.addEventListener("focusin", () => months(), { once: true });
  if (calm) {
    button.removeAttribute("aria-pressed");
    stop();
    button.removeAttribute("aria-pressed");
  }
  box.hidden = false;
})();
