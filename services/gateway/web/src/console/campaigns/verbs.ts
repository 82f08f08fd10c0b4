import { opsApi } from '../api.ts';

/**
 * What is done with a campaign. Claims and checkout stop and go on together; checkout is told first, so that a campaign shows
 * as before until both have answered, and whoever asks again asks both: what is done already answers as if it were done now.
 */
export const verbsOf = (subject: string, campaignId: string) => {
  const { campaigns, checkout } = opsApi(subject);
  const both =
    (verb: 'pause' | 'resume') =>
    async (reason: string): Promise<void> => {
      await checkout[verb](campaignId, reason);
      await campaigns[verb](campaignId, reason);
    };
  return {
    publish: () => campaigns.publish(campaignId),
    pause: both('pause'),
    resume: both('resume'),
    /** Checkout hears of it by itself. */
    close: (reason: string) => campaigns.close(campaignId, reason),
    discard: (reason: string) => campaigns.close(campaignId, reason),
    kill: async (reason: string): Promise<void> => {
      await checkout.kill(campaignId, reason);
      await campaigns.close(campaignId, reason);
    },
  };
};
export type Verb = keyof ReturnType<typeof verbsOf>;
