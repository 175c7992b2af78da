// Parts of pages, and feedback: the two things that scripts ask the server for.

/** The HTML of a part of a page; what went wrong comes as HTML too. Throws where nobody answers or it was aborted. */
export async function part(address, signal) {
  const url = new URL(address, location.href);
  url.searchParams.set("part", "1");
  const answer = await fetch(url, { signal, headers: { Accept: "text/html" } });
  const template = document.createElement("template");
  // The server's own, in which everything foreign is escaped.
  template.innerHTML = await answer.text();
  return template.content;
}

/** Records what was done with a result; one whose search was not logged has no feedback. */
export function record(hit, signal, value = null) {
  if (!hit?.dataset.query) return;
  const said = { query_id: Number(hit.dataset.query), chunk_id: Number(hit.dataset.chunk), signal };
  if (value !== null) said.value = value;
  // Outlives the page.
  fetch("/api/record_feedback", { method: "POST", body: JSON.stringify(said), keepalive: true }).catch(() => {});
}

/** Whether a key belongs to what somebody types in, or to the browser. */
export function typing(event) {
  return event.ctrlKey || event.metaKey || event.altKey
    || event.target.closest("input:not([type=radio]), textarea, select, dialog[open]");
}
