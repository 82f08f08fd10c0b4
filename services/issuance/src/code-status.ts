import type { Ref } from '@fcode/dynamo';
import { codeSubject } from '@fcode/events';
import { type Campaign, type Phase, phaseAt } from './campaign.ts';
import type { Stop } from './stop.ts';

/** What became of a code, as last heard from redemption; `sequence` is the code's own, 0 when nothing was heard. */
export interface CodeStatus {
  status: 'unused' | 'held' | 'redeemed' | 'revoked';
  /** When that was told: of a hold that was extended, its extension. */
  since?: string;
  until?: string;
  sequence: number;
}

export const codeStatusRef = (code: { batch: number; index: number }): Ref<CodeStatus> => ({
  pk: codeSubject(code),
  sk: 'status',
  initial: { status: 'unused', sequence: 0 },
  evolve: (status, fact) => (fact.type === 'status.heard' ? (fact.data as CodeStatus) : status),
});

/** Why no order can take a code: by the first three it is out of use, the others leave it as it was. */
export const stops = [
  'code_revoked',
  'batch_revoked',
  'campaign_killed',
  'campaign_closed',
  'campaign_paused',
  'campaign_ended',
] as const;

/** How a code stands for whoever has it. */
interface Standing extends Omit<CodeStatus, 'sequence'> {
  stopped?: (typeof stops)[number];
}

const stoppedIn: { [In in Phase]?: (typeof stops)[number] } = {
  closed: 'campaign_closed',
  paused: 'campaign_paused',
  ended: 'campaign_ended',
};

/**
 * How a code stands at `at` (epoch ms): what became of it, and what became of its batch and its campaign. An order keeps
 * what it owns. What an order only holds, a kill and a revocation take away; through all else it may still be paid.
 */
export const standingAt = (
  { sequence: _, ...known }: CodeStatus,
  { campaign, checkout, batch }: { campaign: Campaign; checkout: Stop; batch: Stop },
  at: number,
): Standing => {
  if (known.status === 'redeemed') return known;
  if (known.status === 'revoked') return { ...known, stopped: 'code_revoked' };
  if (batch.stop === 'revoked') return { status: 'revoked', ...sinceOf(batch), stopped: 'batch_revoked' };
  if (checkout.stop === 'killed') return { status: 'revoked', ...sinceOf(checkout), stopped: 'campaign_killed' };
  const isOver = known.status === 'held' && known.until !== undefined && Date.parse(known.until) <= at;
  if (known.status === 'held' && !isOver) return known;
  const unused: Standing = isOver ? { status: 'unused', since: known.until as string } : known;
  const phase = campaign.status === 'none' ? 'open' : phaseAt(campaign, at);
  const stopped = checkout.stop === 'paused' && phase !== 'closed' ? 'campaign_paused' : stoppedIn[phase];
  return stopped === undefined ? unused : { ...unused, stopped };
};

const sinceOf = ({ since }: Stop) => (since === undefined ? {} : { since });
