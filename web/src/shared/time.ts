/** Times as the platform dialect writes them, and as people read them. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Reads `2025-01-15T08:23:10.000000`. The dialect's times are UTC without saying so; handed to `Date` as they are,
 * they would be taken for local time.
 */
export function parseTime(text: string): Date {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  return new Date(zoned ? text : `${text}Z`);
}

/** `08:23`, in the reader's zone and habit. */
export function clockTime(time: Date, locale?: string, timeZone?: string): string {
  return time.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', timeZone });
}

/** A day as a heading: `Today`, `Yesterday`, `Monday, 13 January`, with the year when it is another one. */
export function dayLabel(time: Date, now: Date, locale?: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return time.toLocaleDateString(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: time.getFullYear() === now.getFullYear() ? undefined : 'numeric',
  });
}

/** How long ago, in a list: `now`, `5m`, `3h`, `2d`, then the date. */
export function shortAgo(time: Date, now: Date, locale?: string): string {
  const elapsed = now.getTime() - time.getTime();
  if (elapsed < MINUTE_MS) return 'now';
  if (elapsed < 60 * MINUTE_MS) return `${Math.floor(elapsed / MINUTE_MS)}m`;
  if (elapsed < DAY_MS) return `${Math.floor(elapsed / (60 * MINUTE_MS))}h`;
  if (elapsed < 7 * DAY_MS) return `${Math.floor(elapsed / DAY_MS)}d`;
  return time.toLocaleDateString(locale, { day: 'numeric', month: 'short' });
}

/** Whether two times fall on one calendar day of the reader. */
export function sameDay(a: Date, b: Date): boolean {
  return startOfDay(a) === startOfDay(b);
}

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}
