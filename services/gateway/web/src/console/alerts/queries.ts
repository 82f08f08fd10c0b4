import { infiniteQueryOptions } from '@tanstack/react-query';
import { byPage, opsApi } from '../api.ts';

/** How often it is looked for something new, in ms. */
const sometimes = 10_000;
const alertsAtOnce = 20;

export const alertsKey = (subject: string) => ['ops', subject, 'alerts'] as const;

export const lostHoldsQuery = (subject: string) =>
  infiniteQueryOptions({
    queryKey: [...alertsKey(subject), 'lost-holds'],
    queryFn: ({ pageParam: cursor }) =>
      opsApi(subject)
        .checkout.lostHolds()
        .page({ limit: alertsAtOnce, ...(cursor !== undefined && { cursor }) }),
    ...byPage,
    refetchInterval: sometimes,
  });

export const touchesQuery = (subject: string) =>
  infiniteQueryOptions({
    queryKey: [...alertsKey(subject), 'touches'],
    queryFn: ({ pageParam: cursor }) =>
      opsApi(subject)
        .canaryTouches()
        .page({ limit: alertsAtOnce, ...(cursor !== undefined && { cursor }) }),
    ...byPage,
    refetchInterval: sometimes,
  });
