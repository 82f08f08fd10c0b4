import { setTimeout as sleep } from 'node:timers/promises';
import { importContributions, noneYet } from '@fcode/cli/import';
import { type Fcode, FcodeProblem } from '@fcode/client';
import { type Tier, tierNames } from '@fcode/policy';
import { eventsOf, ofType } from '@fcode/reconcile';
import { brokenIn } from './broken.ts';
import type { LedgerLook } from './ledger.ts';
import type { Stage } from './stage.ts';

/** What a story came to: the demo's last line. */
export interface Outcome {
  contributions: number;
  members: number;
  tiers: Record<Tier, number>;
  /** Codes that members could claim when the campaign opened. */
  allotted: number;
  claimed: number;
  refused: number;
  held: number;
  redeemed: number;
  released: number;
  rewarded: number;
  promoted: number;
  claimedAfterPromotion: number;
  invariants: 'ok' | string[];
}

export interface Telling {
  file: string;
  look: LedgerLook;
  /** One line of the story. */
  tell: (line: string) => void;
  /** What long work is doing. */
  progress: (line: string) => void;
}

const sku = 'PHONE-1';
const holdSeconds = 900;
const day = 86_400_000;
const angelsPinned = 10;
const atOnce = 8;
const channels = ['messenger', 'microblog', 'forum', 'direct', 'qr'] as const;

/** Does it for each, some side by side; what comes back is in the order given. */
const forEach = async <Thing, Result>(
  things: readonly Thing[],
  work: (thing: Thing, position: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (let from = 0; from < things.length; from += atOnce) {
    const some = things.slice(from, from + atOnce);
    results.push(...(await Promise.all(some.map((thing, position) => work(thing, from + position)))));
  }
  return results;
};

/** The word with which it was refused; undefined when it was not. */
const refusalOf = async (asked: Promise<unknown>): Promise<string | undefined> => {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof FcodeProblem && error.status < 500) return error.word;
    throw error;
  }
};

interface Code {
  owner: string;
  code: string;
  batch: number;
  index: number;
}

/**
 * A community's history and one drop, told to a system as its people would: the ledger is imported, the first members are
 * pinned, cut-offs are computed, a campaign opens, members claim, friends buy (or decline, walk off, come back), rewards
 * lift members, who then may claim more. The same ledger and time make the same story.
 */
export const tellStory = async (stage: Stage, { file, look, tell, progress }: Telling): Promise<Outcome> => {
  const ops = stage.as('ops', 'ops_demo');
  const shop = stage.as('checkout', 'shop_demo');
  const opensAt = stage.now();
  const of = (memberId: string): Fcode => stage.as('member', memberId);
  const settled = async (what: string) => {
    progress(`${what} …`);
    await stage.settled();
  };

  // The history.
  const counts = noneYet();
  const timer = setInterval(() => progress(`importing: ${counts.rows} of ${look.rows} rows`), 1000);
  await importContributions(file, stage.as('connector', 'ledger'), { counts, tell: () => {} }).finally(() =>
    clearInterval(timer),
  );
  tell(`${counts.accepted} contributions recorded; ${counts.duplicate} told twice, ${counts.refused} refused.`);
  const angels = look.members.slice(0, angelsPinned);
  await forEach(angels, (memberId) => ops.pin(memberId, { pins: ['angel'], reason: 'Here from the first day' }));
  tell(`The first ${angels.length} members are angels, whatever their score.`);

  const before = (await ops.policy()).cutoffs?.asOf;
  await ops.computeCutoffs();
  while ((await ops.policy()).cutoffs?.asOf === before) await sleep(100);
  // Past the look at the members between the old cut-offs and the new.
  stage.advance(5000);
  const policy = await ops.policy();
  for (const { tier, share, places, minScore } of policy.tiers) {
    if (share === undefined || minScore === undefined) continue;
    tell(`Cut-off of ${tier}: ${minScore.toFixed(2)} points, ${places} of ${policy.cutoffs?.scored} members and up.`);
  }
  await settled('cut-offs on their way to issuance');

  const standings = await forEach(look.members, (memberId) => ops.standing(memberId));
  const scored = standings.filter(({ score }) => score > 0);
  const tiers = Object.fromEntries(
    tierNames.map((tier) => [tier, scored.filter((standing) => standing.tier === tier).length]),
  ) as Record<Tier, number>;
  tell(`${scored.length} members have a score: ${tierNames.map((tier) => `${tiers[tier]} ${tier}`).join(', ')}.`);
  const membersOf = (tier: Tier) => scored.filter((standing) => standing.tier === tier).map(({ memberId }) => memberId);

  // The drop opens.
  const fans = membersOf('fan');
  const sharing = fans.filter((_, position) => position % 4 === 0);
  const { campaignId } = await ops.campaigns.create(
    {
      name: 'Friends first',
      skus: [sku],
      startsAt: new Date(opensAt).toISOString(),
      endsAt: new Date(opensAt + 7 * day).toISOString(),
      quota: 6 * look.members.length + 100,
      allotment: { angel: 5, core: 3, loyal: 2 },
      buyerLimit: 2,
      holdSeconds,
    },
    { idempotencyKey: 'the drop' },
  );
  await ops.campaigns.publish(campaignId);
  await settled('the campaign on its way to checkout');
  tell(
    `A campaign opens at ${new Date(opensAt).toISOString()}: 5 codes for an angel, 3 for core, 2 for loyal, none for a fan.`,
  );

  const allotments = await forEach(scored, ({ memberId }) => ops.allotment(campaignId, memberId));
  const allotted = allotments.reduce((sum, { allotted: codes }) => sum + codes, 0);
  const refusals = new Map<string, string>();
  const claims = await forEach(allotments, async ({ memberId, allotted: codes }): Promise<Code[]> => {
    const mine: Code[] = [];
    const me = of(memberId);
    for (let wish = 1; wish <= codes; wish += 1) {
      const key = { idempotencyKey: `wish ${wish}` };
      const { code, batch, index } = await me.claim(campaignId, key);
      const again = await me.claim(campaignId, key);
      if (again.code !== code) throw new Error('a claim that was sent again made another code');
      mine.push({ owner: memberId, code, batch, index });
    }
    const word = await refusalOf(me.claim(campaignId, { idempotencyKey: 'one more' }));
    if (word === undefined) throw new Error(`${memberId} claimed more than was allotted`);
    refusals.set(memberId, word);
    return mine;
  });
  const claimed = claims.flat().length;
  const wordCounts = Map.groupBy(refusals.values(), (word) => word);
  tell(
    `${claimed} of ${allotted} allotted codes are claimed. One more was refused to everybody: ` +
      `${[...wordCounts].map(([word, all]) => `${all.length} ${word}`).join(', ')}.`,
  );
  await settled('claims on their way');

  // Friends buy.
  const open = async (linkId: string) => {
    const answer = await fetch(`${stage.url}/i/${linkId}`, { redirect: 'manual' });
    if (answer.status !== 302) throw new Error(`an invite link answered ${answer.status}`);
  };
  const linkFor = async ({ owner, batch, index }: Code, position: number): Promise<string> => {
    const channel = channels[position % channels.length] as (typeof channels)[number];
    const { linkId } = await of(owner).link({ campaignId, channel, code: { batch, index }, signedAs: 'A fan' });
    await open(linkId);
    return linkId;
  };
  type Buyer = Parameters<Fcode['hold']>[0]['buyer'];
  const guest = (name: string): Buyer => ({ email: `${name}@friends.example` });
  const hold = (code: string, orderId: string, buyer: Buyer, invite?: string) =>
    shop.hold({ code, orderId, sku, buyer, ...(invite === undefined ? {} : { invite }) });
  const pay = async (code: string, orderId: string, buyer: Buyer, invite?: string) => {
    const { holdId } = await hold(code, orderId, buyer, invite);
    await shop.confirm({ holdId, orderId });
  };

  // Two angels buy with each other's code, and one for himself.
  const [first, second, third] = angels.map((angel) => claims.flat().find(({ owner }) => owner === angel));
  const special = [first, second, third].filter((code) => code !== undefined);
  if (first && second) {
    await pay(first.code, 'order-a', { memberId: second.owner });
    await settled('a referral on its way');
    await pay(second.code, 'order-b', { memberId: first.owner });
    tell(
      "Two angels bought with each other's code: the first purchase makes a referral, the second would close a circle.",
    );
  }
  if (third) {
    await pay(third.code, 'order-c', { memberId: third.owner });
    tell('One bought with a code of his own: that earns nothing.');
  }

  const given = claims.flat().filter((code) => !special.includes(code));
  const walkedOff: Code[] = [];
  await forEach(given, async (code, position) => {
    const name = `friend-${position}`;
    const orderId = `order-${position}`;
    switch (position % 8) {
      case 0:
        return pay(code.code, orderId, guest(name), await linkFor(code, position));
      case 1:
      case 2:
        return pay(code.code, orderId, guest(name));
      case 3: {
        // The card is declined; another try succeeds.
        const { holdId } = await hold(code.code, orderId, guest(name));
        await shop.release({ holdId, orderId, reason: 'declined' });
        return pay(code.code, `${orderId}-again`, guest(name));
      }
      case 4: {
        await hold(code.code, orderId, guest(name));
        walkedOff.push(code);
        return;
      }
      case 5: {
        // Walks off too, and comes back in time: a retry is the same hold.
        const { holdId } = await hold(code.code, orderId, guest(name));
        const again = await hold(code.code, orderId, guest(name));
        if (again.holdId !== holdId) throw new Error('the same order was given another hold');
        await shop.confirm({ holdId, orderId });
        return;
      }
      case 6: {
        // Given to a member who has none: the buyer is known, and the tree grows.
        const friend = fans[Math.floor(position / 8) * 3 + 1];
        return friend === undefined ? undefined : pay(code.code, orderId, { memberId: friend });
      }
      default:
        // Kept.
        return;
    }
  });
  stage.advance((holdSeconds + 6) * 1000);
  walkedOff.sort((a, b) => a.index - b.index);
  // Half of the codes that were held and left are taken by others, once the holds are over.
  await forEach(
    walkedOff.filter((_, position) => position % 2 === 0),
    (code, position) => pay(code.code, `order-late-${position}`, guest(`late-${position}`)),
  );
  tell(`Friends bought; ${walkedOff.length} held a code and walked off, and their holds ended by themselves.`);

  // Fans have no code to give, but a link; their friends come with a code from the press.
  const wish = { to: { bearer: Math.max(1, sharing.length) }, reason: 'For the press', reference: 'PRESS-1' };
  const { grantId } = await ops.grants.request(campaignId, wish);
  if ((await refusalOf(ops.grants.approve(campaignId, grantId))) !== 'approver_asked') {
    throw new Error('a grant was approved by who asked for it');
  }
  await stage.as('ops', 'ops_olga').grants.approve(campaignId, grantId);
  const press = await ops.grants.get(campaignId, grantId);
  tell(`One of ops asked for ${press.codes} codes for the press; nothing was given until another had approved.`);
  const csv = await new Response(await ops.exportCodes(campaignId, press.batch as number)).text();
  const pressCodes = csv
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0] as string);
  await settled('the press codes on their way to checkout');
  await forEach(sharing, async (memberId, position) => {
    const channel = channels[position % channels.length] as (typeof channels)[number];
    const { linkId } = await of(memberId).link({ campaignId, channel, signedAs: 'A fan' });
    await open(linkId);
    const order = { orderId: `order-link-${position}`, sku, buyer: guest(`invited-${position}`), invite: linkId };
    await shop.redeem({ code: pressCodes[position] as string, ...order });
  });
  tell(`${sharing.length} fans shared a link; a friend of each bought with a code from the press.`);
  await settled('referrals and rewards on their way');

  // The loop turns again.
  const events = await eventsOf(stage.log);
  const rewarded = ofType(events, 'reward.vested').length;
  const rank = (tier: string) => tierNames.indexOf(tier as Tier);
  const risen = ofType(events, 'tier.changed').filter(
    ({ data: { because, from, to } }) => because === 'score' && rank(to) < rank(from),
  );
  const promoted = new Set(risen.map(({ data: { memberId } }) => memberId));
  tell(`${rewarded} rewards vested; ${promoted.size} members rose by them.`);
  const after = await forEach([...promoted].sort(), async (memberId) =>
    refusalOf(of(memberId).claim(campaignId, { idempotencyKey: 'after the rise' })),
  );
  const claimedAfterPromotion = after.filter((word) => word === undefined).length;
  tell(`${claimedAfterPromotion} of them, refused before, claimed a code now.`);
  await settled('the last claims on their way');

  progress('checking what must always hold …');
  const all = await eventsOf(stage.log);
  const broken = await brokenIn(stage);
  const kept = ofType(all, 'contribution.recorded').filter(({ data }) => data.source !== 'referral').length;
  if (kept !== counts.accepted) broken.push(`${counts.accepted} contributions were accepted, and ${kept} are kept`);
  const funnel = await ops.funnel(campaignId);
  const shares = funnel.channels.map(({ channel, clicks, referrals }) => `${channel} ${clicks}/${referrals}`);
  tell(`Clicks and referrals by channel: ${shares.join(', ')}.`);
  return {
    contributions: counts.accepted,
    members: scored.length,
    tiers,
    allotted,
    claimed: claimed + claimedAfterPromotion,
    refused: refusals.size + after.filter((word) => word !== undefined).length,
    held: ofType(all, 'code.held').length,
    redeemed: ofType(all, 'code.redeemed').length,
    released: ofType(all, 'code.released').length,
    rewarded,
    promoted: promoted.size,
    claimedAfterPromotion,
    invariants: broken.length === 0 ? 'ok' : broken,
  };
};
