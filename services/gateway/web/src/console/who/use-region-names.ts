import { useTranslation } from 'react-i18next';
import { languageOf, languages } from '../../language/language.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
/** Groups of countries, and codes for tests, which have names too. */
const noCountries = ['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ'];

const namesIn = (tag: string) => {
  const names = new Intl.DisplayNames(tag, { type: 'region', fallback: 'none' });
  const nameOf = (region: string): string => {
    const [country = '', part] = region.split('-');
    const name = names.of(country) ?? country;
    return part === undefined ? name : `${name} (${region})`;
  };
  const countries = letters
    .flatMap((first) => letters.map((second) => first + second))
    // Countries of the past have the names of those that came after them.
    .filter((code) => !noCountries.includes(code) && new Intl.Locale(`und-${code}`).region === code)
    .filter((code) => names.of(code) !== undefined)
    .map((code) => ({ value: code, label: nameOf(code) }))
    .sort((one, other) => one.label.localeCompare(other.label, tag));
  return { nameOf, countries };
};

const known = new Map<string, ReturnType<typeof namesIn>>();

/** Regions (ISO 3166) by their names, and all countries to choose from. */
export const useRegionNames = () => {
  const tag = languages[languageOf(useTranslation().i18n.resolvedLanguage)];
  const names = known.get(tag) ?? namesIn(tag);
  known.set(tag, names);
  return names;
};
