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
