import { useTranslation } from 'react-i18next';
import { languageOf, languages } from './language.ts';

/** In Chinese, letters and digits stand apart from the signs around them, as in the words of these pages; but F码 is one word. */
const spaced = (text: string): string =>
  text.replace(
    /(?<=[\p{Script=Latin}\d])(?<!F(?=码))(?=\p{Script=Han})|(?<=\p{Script=Han})(?=[\p{Script=Latin}\d])/gu,
    ' ',
  );

const formatIn = (tag: string) => {
  const points = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const number = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
  const moment = new Intl.DateTimeFormat(tag, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  const time = new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const list = new Intl.ListFormat(tag);
  const parts = new Intl.ListFormat(tag, { type: 'unit', style: 'narrow' });
  const percent = new Intl.NumberFormat(tag, { style: 'percent' });
  const unitOf = (unit: string, value: number) =>
    spaced(new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(value));
  return {
    spaced,
    number: (value: number) => number.format(value),
    /** Points fade, so they have decimals; one of them tells enough. */
    points: (value: number) => points.format(value),
    date: (iso: string) => spaced(date.format(new Date(iso))),
    moment: (iso: string) => spaced(moment.format(new Date(iso))),
    time: (iso: string) => spaced(time.format(new Date(iso))),
    /** Whole seconds, in the largest unit of which they are several: 24 hours rather than a day. */
    duration: (seconds: number) => {
      const [unit, size] = units.find(([, of]) => seconds % of === 0 && seconds > of) ?? ['second', 1];
      return unitOf(unit, seconds / size);
    },
    /** Whole seconds, in the largest unit and the next smaller one, rounded down: 2 days 3 hours. */
    left: (seconds: number) => {
      const counts = units.map(([unit, size], place) => {
        const above = units[place - 1]?.[1] ?? Number.POSITIVE_INFINITY;
        return { unit, count: Math.floor((seconds % above) / size) };
      });
      const largest = counts.findIndex(({ count }) => count > 0);
      const shown = counts.slice(largest, largest + 2).filter(({ count }) => count > 0);
      return spaced(parts.format(shown.map(({ unit, count }) => unitOf(unit, count))));
    },
    percent: (whole: number) => percent.format(whole / 100),
    /** An amount in minor units of its currency. */
    money: ({ amount, currency }: { amount: number; currency: string }) => {
      const format = new Intl.NumberFormat(tag, { style: 'currency', currency });
      return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
    list: (items: string[]) =>
      list
        .formatToParts(items)
        .map(({ type, value }, place, all) => {
          // Of what is listed, nothing is changed: only what stands between may need room.
          if (type !== 'literal') return value;
          const [before, after] = [all[place - 1]?.value.at(-1) ?? '', all[place + 1]?.value.at(0) ?? ''];
          return spaced(`${before}${value}${after}`).slice(
            before.length,
            after.length === 0 ? undefined : -after.length,
          );
        })
        .join(''),
  };
};

// Intl's formatters are slow to make and never change.
const formats = { en: formatIn(languages.en), zh: formatIn(languages.zh) };

/** Numbers and instants (ISO 8601) in the language of the page, in the time zone of the browser. */
export const useFormat = () => formats[languageOf(useTranslation().i18n.resolvedLanguage)];
