import { describe, expect, it } from 'vitest';
import { judgeEffects } from './effects.ts';
import type { Operation } from './history.ts';

// What one member who waits is told, and what stands in the log. Times in ms of the run.

const campaign = 'cmp_1';
const memberId = 'w_1';
const since = '2026-12-01T10:00:00.000Z';
type Events = Parameters<typeof judgeEffects>[1];

let sequence = 0;
const event = (type: string, cause: string, data: object = {}): Events[number] => {
  sequence += 1;
  return {
    type,
    data: { campaignId: campaign, memberId, ...data },
    id: `${type}:${sequence}`,
    aggregate: `member/${memberId}#waitlist/${campaign}`,
    sequence,
    correlationId: cause,
  } as unknown as Events[number];
};
const joined = (cause: string) => event('waitlist.joined', cause, { since });
const offered = () => event('waitlist.offered', 'waitlist', { since, until: since });
const left = (cause: string) => event('waitlist.left', cause, { declined: true, reason: 'asked' });
const supplied = (cause: string) => event('waitlist.supplied', cause, { places: 2 });
const claimed = (cause: string) => event('code.claimed', cause, { batch: 7, index: 1, how: 'claimed' });

const asked = (id: string, verb: Operation['verb'], rest: Partial<Operation> = {}): Operation => ({
  id,
  request: id,
  verb,
  by: memberId,
  asked: 'issuance-1',
  campaign,
  startedAt: 0,
  endedAt: 10,
  status: 200,
  ...rest,
});
const place = (status: string, verb: Operation['verb'] = 'place'): Operation =>
  asked(verb, verb, { answer: { campaignId: campaign, status, since } });
const supplies = (id: string, request = id) => asked(id, 'supply', { request, answer: { places: 2 } });
const takes = asked('take', 'take', { status: 201, answer: { batch: 7, index: 1 } });
const refused = (word: string): Partial<Operation> => ({ status: 409, word, answer: {} });

const judged = (operations: Operation[], ...events: Events) => judgeEffects(operations, events, new Map());

describe('the judge of those who wait', () => {
  it('takes a wait, an offer, a code and its retry, and another wait that ended', () => {
    const operations = [
      place('waiting', 'join'),
      place('waiting'),
      supplies('s'),
      supplies('s2', 's'),
      place('offered'),
      takes,
      place('taken'),
      asked('t2', 'take', { request: 't2', ...refused('no_place_offered') }),
    ];
    const events = [joined('join'), supplied('s2'), offered(), claimed('take')];
    expect(judged(operations, ...events)).toEqual({ lost: [], duplicated: [], violations: [] });
    const leaves = [place('waiting', 'join'), place('left', 'leave'), place('left')];
    expect(judged(leaves, joined('join'), offered(), left('leave'))).toEqual({
      lost: [],
      duplicated: [],
      violations: [],
    });
  });

  it('misses what was acknowledged and is nowhere: a wait, its end, places, a code', () => {
    expect(judged([place('waiting', 'join')]).lost).toEqual([
      `join join of ${memberId}: the wait since ${since} was acknowledged, and is nowhere`,
    ]);
    expect(judged([place('left', 'leave')], joined('join')).lost).toEqual([
      `leave leave of ${memberId}: the end of the wait since ${since} was acknowledged, and is nowhere`,
    ]);
    expect(judged([supplies('s')], supplied('another')).lost).toEqual([
      `supply s of ${memberId}: the supply of 2 places was acknowledged, and is nowhere`,
    ]);
    expect(judged([takes], joined('join'), offered()).lost).toEqual([
      `take take of ${memberId}: the claim of code/7.1 was acknowledged, and is nowhere`,
    ]);
  });

  it('finds what happened twice: a wait, places, a code', () => {
    expect(judged([place('waiting', 'join')], joined('join'), joined('join')).duplicated).toContain(
      `join join of ${memberId}: the wait since ${since} is there 2 times`,
    );
    expect(judged([supplies('s'), supplies('s2', 's')], supplied('s'), supplied('s2')).duplicated).toContain(
      'supply s: 2 attempts made 2 waitlist.supplied',
    );
    expect(judged([takes], claimed('take'), claimed('late')).duplicated).toContain(
      `take take of ${memberId}: the claim of code/7.1 is there 2 times`,
    );
  });

  it('finds places that nobody told of, and refusals that nothing explains', () => {
    expect(judged([place('offered')], joined('join')).violations).toEqual([
      `place place of ${memberId}: is offered since ${since}, told 0 times`,
    ]);
    expect(judged([place('lapsed')], joined('join'), offered()).violations).toHaveLength(1);
    expect(judged([asked('t', 'take', refused('sold_out'))]).violations).toEqual([
      `take t of ${memberId}: was refused: 409 sold_out`,
    ]);
    expect(judged([asked('j', 'join', refused('no_waitlist'))]).violations).toHaveLength(1);
    expect(judged([asked('t', 'take', refused('no_place_offered'))], claimed('t')).violations).toEqual([
      `take t of ${memberId}: was refused with no_place_offered, and made code.claimed`,
    ]);
  });
});
