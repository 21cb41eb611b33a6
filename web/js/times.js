import { language } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const days = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** The clock that tells which day it is. */
let service = { now: () => new Date() };

/**
 * Goes by another clock than this device's, which may be off.
 *
 * @param {{now: () => Date}} by
 */
export function goBy(by) {
  service = by;
}

/** What time it is. */
export function now() {
  return service.now();
}

/**
 * Returns what a time of this device is by that clock.
 *
 * @param {number} at in milliseconds
 */
export function byService(at) {
  return new Date(at + now().getTime() - Date.now());
}

/**
 * Shows a time of day; the rest is in the title.
 *
 * @param {HTMLElement} element a <time>
 * @param {Date} date
 */
export function showTime(element, date) {
  element.setAttribute("datetime", date.toISOString());
  element.textContent = clock.format(date);
  element.title = full.format(date);
}

/**
 * Returns what people call a day.
 *
 * @param {Date} date
 */
export function dayName(date) {
  const today = now();
  if (sameDay(date, today)) return capitalised(days.format(0, "day"));
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  if (sameDay(date, yesterday)) return capitalised(days.format(-1, "day"));
  return (date.getFullYear() === today.getFullYear() ? thisYear : otherYear).format(date);
}

/**
 * @param {Date} a
 * @param {Date} b
 */
export function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

/** @param {string} text */
function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
