const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is a time zone as IANA names them. */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
};

/** The day of an instant (epoch ms) in a time zone, as `2026-12-01`. */
export const dayOf = (at: number, timeZone: string): string => {
  const known = formats.get(timeZone);
  // Canada writes days as ISO 8601 does.
  const format =
    known ?? new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  if (!known) formats.set(timeZone, format);
  return format.format(at);
};
