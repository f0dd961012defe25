/** Points in time as they stand at an axis and in a table. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** 2026-11-23 23:59 in a zone; without a zone it is a date: 2026-11-23. */
export function dayOrMinute(seconds: number, zone: string | null): string {
  const moment = new Date(seconds * 1000);
  if (zone === null) return moment.toISOString().slice(0, 10);
  const format =
    formats.get(zone) ??
    // Swedish writes dates as ISO 8601 does.
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  formats.set(zone, format);
  return format.format(moment);
}
