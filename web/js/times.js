import { language } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const days = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

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
  const now = new Date();
  if (sameDay(date, now)) return capitalised(days.format(0, "day"));
  now.setDate(now.getDate() - 1);
  if (sameDay(date, now)) return capitalised(days.format(-1, "day"));
  return (date.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(date);
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
