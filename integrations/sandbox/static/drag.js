// Dragging an event to another time or day, in steps of 15 minutes; the page works without it.
"use strict";
const STEP = 15;
const pad = (number) => String(number).padStart(2, "0");
const clock = (minutes) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
let held = null;

function begin(event) {
  const card = event.target.closest(".slots .ev");
  if (!card || event.button !== 0 || getComputedStyle(card).position !== "absolute") return;
  const [start, end] = [card.dataset.start, card.dataset.end];
  if (start.slice(0, 10) !== end.slice(0, 10)) return; // over midnight: by the form
  const minutes = (text) => Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
  held = { card, x: event.clientX, y: event.clientY, from: minutes(start), length: minutes(end) - minutes(start), moved: false };
}

function move(event) {
  if (!held) return;
  if (!held.moved && Math.hypot(event.clientX - held.x, event.clientY - held.y) < 5) return;
  event.preventDefault();
  held.moved = true;
  held.card.classList.add("held");
  const slots = held.card.closest(".slots");
  const perMinute = slots.clientHeight / (Number(slots.dataset.hours) * 60);
  const shift = Math.round((event.clientY - held.y) / perMinute / STEP) * STEP;
  held.start = Math.max(0, Math.min(24 * 60 - held.length - 1, held.from + shift));
  const over = [...document.querySelectorAll(".day")].find((day) => {
    const box = day.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right;
  });
  held.day = (over || held.card.closest(".day")).dataset.date;
  const sideways = over ? over.getBoundingClientRect().left - held.card.closest(".day").getBoundingClientRect().left : 0;
  held.card.style.transform = `translate(${sideways}px, ${(held.start - held.from) * perMinute}px)`;
  const time = held.card.querySelector("span");
  if (time) time.textContent = `${clock(held.start)}–${clock(held.start + held.length)}`;
}

async function drop() {
  const { card, moved, day, start, length } = held || {};
  if (!moved) { held = null; return; }
  setTimeout(() => { held = null; });
  const body = new URLSearchParams({ day, from: clock(start), to: clock(start + length) });
  try {
    await fetch(`${card.getAttribute("href")}/move`, { method: "POST", body });
  } finally {
    location.reload(); // shows what the calendar now says, also when the move was refused
  }
}

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", move);
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", () => { if (held) location.reload(); });
document.addEventListener("dragstart", (event) => { if (event.target.closest && event.target.closest(".ev")) event.preventDefault(); });
document.addEventListener("click", (event) => { if (held && held.moved) event.preventDefault(); }, true);
