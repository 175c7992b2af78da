// A click on a name in code shows where it is defined and used.
import { part } from "./asking.js";

export function names() {
  document.addEventListener("click", (event) => {
    const name = event.target.closest?.(".code .name");
    // Somebody who marks text to copy it clicks, too.
    if (!name || !getSelection().isCollapsed) return;
    const url = new URL("/symbol", location.href);
    url.searchParams.set("name", defined(name) ?? name.textContent);
    const repository = name.closest("[data-repository]")?.dataset.repository;
    if (repository) url.searchParams.set("repository", repository);
    showSymbol(url);
  });
}

/** The whole symbol, where the name is that of the definition which a result is. */
function defined(name) {
  const symbol = name.closest(".hit")?.querySelector(".open").textContent ?? "";
  const last = symbol.split(/[.#]|::/).pop();
  return ["nf", "nc"].some((kind) => name.classList.contains(kind)) && last === name.textContent ? symbol : null;
}

/** Opens a symbol's page in a panel beside the code. */
export async function showSymbol(address) {
  const panel = document.getElementById("panel");
  const url = new URL(address, location.href);
  if (!panel) {
    location.href = url;
    return;
  }
  const found = await part(url);
  const heading = document.createElement("h2");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = url.searchParams.get("name");
  heading.append(link);
  const close = document.createElement("button");
  close.textContent = "close";
  close.addEventListener("click", () => panel.close());
  const top = document.createElement("div");
  top.className = "panel-top";
  top.append(heading, close);
  panel.replaceChildren(top, found);
  if (!panel.open) panel.showModal();
  panel.onclick = (event) => {
    if (event.target === panel) panel.close();
  };
}
