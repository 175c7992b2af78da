// Grades by key: 3, 2 and 0 for the place that has the focus, o for open, j and k for the next and the one before.
import { typing } from "./asking.js";

export function grading() {
  const form = document.getElementById("grading");
  if (!form) return;
  const places = [...form.querySelectorAll(".grade")];
  document.addEventListener("keydown", (event) => {
    if (typing(event)) return;
    const here = document.activeElement.closest(".grade") ?? null;
    if (event.key === "j" || event.key === "k") go(here ? places.indexOf(here) + (event.key === "j" ? 1 : -1) : 0);
    else if (here && ["3", "2", "0", "o"].includes(event.key)) {
      const value = event.key === "o" ? "" : event.key;
      [...here.querySelectorAll("input")].find((one) => one.value === value).checked = true;
      go(places.indexOf(here) + 1);
    } else return;
    event.preventDefault();
  });

  function go(place) {
    const input = places[place]?.querySelector("input:checked");
    input?.focus();
    places[place]?.scrollIntoView({ block: "nearest" });
  }
}
