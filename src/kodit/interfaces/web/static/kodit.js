// What makes the page quicker to use. Everything works without it, by links and forms.

const root = document.body.dataset.root;
const at = (path) => root + path;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/** Take parts of another page, by their ids, into this one. What has the keyboard's focus keeps it. */
async function take(address, ids, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname.endsWith("/login")) location.assign(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    else if (old) throw new Error(one("main p:not([class])", page)?.textContent ?? "The server did not answer as expected.");
  }
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  return page;
}

// Forms that are answered as somebody types.

const PAUSE = 140; // Milliseconds: shorter than between two words, longer than between two letters.

for (const form of all("form[data-as-you-type]")) {
  const id = form.dataset.asYouType;
  let waiting, asking;

  const address = () => {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim()) given.append(name, value.trim());
    return form.action.split("?")[0] + (given.size ? `?${given}` : "");
  };
  let asked = address();

  const ask = async () => {
    clearTimeout(waiting);
    asking?.abort();
    const wanted = address();
    if (wanted === asked) return;
    asking = new AbortController();
    document.getElementById(id).setAttribute("aria-busy", "true");
    try {
      const page = await take(wanted, [id], asking.signal);
      asked = wanted;
      document.title = page.title;
      history.replaceState(null, "", wanted);
    } catch (error) {
      if (error.name === "AbortError") return;
      one(".status", document.getElementById(id)).textContent = `No answer: ${error.message}`;
    }
    document.getElementById(id).removeAttribute("aria-busy");
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask();
    one("[data-answer]", document.getElementById(id))?.focus();
  });
}

document.addEventListener("click", async (event) => {
  const more = event.target.closest("a[data-more]");
  if (!more || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const shown = all("[data-answer]").length;
  await take(more.href, ["results"]);
  history.replaceState(null, "", more.href);
  all("[data-answer]")[shown]?.focus();
});

// Parts of a page that keep themselves up to date while somebody looks at them.

async function live() {
  const part = document.getElementById("live");
  if (!part) return;
  setTimeout(async () => {
    // A button that asks whether one is sure, and an opened list, are left as they are.
    if (!document.hidden && !one("[data-sure], details[open]", part)) {
      const controller = new AbortController();
      const late = setTimeout(() => controller.abort(), 10000);
      await take(location.href, ["live"], controller.signal).catch(() => {});
      clearTimeout(late);
    }
    live();
  }, Number(part.dataset.live) * 1000);
}
live();

// Buttons that take something away ask once more.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-twice]");
  if (!button || "sure" in button.dataset) return;
  event.preventDefault();
  const told = button.textContent;
  button.dataset.sure = "";
  button.textContent = button.dataset.twice;
  setTimeout(() => {
    delete button.dataset.sure;
    button.textContent = told;
  }, 4000);
});

// Keys.

const PLACES = { s: "/sources", q: "/queue", y: "/symbols", p: "/packages", h: "/" };
const help = document.getElementById("help");
let going = false;

function move(step) {
  const answers = all("[data-answer]");
  const place = answers.indexOf(document.activeElement);
  if (place + step < 0 || !answers.length) return one("[data-focus]")?.focus();
  const next = answers[Math.min(place + step, answers.length - 1)];
  next.focus({ preventScroll: true });
  (next.closest("article, li") ?? next).scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => (one("[data-focus]") ? one("[data-focus]").select() : location.assign(at("/"))),
  "?": () => help.showModal(),
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  g: () => {
    going = true;
    setTimeout(() => (going = false), 1500);
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const field = event.target.closest("input, select, textarea");
  const asking = field?.matches("[data-focus]");
  if (event.key === "Escape") return escaped(field);
  if (field && !(asking && event.key === "ArrowDown")) return;
  if (!field && going && PLACES[event.key]) return location.assign(at(PLACES[event.key]));
  const arrow = event.key.startsWith("Arrow");
  // Where there are no answers to move through, the arrows scroll.
  if (arrow && !one("[data-answer]")) return;
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

function escaped(field) {
  const meaning = document.getElementById("meaning");
  if (meaning && !meaning.hidden) return closed(meaning);
  if (field) return field.blur();
  one("form[data-as-you-type] [data-focus]")?.select();
}

one("[data-help]").hidden = false;
one("[data-help]").addEventListener("click", () => help.showModal());
help.addEventListener("click", (event) => event.target === help && help.close());

// Dark and light.

const toggle = one("[data-theme-toggle]");
toggle.hidden = false;
toggle.addEventListener("click", () => {
  const page = document.documentElement;
  const dark = (page.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  page.dataset.theme = dark ? "light" : "dark";
  document.cookie = `kodit_theme=${page.dataset.theme}; path=${root || "/"}; max-age=31536000; samesite=strict`;
});

// A file: lines that are pointed at, and what its names mean.

const file = one(".code.whole");
let first = one("tr.lit a[data-no]", file ?? document)?.dataset.no;

function light(from, to) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  for (const row of all("tr.lit", file)) row.classList.remove("lit");
  for (let line = low; line <= high; line++) document.getElementById(`L${line}`)?.classList.add("lit");
  const here = new URL(location.href);
  here.searchParams.set("lines", low === high ? low : `${low}-${high}`);
  here.hash = `L${low}`;
  history.replaceState(null, "", here);
}

file?.addEventListener("click", (event) => {
  const number = event.target.closest("a[data-no]");
  if (number) {
    event.preventDefault();
    if (!event.shiftKey || !first) first = number.dataset.no;
    light(Number(first), Number(number.dataset.no));
  }
});

for (const link of all("a[data-lines]")) {
  link.addEventListener("click", (event) => {
    const [from, to] = link.dataset.lines.split("-").map(Number);
    if (event.ctrlKey || event.metaKey || !document.getElementById(`L${from}`)) return;
    event.preventDefault();
    first = from;
    light(from, to);
    document.getElementById(`L${from}`).scrollIntoView({ block: "center" });
  });
}
one("tr.lit")?.scrollIntoView({ block: "center" });

/** The name at a place of the code, if nothing is being selected. */
function nameAt(event) {
  const name = event.target.closest(".code .line span");
  const line = name?.closest(".line");
  if (!line || !/^n/.test(name.className) || !getSelection().isCollapsed) return null;
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEndBefore(name);
  // Columns count characters, as people do, and not the halves of those beyond the first 65,536.
  const column = [...before.toString()].length + 1;
  const { path, source } = name.closest(".code").dataset;
  return { name, asked: new URLSearchParams({ of: `${path}:${line.dataset.line}:${column}`, source }) };
}

document.addEventListener("click", async (event) => {
  const found = nameAt(event);
  if (!found) return;
  const address = at(`/names?${found.asked}`);
  const meaning = document.getElementById("meaning");
  if (!meaning || event.ctrlKey || event.metaKey) return location.assign(address);
  all(".asked").forEach((name) => name.classList.remove("asked"));
  found.name.classList.add("asked");
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  const about = page.getElementById("about");
  document.getElementById("meant").replaceChildren(about ? document.adoptNode(about) : unknown(found.name.textContent));
  meaning.hidden = false;
  meaning.scrollTop = 0;
  if (meaning.getBoundingClientRect().top > innerHeight) meaning.scrollIntoView({ block: "start" });
});

/** What is said of a name that means nothing beyond where it stands: where else it is written. */
function unknown(name) {
  const told = document.createElement("p");
  const search = document.createElement("a");
  search.href = at(`/?${new URLSearchParams({ q: name })}`);
  search.textContent = `search for ${name}`;
  told.append("It is known only where it stands, or not to kodit: ", search, ".");
  return told;
}

function closed(meaning) {
  meaning.hidden = true;
  all(".asked").forEach((name) => name.classList.remove("asked"));
}
one("[data-close]")?.addEventListener("click", () => closed(document.getElementById("meaning")));

// On a narrow page the outline would stand in front of what it is about.
if (file && matchMedia("(max-width: 60rem)").matches) one("details.outline").open = false;
