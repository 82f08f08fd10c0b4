import { instant, z } from '@fcode/http';
import { sharedBy } from './funnel.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.')
  .openapi({ example: 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA' });

/** One thing that happened, as a history tells it. */
export const historyEntry = z
  .object({
    type: z.string().openapi({ example: 'code.held' }),
    at: instant,
    data: z.looseObject({}).openapi({ description: 'As the event has it.' }),
    eventId: z.string(),
    correlationId: z.string().openapi({ description: 'The request, or the first event, that it all goes back to.' }),
    causationId: z.string().optional().openapi({
      description: 'What made it happen: a request, or an event. Absent of what was kept before this was told.',
    }),
  })
  .openapi('HistoryEntry');

/** In which order a history is asked for. */
export const orderOf = (usual: 'newest' | 'oldest') =>
  z
    .enum(['newest', 'oldest'])
    .default(usual)
    .openapi({ description: 'Which come first. A cursor goes with the order that it came by.' });

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
