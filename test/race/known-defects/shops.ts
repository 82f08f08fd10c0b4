import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, startProcess } from '@fcode/processes';
import { until } from '@fcode/testkit';
import { type Answer, persistently } from '../../support/calling.ts';
import { grantCodes, publishDrop } from '../../support/drop.ts';
import { onCluster } from '../../support/engines.ts';
import { type System, startSystem } from '../../support/system.ts';
import { asking, type Campaign, campaigns, fresh, holdSeconds, type Shop } from './shop.ts';

const codesAtOnce = 1000;
const names = Object.keys(campaigns) as Campaign[];

/** Both on one pair of engines, so that none of them finds it easier there. */
export const startShops = async (): Promise<{ ours: Shop; naive: Shop; stop: () => Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'fcode-defects-'));
  const clockFile = join(folder, 'clock');
  const setClock = (ms: number): void => {
    // Written beside and renamed, so that nobody reads half of it.
    writeFileSync(`${clockFile}.next`, `+${ms}`);
    renameSync(`${clockFile}.next`, clockFile);
  };
  setClock(0);
  const clock = { FCODE_CLOCK_FILE: clockFile };
  const system = await startSystem({ redemption: [clock, clock], referral: onCluster ? [clock, clock] : [clock] });
  const stores: Running[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(stores.map((running) => running.kill()));
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [ours] = await Promise.all([
      oursOn(system, setClock),
      startStores(system.engines.storeEndpoint).then((started) => stores.push(...started)),
    ]);
    return { ours, naive: naiveOn(stores.map(({ url }) => url)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const oursOn = async (system: System, setClock: (ms: number) => void): Promise<Shop> => {
  const [ops, token] = await Promise.all([system.as('ops', 'ops_1'), system.token('checkout', 'shop_1')]);
  const urls = system.redemption.map(({ url }) => url);
  const issuance = system.issuance[0]?.url as string;
  const referral = system.referral[0]?.url as string;
  const opened = await Promise.all(
    names.map(async (name) => {
      const campaignId = await publishDrop(ops, issuance, { holdSeconds, ...campaigns[name] });
      const codes = await grantCodes(system.as, issuance, urls, campaignId, codesAtOnce);
      return [name, { campaignId, codes }] as const;
    }),
  );
  const drops = Object.fromEntries(opened) as Record<Campaign, { campaignId: string; codes: string[] }>;
  let offset = 0;
  return {
    ...asking(urls, token),
    codes: async (campaign, count) => {
      const { codes, campaignId } = drops[campaign];
      if (codes.length < count) codes.push(...(await grantCodes(system.as, issuance, urls, campaignId, codesAtOnce)));
      return codes.splice(0, count);
    },
    later: (seconds) => {
      offset += seconds * 1000;
      setClock(offset);
    },
    invite: async (memberId, campaign) => {
      const member = await system.as('member', memberId);
      const wish = { campaignId: drops[campaign].campaignId, channel: 'messenger' };
      const made = await until(async () => {
        const answer = await persistently(() => member(referral, 'POST', '/v1/me/links', wish));
        // The campaign may have reached checkout first.
        return answer.status === 201 ? answer : undefined;
      }, 'referral to know the campaign');
      return String(made.body.linkId);
    },
    points: async (memberId) => {
      const member = await system.as('member', memberId);
      return pointsIn(await persistently(() => member(referral, 'GET', '/v1/me/referrals')));
    },
    followsWithinMs: 30_000,
  };
};

const pointsIn = ({ body }: Answer): number => {
  const items = body.items as { reward?: { status: string; points: number; taken?: number } }[];
  const left = items.map(({ reward }) =>
    reward === undefined || reward.status === 'reversed' ? 0 : reward.points - (reward.taken ?? 0),
  );
  return left.reduce((sum, points) => sum + points, 0);
};

const startStores = async (endpoint: string): Promise<Running[]> => {
  const table = `naive${randomBytes(4).toString('hex')}`;
  const environment = { DYNAMODB_ENDPOINT: endpoint, NAIVE_TABLE: table };
  const start = () => startProcess('test/race/known-defects/naive.ts', environment);
  return Promise.all([start(), start()]);
};

const naiveOn = (urls: string[]): Shop => {
  const post = async (path: string, body: object): Promise<void> => {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const { ok, status } = await fetch(`${urls[0]}${path}`, init);
    if (!ok) throw new Error(`${path}: ${status}`);
  };
  return {
    ...asking(urls, 'anybody'),
    codes: async (campaign, count) => {
      const {
        buyerLimit = 0,
        orderLimit = 0,
        effect,
      } = { effect: undefined, ...campaigns[campaign] } as {
        buyerLimit?: number;
        orderLimit?: number;
        effect?: { off: { amount: number } };
      };
      const codes = Array.from({ length: count }, () => fresh('CODE'));
      await post('/codes', { codes, buyerLimit, orderLimit, discount: effect?.off.amount ?? 0 });
      return codes;
    },
    // It looks at no clock.
    later: () => {},
    invite: async (memberId) => memberId,
    points: async (memberId) => {
      const response = await fetch(`${urls[0]}/points/${memberId}`);
      return ((await response.json()) as { points: number }).points;
    },
    followsWithinMs: 200,
  };
};
