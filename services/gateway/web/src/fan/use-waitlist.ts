import { useMutation, useQueryClient } from '@tanstack/react-query';
import { memberApi } from '../api.ts';
import { memberKey } from '../queries.ts';

/** What a member does about a place on a waitlist. Asking again is safe: who waits keeps the place, and an offer is one code. */
export const useWaitlist = (subject: string, campaignId: string) => {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: memberKey(subject) });
  return {
    join: useMutation({ mutationFn: () => memberApi(subject).join(campaignId), onSettled }),
    leave: useMutation({ mutationFn: () => memberApi(subject).leave(campaignId), onSettled }),
    take: useMutation({ mutationFn: () => memberApi(subject).take(campaignId), onSettled }),
  };
};
