import { describe, expect, it } from 'vitest';
import { close, pause } from './campaign.rules.ts';
import type { Campaign } from './campaign.ts';
import { type CodeStatus, standingAt } from './code-status.ts';
import { campaignAfter, command, drafting, ends, iso, noon, published, publishing, seconds } from './fixtures/drop.ts';
import type { Stop } from './stop.ts';

const holdUntil = noon + seconds(900);
const codes = {
  untouched: { status: 'unused', sequence: 0 },
  released: { status: 'unused', since: iso(noon), sequence: 2 },
  held: { status: 'held', since: iso(noon), until: iso(holdUntil), sequence: 1 },
  redeemed: { status: 'redeemed', since: iso(noon), sequence: 2 },
  revoked: { status: 'revoked', since: iso(noon), sequence: 2 },
} as const satisfies Record<string, CodeStatus>;
type Name = keyof typeof codes;
const names = Object.keys(codes) as Name[];

const untold: Stop = { stop: 'none', sequence: 0 };
const toldAt = iso(noon + seconds(60));
const told = (stop: Stop['stop']): Stop => ({ stop, since: toldAt, sequence: 7 });

interface Around {
  campaign?: Campaign;
  checkout?: Stop;
  batch?: Stop;
  at?: number;
}
const standingOf = (
  name: Name,
  { campaign = published(), checkout = untold, batch = untold, at = noon + seconds(120) }: Around = {},
) => standingAt(codes[name], { campaign, checkout, batch }, at);
/** Of each code in one word. */
const all = (around: Around) =>
  names.map((name) => {
    const { status, stopped } = standingOf(name, around);
    return stopped === undefined ? status : `${status}: ${stopped}`;
  });

const paused = () => campaignAfter(drafting(), publishing(), pause(command, published(), 'why'));
const closed = () => campaignAfter(drafting(), publishing(), close(command, published(), 'why'));

describe('how a code stands', () => {
  it('is what became of it, as long as nothing stops it', () => {
    const { held, redeemed, released } = codes;
    const told = ({ sequence: _, ...known }: CodeStatus) => known;
    expect((['held', 'redeemed', 'released', 'untouched'] as const).map((name) => standingOf(name))).toEqual([
      told(held),
      told(redeemed),
      told(released),
      { status: 'unused' },
    ]);
  });

  it('is unused from the millisecond in which its hold ends, as of then', () => {
    expect(standingOf('held', { at: holdUntil - 1 }).status).toBe('held');
    expect(standingOf('held', { at: holdUntil })).toEqual({ status: 'unused', since: iso(holdUntil) });
  });

  const dead = (why: string) => [
    `revoked: ${why}`,
    `revoked: ${why}`,
    `revoked: ${why}`,
    'redeemed',
    'revoked: code_revoked',
  ];
  const still = (why: string) => [`unused: ${why}`, `unused: ${why}`, 'held', 'redeemed', 'revoked: code_revoked'];

  it.each([
    ['its batch is revoked', () => ({ batch: told('revoked') }), dead('batch_revoked')],
    ['its campaign is killed', () => ({ checkout: told('killed') }), dead('campaign_killed')],
    ['both', () => ({ batch: told('revoked'), checkout: told('killed') }), dead('batch_revoked')],
    [
      'its campaign is killed and closed',
      () => ({ checkout: told('killed'), campaign: closed() }),
      dead('campaign_killed'),
    ],
    ['checkout is paused', () => ({ checkout: told('paused') }), still('campaign_paused')],
    ['its campaign is paused', () => ({ campaign: paused() }), still('campaign_paused')],
    ['its campaign is closed', () => ({ campaign: closed() }), still('campaign_closed')],
    [
      'its campaign is closed and checkout paused',
      () => ({ campaign: closed(), checkout: told('paused') }),
      still('campaign_closed'),
    ],
    [
      'checkout goes on',
      () => ({ checkout: told('none') }),
      ['unused', 'unused', 'held', 'redeemed', 'revoked: code_revoked'],
    ],
    [
      'its campaign has ended, and so has the hold',
      () => ({ at: ends }),
      [
        'unused: campaign_ended',
        'unused: campaign_ended',
        'unused: campaign_ended',
        'redeemed',
        'revoked: code_revoked',
      ],
    ],
  ])('when %s, says so of all but those that an order owns, and of a hold that is lost by it', (_, around, words) => {
    expect(all(around())).toEqual(words);
  });

  it('is told as of the stop, and without the end of a hold that is over', () => {
    for (const around of [{ batch: told('revoked') }, { checkout: told('killed') }]) {
      for (const name of ['untouched', 'held'] as const) {
        expect(standingOf(name, around)).toEqual({ status: 'revoked', since: toldAt, stopped: expect.any(String) });
      }
    }
    expect(standingOf('released', { checkout: told('paused') })).toEqual({
      status: 'unused',
      since: iso(noon),
      stopped: 'campaign_paused',
    });
  });
});
