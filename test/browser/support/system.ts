import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { loadDemo } from '@fcode/embedded/demo';
import { createLogger, type Role } from '@fcode/http';
import { until } from '@fcode/testkit';
import { type Answer, callingWith, key } from '../../support/calling.ts';
import { grantCodes, publishDrop } from '../../support/drop.ts';

const callerOf = async (system: Embedded, role: Role, subject: string) =>
  callingWith(await system.token({ subject, roles: [role] }));
const opsOf = (system: Embedded) => callerOf(system, 'ops', 'ops_1');
/** The shop whose credential the demo checkout uses. */
const shopOf = (system: Embedded) => callerOf(system, 'checkout', 'shop_demo');

/** The demo's ledger and the tiers it makes are told to the other services a moment after it was loaded. */
const tiersAreKnown = async (system: Embedded): Promise<void> => {
  const ops = await opsOf(system);
  const path = `/v1/campaigns/${await demoCampaign(system)}/allotments/m_leo`;
  await until(async () => (await ops(system.url, 'GET', path)).body.tier === 'core', 'the tiers of the demo');
};

/** The whole system in a folder of its own, with the demo's people or with nobody. */
export const startSystem = async ({ hasDemo }: { hasDemo: boolean }): Promise<Embedded> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-browser-'));
  const system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'error') });
  const stop = async () => {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (hasDemo) {
      await loadDemo(system);
      await tiersAreKnown(system);
    }
    return { ...system, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const done = (answer: Answer): Answer => {
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
};

/** The campaign that the demo opened. */
export const demoCampaign = async (system: Embedded): Promise<string> => {
  const ops = await opsOf(system);
  const { items } = done(await ops(system.url, 'GET', '/v1/campaigns')).body as { items: { campaignId: string }[] };
  return items[0]?.campaignId as string;
};

/** Codes that belong to nobody. */
export const newCodes = async (system: Embedded, campaignId: string, count: number): Promise<string[]> =>
  grantCodes((role, subject) => callerOf(system, role, subject), system.url, [system.url], campaignId, count);

/** Another product than the demo's, with an open campaign of its own that holds no longer than a campaign must. */
export const quickDrop = { name: 'Quick drop', skus: ['LAMP-1'], holdSeconds: 5 };
export const openQuickDrop = async (system: Embedded): Promise<string> =>
  publishDrop(await opsOf(system), system.url, quickDrop);

/** A campaign of which a code that is passed on comes back in the time that a test has. */
export const shortDrop = {
  name: 'Short drop',
  skus: ['LAMP-1'],
  allotment: { fan: 2 },
  transferSeconds: 12,
  effect: { kind: 'amount', off: { amount: 5000, currency: 'EUR' } },
};
export const openShortDrop = async (system: Embedded): Promise<string> =>
  publishDrop(await opsOf(system), system.url, shortDrop);

export const pause = async (system: Embedded, campaignId: string): Promise<void> => {
  const ops = await opsOf(system);
  done(await ops(system.url, 'POST', `/v1/campaigns/${campaignId}/pause`, { reason: 'test' }, key()));
};

/** Ops stop what checkout does with a campaign; it is so when this resolves. */
export const tellCheckout = async (system: Embedded, verb: 'pause' | 'kill', campaignId: string): Promise<void> => {
  const ops = await opsOf(system);
  done(await ops(system.url, 'POST', `/v1/checkout/campaigns/${campaignId}/${verb}`, { reason: 'test' }, key()));
};

/** The shop's server at checkout, for an order that is not in any browser. */
export const checkout = async (
  system: Embedded,
  verb: 'hold' | 'confirm' | 'redeem',
  body: Record<string, unknown>,
): Promise<Answer> => (await shopOf(system))(system.url, 'POST', `/v1/checkout/${verb}`, body);

export interface ClaimedCode {
  code: string;
  batch: number;
  index: number;
}

/** A member takes a code from the allotment. */
export const claimCode = async (system: Embedded, memberId: string, campaignId: string): Promise<ClaimedCode> => {
  const member = await callerOf(system, 'member', memberId);
  const answer = done(await member(system.url, 'POST', `/v1/campaigns/${campaignId}/claims`, {}, key()));
  return answer.body as unknown as ClaimedCode;
};

/** A member passes a code on; what opens the offer, to stand behind the # of the link. */
export const offerOf = async (system: Embedded, memberId: string, code: string): Promise<string> => {
  const member = await callerOf(system, 'member', memberId);
  // Whose the code is, checkout is told a moment after the claim.
  const offered = await until(async () => {
    const answer = await member(system.url, 'POST', '/v1/me/transfers', { code });
    return answer.status === 503 ? undefined : answer;
  });
  return String(done(offered).body.token);
};

/** A member makes a link, with a code to give or without; its id. */
export const makeLink = async (system: Embedded, memberId: string, link: Record<string, unknown>): Promise<string> => {
  const member = await callerOf(system, 'member', memberId);
  return String(done(await member(system.url, 'POST', '/v1/me/links', link)).body.linkId);
};
