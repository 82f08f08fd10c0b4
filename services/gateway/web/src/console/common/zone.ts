const formats = new Map<string, Intl.DateTimeFormat>();
const formatIn = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known) return known;
  // Sweden writes instants as ISO 8601 does, but for the T.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(timeZone, format);
  return format;
};

/** The time zone of this browser, as IANA names it. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const timeZones = (): string[] => [...new Set([ownZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];

/** What clocks of a time zone show at an instant (epoch ms), as a `datetime-local` input has it: `2026-12-01T10:00`. */
export const wallOf = (at: number, timeZone: string): string => formatIn(timeZone).format(at).replace(' ', 'T');

const wallForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/**
 * When clocks of a time zone show that, in epoch ms; undefined for a text that is no time. Of an hour that they show twice it
 * is one of both, and of an hour that they skip, one beside it.
 */
export const instantOf = (wall: string, timeZone: string): number | undefined => {
  const [minute] = wallForm.exec(wall) ?? [];
  // A browser takes nearly any text for a time, `:00Z` for the year 2000.
  if (minute === undefined) return undefined;
  const asUtc = Date.parse(`${minute}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const aheadAt = (at: number) => Date.parse(`${wallOf(at, timeZone)}:00Z`) - at;
  return asUtc - aheadAt(asUtc - aheadAt(asUtc));
};

/** The same, as ISO 8601 in UTC. */
export const isoOf = (wall: string, timeZone: string): string | undefined => {
  const at = instantOf(wall, timeZone);
  return at === undefined ? undefined : new Date(at).toISOString();
};

/** What the same clocks show so many days later, at the same hour. */
export const daysAfter = (wall: string, days: number): string => {
  const later = new Date(`${wall.slice(0, 10)}T00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return `${later.toISOString().slice(0, 10)}${wall.slice(10)}`;
};
