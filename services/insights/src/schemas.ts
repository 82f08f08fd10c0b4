import { z } from '@fcode/http';
import { sharedBy } from './funnel.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.')
  .openapi({ example: 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA' });

/** What came of sharing by one channel. */
export const funnelChannel = z
  .object({
    channel: z.enum(sharedBy).openapi({ description: '`other`: a code that was passed on without a link.' }),
    links: z.int(),
    clicks: z.int(),
    referrals: z.int(),
    rewards: z.int().openapi({ description: 'Vested and not reversed.' }),
    points: z.number().openapi({ description: 'Of those rewards, less what returned lines took of them.' }),
  })
  .openapi('FunnelChannel');
