import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { FcodeProblem, memberApi } from '../api.ts';
import { campaignsQuery, memberKey } from '../queries.ts';

/** Claims a code. As long as the outcome of a wish is not known, asking again is the same wish: it gets one code. */
export const useClaim = (subject: string, campaignId: string) => {
  const queries = useQueryClient();
  const wish = useRef<string>(undefined);
  const { mutate, reset, data, error, isPending } = useMutation({
    mutationFn: () => {
      wish.current ??= crypto.randomUUID();
      return memberApi(subject).claim(campaignId, wish.current);
    },
    onSuccess: () => {
      wish.current = undefined;
    },
    onError: (problem) => {
      if (problem instanceof FcodeProblem && problem.status < 500) wish.current = undefined;
    },
    onSettled: (_, problem) => {
      // What it was refused for may have become of the campaign since the page was told of it.
      if (problem) void queries.invalidateQueries({ queryKey: campaignsQuery(subject).queryKey });
      return queries.invalidateQueries({ queryKey: memberKey(subject) });
    },
  });
  return { ask: () => mutate(), forget: reset, data, error, isPending };
};
