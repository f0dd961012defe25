/** Numbers, sizes and instants as this visit's language writes them. */

import { locale } from "./i18n";

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const SPANS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export function count(value: number): string {
  return whole.format(value);
}

export function percent(ratio: number): string {
  return percents.format(ratio);
}

/** A size in decimal units with two or three digits, as `48 MB` or `1.1 GB`. */
export function bytes(value: number): string {
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${(unit > 0 && value < 9.95 ? tenths : whole).format(value)} ${UNITS[unit]}`;
}

/** An instant with its zone, as `24 Nov 2026, 18:11 UTC`; UTC unless the data have a zone of their own. */
export function instant(iso: string, timeZone = "UTC"): string {
  return clock(timeZone).format(new Date(iso));
}

/** Formatters by zone: making one takes longer than a hundred uses of it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
    timeZoneName: "short",
  });
  clocks.set(timeZone, made);
  return made;
}

/** The day of an instant or date, as the store writes it: `2026-11-24`. */
export function day(iso: string): string {
  return iso.slice(0, 10);
}

/** How long ago or ahead an instant is, as `5 days ago`. */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const [unit, length] = SPANS.find(([, length]) => Math.abs(seconds) >= length) ?? (["minute", 60] as const);
  return relative.format(Math.trunc(seconds / length), unit);
}
