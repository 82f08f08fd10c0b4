import { useSearchParams } from 'react-router';
import { isoOf, ownZone } from '../common/zone.ts';
import { actions } from './actions.ts';
import type { AuditWanted } from './queries.ts';

export const filters = ['by', 'action', 'campaignId', 'from', 'to'] as const;
export type Filter = (typeof filters)[number];

/** What of the log is wanted, as the address has it: it may be sent to a colleague. Times are those of this browser's clocks. */
export const useWanted = () => {
  const [search, setSearch] = useSearchParams();
  const chosenOf = (filter: Filter): string => search.get(filter) ?? '';
  const choose = (filter: Filter, value: string) => {
    // Of the address itself: it has what was chosen a moment ago before the page has, and nothing chosen is lost.
    const next = new URLSearchParams(window.location.search);
    if (value === '') next.delete(filter);
    else next.set(filter, value);
    setSearch(next, { replace: true });
  };
  const zone = ownZone();
  const instantOf = (filter: 'from' | 'to') => (chosenOf(filter) === '' ? undefined : isoOf(chosenOf(filter), zone));
  const from = instantOf('from');
  const to = instantOf('to');
  const isBackward = from !== undefined && to !== undefined && from >= to;
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && !isBackward && { to }) };
  const by = chosenOf('by');
  const action = actions.find((one) => one === chosenOf('action'));
  const campaignId = chosenOf('campaignId');
  const wanted: AuditWanted = {
    ...range,
    ...(by !== '' && { by }),
    ...(action !== undefined && { action }),
    ...(campaignId !== '' && { campaignId }),
  };
  const isAny = filters.some((filter) => chosenOf(filter) !== '');
  return { chosenOf, choose, clear: () => setSearch({}, { replace: true }), wanted, isBackward, zone, isAny };
};
