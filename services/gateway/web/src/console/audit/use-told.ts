import { useTranslation } from 'react-i18next';
import type { Tier } from '../../api.ts';
import { en } from '../../language/en.ts';
import { useFormat } from '../../language/use-format.ts';
import type { AuditEntry } from '../api.ts';

type Told = NonNullable<AuditEntry['after']>;
type Label = keyof typeof en.console.audit.told;
type Value = keyof typeof en.console.audit.value;
const isLabel = (key: string): key is Label => Object.hasOwn(en.console.audit.told, key);
const isValue = (value: unknown): value is Value =>
  typeof value === 'string' && Object.hasOwn(en.console.audit.value, value);
const isTier = (tier: string): tier is Tier => Object.hasOwn(en.tier, tier);

export interface Change {
  what: string;
  before?: string;
  after: string;
}

/** What an action made of something, and what that was before; of what stayed as it was, nothing. */
export const useTold = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const shownOf = (key: string, value: Told[string]): string => {
    if (Array.isArray(value)) {
      const items = value.map((one) => (key === 'pins' && isTier(one) ? t(`tier.${one}`) : one));
      return items.length === 0 ? t('console.audit.nothing') : format.list(items);
    }
    if (typeof value === 'number') return key === 'batch' ? String(value) : format.number(value);
    if (key === 'startsAt' || key === 'endsAt') return format.moment(String(value));
    // A campaign may be called "open"; that is its name and no state.
    return key !== 'name' && isValue(value) ? t(`console.audit.value.${value}`) : String(value);
  };
  return ({ before = {}, after = {} }: Pick<AuditEntry, 'before' | 'after'>): Change[] =>
    Object.entries(after).flatMap(([key, value]) => {
      const what = isLabel(key) ? t(`console.audit.told.${key}`) : key;
      const was = before[key] === undefined ? undefined : shownOf(key, before[key]);
      const is = shownOf(key, value);
      return was === is ? [] : { what, after: is, ...(was !== undefined && { before: was }) };
    });
};
