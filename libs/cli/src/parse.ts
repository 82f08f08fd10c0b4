import { InvalidArgumentError } from 'commander';

/** A whole number from 1. */
export const count = (text: string): number => {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
};

export const countOrNone = (text: string): number => (text === '0' ? 0 : count(text));

/** `now`, or what a date and time is written as; local time where it does not say otherwise. As ISO 8601 in UTC. */
export const when = (text: string): string => {
  const at = text === 'now' ? Date.now() : Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be now, or an instant such as 2026-12-01T10:00:00Z.');
  return new Date(at).toISOString();
};

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As `when`, or `+7d`, `+12h`, `+30m`: those as milliseconds. */
export const whenOrAfter = (text: string): string | number => {
  const [, amount, unit] = /^\+(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * unitMs[unit as keyof typeof unitMs];
  try {
    return when(text);
  } catch {
    throw new InvalidArgumentError('It must be now, +7d, +12h, +30m, or an instant such as 2026-12-01T10:00:00Z.');
  }
};

/** `name=n`; a name may hold anything but the last equals sign. */
export const share = (text: string): [name: string, codes: number] => {
  const [, name, codes] = /^(.+)=(\d{1,9})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be written as name=number.');
  return [name, Number(codes)];
};

/** For options that may be given more than once. */
export const each =
  <Value>(parse: (text: string) => Value) =>
  (text: string, before: Value[] = []): Value[] => [...before, parse(text)];
