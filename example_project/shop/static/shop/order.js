// Waits for the payment: asks for the order's state, and shows the page anew once it has changed.
"use strict";

const waiting = document.getElementById("waiting");
const patience = [1000, 1000, 1500, 2000, 2000, 3000, 3000, 5000, 5000, 8000, 8000, 10000, 10000];

async function ask() {
  const response = await fetch(waiting.dataset.statusUrl, { headers: { Accept: "application/json" } });
  const order = await response.json();
  return order.status !== waiting.dataset.status || order.is_on_its_way;
}

async function wait(tries) {
  if (tries === patience.length) {
    waiting.querySelector("p").textContent =
      "The confirmation takes longer than usual. You need not pay again: come back to this page later.";
    return;
  }
  let changed = false;
  try {
    changed = await ask();
  } catch {
    // Off line for a moment: the next try may do better.
  }
  if (changed) {
    window.location.replace(window.location.pathname);
  } else {
    window.setTimeout(wait, patience[tries], tries + 1);
  }
}

if (waiting) {
  wait(0);
}
