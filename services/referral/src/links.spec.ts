import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import {
  batchAnnounced,
  campaignAnnounced,
  campaignId,
  claimed,
  frozen,
  hours,
  iso,
  minutes,
  noon,
  otherCampaign,
  redeemed,
} from './fixtures/story.ts';
import { type MakeLink, makeLink, signLink } from './link.rule.ts';
import { type Link, type LinkOf, linkOfRef, linkRef } from './link.ts';

describe('the rules of an invite link', () => {
  const wish = frozen({ memberId: 'm_mia', campaignId, channel: 'forum' as const, code: { batch: 12, index: 7 } });
  const command: MakeLink = frozen({ ...wish, linkId: 'aaaaaaaaaaaa', at: noon });
  const none: LinkOf = frozen({});
  const made = { type: 'link.created', data: { ...wish, linkId: 'aaaaaaaaaaaa', createdAt: iso(noon) } };
  const afterwards = (decision: ReturnType<typeof makeLink>): { link: Link; mine: LinkOf } => {
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    const [link, mine] = [linkRef('aaaaaaaaaaaa'), linkOfRef(wish)];
    return frozen({ link: facts.reduce(link.evolve, link.initial), mine: facts.reduce(mine.evolve, mine.initial) });
  };

  it('make one for the wish, signed when that is wished', () => {
    const decision = makeLink(command, none);
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { linkId: 'aaaaaaaaaaaa' }, facts: [made] });
    expect(afterwards(decision)).toEqual({
      link: { status: 'made', link: made.data },
      mine: { linkId: 'aaaaaaaaaaaa' },
    });
    const signed = makeLink({ ...command, signedAs: 'Mia' }, none);
    expect(afterwards(signed).link).toEqual({ status: 'made', link: made.data, signedAs: 'Mia' });
  });

  it('leave out the code when none is given away', () => {
    const { code: _, ...rest } = command;
    const decision = makeLink({ ...rest, code: undefined }, none);
    expect(decision.outcome === 'accepted' && Object.keys(decision.facts[0]?.data as object)).not.toContain('code');
  });

  it('give the one there is, and never a second', () => {
    const { mine } = afterwards(makeLink(command, none));
    expect(makeLink(command, mine)).toMatchObject({ outcome: 'again', receipt: { linkId: 'aaaaaaaaaaaa' } });
    expect(makeLink({ ...command, linkId: 'bbbbbbbbbbbb' }, mine)).toMatchObject({ refusal: 'made_already' });
  });

  it('sign it anew, once, and only what there is', () => {
    const { link } = afterwards(makeLink({ ...command, signedAs: 'Mia' }, none));
    expect(signLink('Mia', link).outcome).toBe('again');
    const decision = signLink('Mia M.', link);
    const after = decision.outcome === 'accepted' ? decision.facts.reduce(linkRef('aaaaaaaaaaaa').evolve, link) : link;
    expect(after).toEqual({ status: 'made', link: made.data, signedAs: 'Mia M.' });
    expect(signLink('Mia', frozen({ status: 'none' }))).toMatchObject({ refusal: 'invite_not_found' });
  });
});

let bench: Bench;
let referral: ReturnType<Bench['openApp']>;
let other: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  [referral, other] = [bench.openApp(), bench.openApp()];
  await bench.desk.hear(campaignAnnounced(), campaignAnnounced(otherCampaign, 'Encore'));
});
afterAll(() => bench.stop());

const make = (memberId: string, body: object, app = referral, headers = {}) =>
  app.ask('POST', '/v1/me/links', `member:${memberId}`, { campaignId, channel: 'messenger', ...body }, headers);

/** All pages of a list, so many at a time. */
const allOf = async (path: string, memberId: string, limit: number) => {
  const pages: Record<string, unknown>[][] = [];
  for (let cursor: unknown; ; ) {
    const more = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const { status, body } = await referral.ask('GET', `${path}limit=${limit}${more}`, `member:${memberId}`);
    expect(status).toBe(200);
    pages.push(body.items as Record<string, unknown>[]);
    cursor = body.cursor;
    if (cursor === undefined) return pages;
  }
};

describe('an invite link', () => {
  it('is made for a campaign and a channel, told to the others, and not guessable', async () => {
    const { status, body } = await make('m_mia', { signedAs: 'Mia' });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        linkId: expect.stringMatching(/^[\w-]{12}$/),
        url: `/i/${String(body.linkId)}`,
        campaignId,
        channel: 'messenger',
        signedAs: 'Mia',
        createdAt: iso(noon),
      },
    });
    const [event] = await until(async () => {
      const events = await bench.logged('link.created');
      return events.length > 0 ? events : undefined;
    });
    expect(event?.data).toEqual({
      linkId: body.linkId,
      memberId: 'm_mia',
      campaignId,
      channel: 'messenger',
      createdAt: iso(noon),
    });
  });

  it('is one for 20 who ask at once for the same on two instances', async () => {
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => make(`m_twenty${round}`, { signedAs: 'Mia' }, n % 2 ? other : referral)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect((await allOf('/v1/me/links?', `m_twenty${round}`, 100)).flat().length).toBe(1);
    }
  });

  it('is another one for another member, campaign, channel or code', async () => {
    await bench.desk.hear(claimed({ batch: 12, index: 0 }, 'm_ann'), claimed({ batch: 12, index: 1 }, 'm_ann'));
    const wishes: [string, object][] = [
      ['m_ann', {}],
      ['m_bob', {}],
      ['m_ann', { campaignId: otherCampaign }],
      ['m_ann', { channel: 'qr' }],
      ['m_ann', { code: { batch: 12, index: 0 } }],
      ['m_ann', { code: { batch: 12, index: 1 } }],
      ['m_ann', { code: { batch: 12, index: 1 }, channel: 'qr' }],
    ];
    const made = await Promise.all(wishes.map(([member, body]) => make(member, body)));
    expect(new Set(made.map(({ body }) => body.linkId)).size).toBe(wishes.length);
    expect(made.at(-1)?.body).toMatchObject({ code: { batch: 12, index: 1 }, channel: 'qr' });
    const again = await Promise.all(wishes.map(([member, body]) => make(member, body, other)));
    expect(again.map(({ body }) => body)).toEqual(made.map(({ body }) => body));
  });

  it('is not made for a campaign that is not known', async () => {
    const { status, word } = await make('m_mia', { campaignId: 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9ZZ' });
    expect({ status, word }).toEqual({ status: 404, word: 'campaign_not_found' });
  });

  it('gives no code away that is somebody else’s, or nobody’s', async () => {
    await bench.desk.hear(claimed({ batch: 13, index: 0 }, 'm_owner'), batchAnnounced(14, 'bearer'));
    for (const code of [
      { batch: 13, index: 0 },
      { batch: 14, index: 0 },
    ]) {
      const { status, word } = await make('m_thief', { code });
      expect({ status, word }).toEqual({ status: 409, word: 'code_not_yours' });
    }
    expect((await make('m_owner', { code: { batch: 13, index: 0 } })).status).toBe(201);
  });

  it('gives no code away with the link of another campaign', async () => {
    const other = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9ND';
    await bench.desk.hear(claimed({ batch: 17, index: 0 }, 'm_two'), campaignAnnounced(other));
    const { status, word } = await make('m_two', { campaignId: other, code: { batch: 17, index: 0 } });
    expect({ status, word }).toEqual({ status: 409, word: 'code_of_another_campaign' });
  });

  it('waits for the claim of a code that is not known yet, and says when to ask again', async () => {
    await bench.desk.hear(batchAnnounced(16, 'claims'));
    for (const code of [
      { batch: 15, index: 0 },
      { batch: 16, index: 0 },
    ]) {
      const early = await make('m_early', { code });
      expect([early.status, early.word, Number(early.headers.get('retry-after'))]).toEqual([503, 'unavailable', 1]);
      await bench.desk.hear(claimed(code, 'm_early'));
      expect((await make('m_early', { code })).status).toBe(201);
    }
  });

  it('is signed anew by whoever made it, for everybody at once, and stays the same link', async () => {
    const { body } = await make('m_signer', { signedAs: 'Mia' });
    const invitation = (app = referral) => app.ask('GET', `/v1/invites/${String(body.linkId)}`);
    expect((await invitation()).body).toMatchObject({ signedAs: 'Mia' });
    expect((await invitation(other)).body).toMatchObject({ signedAs: 'Mia' });
    expect((await make('m_signer', { signedAs: 'Mia from Milan' })).body).toEqual({
      ...body,
      signedAs: 'Mia from Milan',
    });
    expect((await invitation()).body).toMatchObject({ signedAs: 'Mia from Milan' });
    expect((await invitation(other)).body).toMatchObject({ signedAs: 'Mia from Milan' });
    // Asked for without a name, it keeps the one it has.
    expect((await make('m_signer', {}, other)).body).toEqual({ ...body, signedAs: 'Mia from Milan' });
  });

  it('is signed anew also by a client that sends one key with everything', async () => {
    const key = { 'idempotency-key': 'always' };
    await make('m_keys', { signedAs: 'Mia' }, referral, key);
    expect((await make('m_keys', { signedAs: 'Max' }, referral, key)).body).toMatchObject({ signedAs: 'Max' });
  });

  it.each([
    ['no campaign', { campaignId: undefined }],
    ['a channel there is not', { channel: 'pigeon' }],
    ['a code by its text', { code: 'XXXX-XXXX-XXXX-XXXX' }],
    ['a signature of 41 letters', { signedAs: 'x'.repeat(41) }],
    ['something unheard of', { memberId: 'm_bob' }],
  ])('is not made of %s', async (_, body) => {
    expect((await make('m_mia', body)).word).toBe('invalid_request');
  });

  it('is made by members alone', async () => {
    const wish = { campaignId, channel: 'qr' };
    expect((await referral.ask('POST', '/v1/me/links', undefined, wish)).status).toBe(401);
    expect((await referral.ask('POST', '/v1/me/links', 'checkout:shop-a', wish)).status).toBe(403);
  });
});

describe('my links', () => {
  it('are mine alone, in pages, and of one campaign when I say so', async () => {
    for (const channel of ['messenger', 'forum', 'direct', 'qr']) await make('m_lots', { channel });
    await make('m_lots', { campaignId: otherCampaign, signedAs: 'Lo' });
    await make('m_lots2', {});
    const pages = await allOf('/v1/me/links?', 'm_lots', 2);
    expect(pages.every(({ length }) => length <= 2)).toBe(true);
    const all = pages.flat();
    expect(new Set(all.map(({ linkId }) => linkId)).size).toBe(5);
    expect(all.map(({ campaignId: of, channel }) => [of, channel].join(' ')).sort()).toEqual(
      [
        ...['messenger', 'forum', 'direct', 'qr'].map((channel) => `${campaignId} ${channel}`),
        `${otherCampaign} messenger`,
      ].sort(),
    );
    const encore = (await allOf(`/v1/me/links?campaignId=${otherCampaign}&`, 'm_lots', 2)).flat();
    expect(encore).toMatchObject([{ campaignId: otherCampaign, signedAs: 'Lo' }]);
    expect((await allOf('/v1/me/links?', 'm_nobody', 2)).flat()).toEqual([]);
  });

  it.each([
    'cursor=x',
    'cursor=',
    `cursor=${encodeURIComponent('made/2026')}`,
    `cursor=link/${'x'.repeat(300)}`,
    `campaignId=${otherCampaign}&cursor=${encodeURIComponent(`link/${campaignId}/qr/-`)}`,
    'limit=0',
    'limit=101',
    'campaignId=cmp_1',
    'mine=no',
  ])('take no page such as %s', async (query) => {
    expect((await referral.ask('GET', `/v1/me/links?${query}`, 'member:m_lots')).word).toBe('invalid_request');
  });
});

describe('my referrals', () => {
  it('are mine alone, the newest first, in pages, and name no friend', async () => {
    const made = await make('m_host', { channel: 'forum' });
    await bench.desk.hear(batchAnnounced(40, 'bearer'));
    for (let friend = 0; friend < 5; friend += 1) {
      const code = { batch: friend % 2 ? 40 : 41, index: friend };
      const invite = friend % 2 ? { invite: String(made.body.linkId) } : {};
      if (friend % 2 === 0) await bench.desk.hear(claimed(code, 'm_host'));
      // Heard in another order than bought.
      const at = noon + minutes((friend * 2) % 5);
      await bench.desk.hear(redeemed(code, { buyer: `m:m_secret${friend}`, at, ...invite }));
    }
    await bench.desk.hear(
      claimed({ batch: 41, index: 9 }, 'm_host2'),
      redeemed({ batch: 41, index: 9 }, { buyer: 'g:x' }),
    );
    const pages = await allOf('/v1/me/referrals?', 'm_host', 2);
    expect(pages.every(({ length }) => length <= 2)).toBe(true);
    const all = pages.flat();
    expect(all.map(({ at }) => at)).toEqual([4, 3, 2, 1, 0].map((minute) => iso(noon + minutes(minute))));
    expect(all[0]).toEqual({
      referralId: expect.stringMatching(/^ref_/),
      campaignId,
      via: 'code',
      batch: 41,
      index: 2,
      at: iso(noon + minutes(4)),
      reward: {
        rewardId: 'reward:rdm_41_2_1:1',
        points: 20,
        status: 'vested',
        vestsAt: iso(noon + minutes(4)),
        vestedAt: iso(bench.time.now),
      },
    });
    expect(all[2]).toMatchObject({ via: 'link', channel: 'forum', index: 1 });
    expect(JSON.stringify(all)).not.toMatch(/secret|g:x/);
    expect((await allOf('/v1/me/referrals?', 'm_secret0', 2)).flat()).toEqual([]);
  });

  it.each(['cursor=x', 'cursor=', 'cursor=link/', `cursor=made/${'x'.repeat(300)}`, 'limit=0'])(
    'take no page such as %s',
    async (query) => {
      expect((await referral.ask('GET', `/v1/me/referrals?${query}`, 'member:m_host')).word).toBe('invalid_request');
    },
  );
});

describe('an invitation', () => {
  it('tells a friend without a token what it is of and by whom it is signed, and names no member and no code', async () => {
    await bench.desk.hear(claimed({ batch: 50, index: 3 }, 'm_private'), batchAnnounced(50, 'claims'));
    const { body } = await make('m_private', { code: { batch: 50, index: 3 }, channel: 'qr', signedAs: 'Your friend' });
    const linkId = String(body.linkId);
    const told = await referral.ask('GET', `/v1/invites/${linkId}`);
    expect(told.body).toEqual({
      linkId,
      channel: 'qr',
      signedAs: 'Your friend',
      hasCode: true,
      campaign: {
        campaignId,
        name: 'Drop',
        skus: ['PHONE-1'],
        startsAt: iso(noon),
        endsAt: iso(noon + hours(24)),
        holdSeconds: 900,
      },
    });
    expect(told.text).not.toMatch(/m_private|"batch"|"index"/);
    const plain = await make('m_private', { campaignId: otherCampaign });
    expect((await referral.ask('GET', `/v1/invites/${String(plain.body.linkId)}`)).body).toMatchObject({
      hasCode: false,
      campaign: { campaignId: otherCampaign, name: 'Encore', skus: [] },
    });
  });

  it('is not found where there is none', async () => {
    const { status, word } = await referral.ask('GET', '/v1/invites/aaaaaaaaaaaa');
    expect({ status, word }).toEqual({ status: 404, word: 'invite_not_found' });
    expect((await referral.ask('GET', '/v1/invites/short')).word).toBe('invalid_request');
  });

  it('tells of its campaign whichever of the two events that tell of it came first, and however often', async () => {
    const late = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NC';
    const [name, terms] = [campaignAnnounced(late, 'Late'), batchAnnounced(60, 'claims', late)];
    await bench.desk.hear(terms, terms);
    const { body } = await make('m_mia', { campaignId: late });
    const invitation = async () => (await referral.ask('GET', `/v1/invites/${String(body.linkId)}`)).body.campaign;
    expect(await invitation()).toMatchObject({ skus: ['PHONE-1'] });
    await bench.desk.hear(name, terms, name);
    expect(await invitation()).toMatchObject({ name: 'Late', skus: ['PHONE-1'] });
  });
});
