// How long a file that a search showed was looked at, in seconds: a glance says other things than a minute.
import { record } from "./asking.js";

export function reading() {
  const page = document.querySelector(".reading");
  if (!page) return;
  document.querySelector(".line.current")?.scrollIntoView({ block: "center" });
  let since = document.visibilityState === "visible" ? performance.now() : null;
  let looked = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") since = performance.now();
    else pause();
  });
  window.addEventListener("pagehide", () => {
    pause();
    if (looked >= 1000) record(page, "dwell", Math.round(looked / 100) / 10);
    looked = 0;
  });
  window.addEventListener("pageshow", () => { since ??= performance.now(); });

  function pause() {
    if (since !== null) looked += performance.now() - since;
    since = null;
  }
}
