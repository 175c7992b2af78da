// What can be done with a result, by pointer and by key.
import { part, record, typing } from "./asking.js";
import { showSymbol } from "./names.js";

export function results() {
  const root = document.getElementById("results");
  if (!root) return;
  root.addEventListener("click", (event) => {
    const element = event.target.closest("a, button");
    const hit = element?.closest(".hit");
    if (!hit || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const action = ["more", "why", "symbol", "copy", "accept", "reject", "editor"].find((name) => element.classList.contains(name));
    if (!action) return;
    if (action === "editor") record(hit, "click");
    else {
      event.preventDefault();
      Promise.resolve(actions[action](hit, element)).catch(() => {
        document.getElementById("said").textContent = "The server does not answer.";
      });
    }
  });
  root.addEventListener("copy", (event) => record(event.target.closest?.(".hit"), "copy"));
  document.addEventListener("keydown", keys);
}

const actions = {
  async more(hit, link) {
    const url = new URL(`/chunk/${hit.dataset.chunk}`, location.href);
    if (hit.dataset.query) url.searchParams.set("query_id", hit.dataset.query);
    url.searchParams.set("q", new URL(location.href).searchParams.get("q") ?? "");
    hit.querySelector(".body").replaceChildren(await part(url));
    const had = document.activeElement === link;
    link.remove();
    if (had) hit.querySelector(".code")?.focus();
  },
  async why(hit, link) {
    const open = hit.querySelector(".explained, .error");
    link.setAttribute("aria-expanded", String(!open));
    if (open) open.remove();
    else hit.querySelector(".about").after(await part(link.href));
  },
  symbol(hit, link) {
    showSymbol(link.href);
  },
  async copy(hit, button) {
    // Asked anew: what is shown is cut, and says what does not show itself.
    const read = await fetch(`/api/read_chunk?chunk_id=${hit.dataset.chunk}`);
    if (!read.ok) return;
    await navigator.clipboard.writeText((await read.json()).content);
    record(hit, "copy");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  },
  accept: (hit, button) => judge(hit, button, "accept"),
  reject: (hit, button) => judge(hit, button, "reject"),
};

function judge(hit, button, signal) {
  if (button.getAttribute("aria-pressed") === "true") return;
  record(hit, signal);
  hit.querySelectorAll(".accept, .reject").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
}

const KEYS = { m: "more", e: "why", d: "symbol", c: "copy" };

function keys(event) {
  if (typing(event)) {
    if (event.key === "Escape" && event.target.name === "q") event.target.blur();
    return;
  }
  const here = document.activeElement.closest(".hit");
  if (event.key === "/") {
    const field = document.querySelector("#search [name=q]");
    field.focus();
    field.select();
  } else if (event.key === "j" || event.key === "k") {
    const all = [...document.querySelectorAll(".hit")];
    const next = here ? all.indexOf(here) + (event.key === "j" ? 1 : -1) : 0;
    all[next]?.querySelector(".open").focus();
    all[next]?.scrollIntoView({ block: "nearest" });
  } else if (here && KEYS[event.key]) {
    here.querySelector(`.${KEYS[event.key]}`)?.click();
  } else return;
  event.preventDefault();
}
