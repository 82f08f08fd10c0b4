import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { byPage, opsApi } from '../api.ts';
import { filledPage } from '../common/filled-page.ts';

/** How often it is looked for something new, in ms. */
const sometimes = 10_000;
const entriesAtOnce = 30;

export type AuditWanted = NonNullable<Parameters<ReturnType<typeof opsApi>['audit']['list']>[0]>;

/** What ops did, newest first. Pages of what is rare are empty and have a cursor: it goes on by itself. */
export const auditQuery = (subject: string, wanted: AuditWanted) =>
  infiniteQueryOptions({
    queryKey: ['ops', subject, 'audit', wanted],
    queryFn: ({ pageParam }) => {
      const list = opsApi(subject).audit.list(wanted);
      return filledPage((query) => list.page({ ...query, limit: entriesAtOnce }), pageParam);
    },
    ...byPage,
    placeholderData: keepPreviousData,
    refetchInterval: sometimes,
  });
