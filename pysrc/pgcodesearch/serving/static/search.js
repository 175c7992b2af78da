// Search as somebody types. What is typed on the way is not logged; what stays for a second, or is sent, is.
import { part } from "./asking.js";

const PAUSE = 150;
const STAYS = 1000;

export function search() {
  const form = document.getElementById("search");
  if (!form) return;
  const results = document.getElementById("results");
  const said = document.getElementById("said");
  let running = null;
  let timers = [];
  let shown = address(form);
  let here = page();

  function later(task, milliseconds) {
    timers.push(setTimeout(task, milliseconds));
  }

  function stop() {
    timers.forEach(clearTimeout);
    timers = [];
    running?.abort();
  }

  async function ask(logged) {
    running = new AbortController();
    const wanted = address(form);
    const asked = new URL(wanted);
    if (!logged) asked.searchParams.set("log", "0");
    results.setAttribute("aria-busy", "true");
    try {
      const found = await part(asked, running.signal);
      if (logged && wanted.href === shown.href && same(results, found)) adopt(results, found);
      else results.replaceChildren(found);
      shown = wanted;
      const line = results.querySelector(".said, .error")?.textContent ?? "";
      if (said.textContent !== line) said.textContent = line;
      document.title = form.q.value ? `${form.q.value} · pgcodesearch` : "pgcodesearch";
      history.replaceState(null, "", wanted);
      here = page();
    } catch (error) {
      if (error.name === "AbortError") return;
      said.textContent = "The server does not answer.";
      results.replaceChildren(Object.assign(document.createElement("p"), { className: "error", textContent: said.textContent }));
    }
    results.removeAttribute("aria-busy");
  }

  form.q.addEventListener("input", () => {
    stop();
    later(() => ask(false), PAUSE);
    later(() => ask(true), STAYS);
  });
  form.addEventListener("change", (event) => {
    if (event.target === form.q) return;
    stop();
    ask(true);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    stop();
    if (address(form).href !== location.href) history.pushState(null, "", address(form));
    ask(true);
  });
  // A link within the page is no other search.
  window.addEventListener("popstate", () => {
    if (page() !== here) location.reload();
  });
}

const page = () => location.href.split("#")[0];

/** The address of the page that the form asks for, without what is left open. */
function address(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value !== "" && !(name === "mode" && value === "hybrid")) url.searchParams.set(name, value);
  }
  return url;
}

const chunks = (root) => [...root.querySelectorAll(".hit")].map((hit) => hit.dataset.chunk).join();

function same(before, after) {
  return chunks(before) !== "" && chunks(before) === chunks(after);
}

/** The same results, now of a search that was logged: what is open or has the focus stays as it is. */
function adopt(before, after) {
  const logged = after.querySelectorAll(".hit");
  before.querySelectorAll(".hit").forEach((hit, place) => {
    hit.dataset.query = logged[place].dataset.query ?? "";
    const links = logged[place].querySelectorAll("a.open, a.more");
    hit.querySelectorAll("a.open, a.more").forEach((link, number) => {
      if (links[number]) link.href = links[number].href;
    });
  });
}
