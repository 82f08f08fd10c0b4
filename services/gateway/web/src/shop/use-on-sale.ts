import { useQuery } from '@tanstack/react-query';
import type { Campaign } from '../api.ts';
import type { Demo } from '../demo.ts';
import { usePersona } from '../personas/use-persona.ts';
import { campaignsQuery } from '../queries.ts';

export interface OnSale {
  sku: string;
  /** Its name and end may be on their way still. */
  campaign: Pick<Campaign, 'campaignId'> & { name?: string; endsAt?: string };
}

/**
 * What the demo shop has in its window: the products of the open campaigns. A real shop knows its own products; this one
 * looks with a member's eyes, since members see campaigns and a shop's credential does not.
 */
export const useOnSale = ({ personas }: Demo) => {
  const { persona } = usePersona();
  const eyes = persona ?? personas.at(-1);
  const { data, error, refetch } = useQuery({
    ...campaignsQuery(eyes?.subject ?? ''),
    enabled: eyes !== undefined,
    select: (campaigns): OnSale[] => {
      const open = campaigns.filter(({ phase }) => phase === 'open');
      const all = open.flatMap((campaign) => campaign.skus.map((sku) => ({ sku, campaign })));
      return all.filter(({ sku }, place) => all.findIndex((other) => other.sku === sku) === place);
    },
  });
  return { onSale: data, error, refetch };
};
