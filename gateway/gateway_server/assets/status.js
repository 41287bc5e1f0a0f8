"use strict";

const rows = [...document.querySelectorAll("[data-health]")];

async function ask(row) {
  let ok = false;
  try {
    const answer = await fetch(row.dataset.health, { cache: "no-store" });
    ok = answer.ok;
  } catch {
    ok = false;
  }
  row.classList.toggle("ok", ok);
  row.classList.toggle("bad", !ok);
  row.querySelector(".state").textContent = ok ? "ready" : "not ready";
  return ok;
}

async function refresh() {
  if (!document.hidden) {
    const answers = await Promise.all(rows.map(ask));
    const missing = answers.filter((ok) => !ok).length;
    document.getElementById("summary").textContent =
      missing === 0 ? "All services are ready." : `${missing} of ${rows.length} services are not ready.`;
  }
  setTimeout(refresh, 10000);
}

document.getElementById("origin").textContent = location.origin;
refresh();
