// Keys for those who decide many: j and k go down and up, Enter opens, a accepts, r rejects, p postpones, n goes on. Everything works without.
"use strict";
document.addEventListener("keydown", (event) => {
  const at = event.target;
  const types = at instanceof HTMLInputElement && at.type !== "radio";
  if (types || at instanceof HTMLSelectElement || event.ctrlKey || event.altKey || event.metaKey) return;
  const rows = Array.from(document.querySelectorAll("table.list tbody tr"));
  const chosen = rows.findIndex((row) => row.classList.contains("chosen"));
  const choose = (next) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
    if (!row) return;
    if (chosen >= 0) rows[chosen].classList.remove("chosen");
    row.classList.add("chosen");
    row.querySelector("a").focus();
  };
  if (event.key === "j") choose(chosen + 1);
  else if (event.key === "k") choose(chosen < 0 ? 0 : chosen - 1);
  else {
    const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button) return;
    if (event.key === "r") {
      const reason = document.querySelector('input[name="reason"]');
      if (reason && !reason.value) {
        event.preventDefault();
        reason.focus();
        return;
      }
    }
    button.focus();
    button.click();
  }
});
// What changes while a page lies open: the counts above follow, and a line offers to load the page again.
if (document.querySelector('[data-live="waits"]')) {
  const line = document.querySelector(".news");
  const of = (news) => Object.values(news.reviews).reduce((sum, n) => sum + n, 0);
  let first = null;
  const tell = (words) => {
    line.hidden = false;
    const text = line.querySelector("span") || line.insertBefore(document.createElement("span"), line.firstChild);
    text.textContent = words;
  };
  new EventSource("/desk/live").addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    const counts = { waits: of(news), parked: news.parked };
    for (const [name, count] of Object.entries(counts)) document.querySelector(`[data-live="${name}"]`).textContent = count;
    first = first || news;
    const more = of(news) - of(first);
    const at = location.pathname;
    if (at === "/desk/queue" && more > 0) tell(line.dataset.new.replace("{n}", more));
    const follows = { "/desk/systems": "systems", "/desk/parked": "parked", "/desk/imports": "imports" }[at];
    if (follows && JSON.stringify(news[follows]) !== JSON.stringify(first[follows])) tell(line.dataset.changed);
  });
}
