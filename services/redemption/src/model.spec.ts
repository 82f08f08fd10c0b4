import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ask,
  type Command,
  commands,
  graceMs,
  holderIn,
  Model,
  nameOf,
  ownerIn,
  passIn,
  type Rules,
  type State,
  stateFor,
  states,
  type Told,
  tell,
} from './fixtures/model.ts';
import { fan, iso, noon, type Order, Story, seconds } from './fixtures/story.ts';

const runs = 2000;
const seed = 20261203;
const atLeast = 50;

const batch = 12;
const codes = [7, 8, 9];
const orders: Order[] = [
  { shop: 'shop-a', orderId: '1001' },
  { shop: 'shop-a', orderId: '1002' },
  { shop: 'shop-b', orderId: '1001' },
  { shop: 'shop-b', orderId: '2002' },
];
/** Members, and guests; each order has one, and may come back with another. */
const buyers = ['m:m_mia', 'g:ann', 'm:m_bob', 'g:ted'];
const friends = ['m_mia', 'm_bob'];
const day = seconds(86_400);

const another = <Item>(items: readonly Item[], item: Item, by = 1): Item =>
  items[(items.indexOf(item) + by) % items.length] as Item;

/** A moment at which something about a code changes, as the model knows it. */
const edges = {
  'before the hold ends': (model: Model, code: number) => (holderIn(model.life(code))?.until ?? 0) - 1,
  'the hold ends': (model: Model, code: number) => holderIn(model.life(code))?.until ?? 0,
  'before anybody may take it': (model: Model, code: number) => (holderIn(model.life(code))?.until ?? 0) + graceMs - 1,
  'anybody may take it': (model: Model, code: number) => (holderIn(model.life(code))?.until ?? 0) + graceMs,
  'before the window ends': (model: Model, code: number) => (model.life(code).passes.at(-1)?.until ?? 0) - 1,
  'the window ends': (model: Model, code: number) => model.life(code).passes.at(-1)?.until ?? 0,
} as const;
type Later = number | keyof typeof edges | 'a hold later';

const later: fc.Arbitrary<Later> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 1) },
  { weight: 2, arbitrary: fc.constantFrom(4999, graceMs, 'a hold later' as const) },
  { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(edges) as (keyof typeof edges)[])) },
);
const me = fc.record({
  code: fc.constantFrom(...codes),
  order: fc.constantFrom(...orders),
  /** How far its buyer is from the one that the order usually has. */
  by: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.constantFrom(1, 2, 3) }),
  sku: fc.oneof(
    { weight: 12, arbitrary: fc.constant('PHONE-1') },
    { weight: 1, arbitrary: fc.constantFrom('PHONE-2', 'CASE-1') },
  ),
  /** Which of the ids that it was ever told, from the newest; then another order's, then one that nobody was told. */
  which: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constantFrom(1, 2, 3, 'theirs' as const, 'none' as const) },
  ),
  member: fc.oneof(
    { weight: 8, arbitrary: fc.constant('right' as const) },
    { weight: 2, arbitrary: fc.constantFrom('other' as const, 'wrong' as const) },
  ),
  back: fc.record({
    returnId: fc.constantFrom('return-1', 'return-2', 'return-3'),
    refunded: fc.constantFrom(100, 250, 400),
    paid: fc.oneof({ weight: 9, arbitrary: fc.constant(400) }, { weight: 1, arbitrary: fc.constant(500) }),
    currency: fc.oneof({ weight: 15, arbitrary: fc.constant('EUR') }, { weight: 1, arbitrary: fc.constant('CHF') }),
  }),
  later,
});
type Me = typeof me extends fc.Arbitrary<infer Value> ? Value : never;

const seldomRevoke = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...commands.filter((command) => command !== 'revoke')) },
  { weight: 1, arbitrary: fc.constant('revoke' as const) },
);
const wish = fc.record({ command: seldomRevoke, me });
const step = fc.oneof(
  { weight: 100, arbitrary: fc.record({ kind: fc.constant('one' as const), wish }) },
  /** Lead a code into a state first, and try commands there. */
  {
    weight: 100,
    arbitrary: fc.record({
      kind: fc.constant('goal' as const),
      state: fc.constantFrom(...states),
      me,
      tries: fc.array(fc.constantFrom(...commands), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('retry' as const), back: fc.nat({ max: 6 }), later }) },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('race' as const),
      one: wish,
      other: wish,
      isSameCode: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      otherFirst: fc.boolean(),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('campaign' as const),
      to: fc.constantFrom('paused' as const, 'published' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('campaign' as const),
      to: fc.constantFrom('killed' as const, 'revoked' as const, 'over' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const setting = fc.record({
  buyerLimit: fc.constantFrom(0, 0, 1, 2),
  orderLimit: fc.constantFrom(0, 0, 0, 1, 2),
  holdMs: fc.constantFrom(seconds(10), seconds(20)),
  passMs: fc.constantFrom(seconds(15), seconds(60)),
  early: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
});

const reached = Object.fromEntries(
  states.map((state) => [state, Object.fromEntries(commands.map((command) => [command, 0]))]),
) as Record<State, Record<Command, number>>;
const campaigns = ['early', 'published', 'paused', 'killed', 'revoked', 'over'] as const;
const reachedIn = Object.fromEntries(
  campaigns.map((campaign) => [campaign, Object.fromEntries(commands.map((command) => [command, 0]))]),
) as Record<(typeof campaigns)[number], Record<Command, number>>;
const told = { commands: 0, races: 0, changed: 0, words: {} as Record<string, number> };

const campaignAt = ({ status, isBatchRevoked, startsAt, endsAt }: Rules, at: number) => {
  if (isBatchRevoked) return 'revoked';
  if (status !== 'published') return status;
  if (at < startsAt) return 'early';
  return at >= endsAt ? 'over' : 'published';
};

const idKept = (told: Told) => told.receipt?.redemptionId ?? told.receipt?.holdId ?? told.receipt?.transferId ?? '';

/** What is told to the rules and to the model alike, and everything that must hold of it. */
class Play {
  at: number;
  model: Model;
  story: Story;
  #log: { ask: Ask; terms: Story['terms'] }[] = [];
  #first = new Map<string, object>();
  #owners = new Map<number, string>();
  #lost = new Set<string>();

  constructor(rules: Rules, at: number) {
    this.at = at;
    this.model = new Model(rules);
    const { holdMs, passMs, buyerLimit, orderLimit, startsAt, endsAt } = rules;
    this.story = new Story({
      holdSeconds: holdMs / 1000,
      transferSeconds: passMs / 1000,
      buyerLimit,
      orderLimit,
      startsAt,
      endsAt,
    });
  }

  /** The same world once more: rules decide alike whenever they are asked alike. */
  branch(): Play {
    const twin = new Play(this.model.rules, this.at);
    for (const { ask, terms } of this.#log) {
      twin.story.terms = terms;
      tell(twin.story, ask, batch);
    }
    twin.story.terms = this.story.terms;
    twin.model = this.model.copy();
    twin.#log = [...this.#log];
    twin.#first = new Map(this.#first);
    twin.#owners = new Map(this.#owners);
    twin.#lost = new Set(this.#lost);
    return twin;
  }

  turn(to: 'published' | 'paused' | 'killed' | 'revoked' | 'over'): void {
    const { rules } = this.model;
    if (to === 'over') this.at = Math.max(this.at, rules.endsAt);
    else if (to === 'revoked') this.model.rules = { ...rules, isBatchRevoked: true };
    else if (rules.status !== 'killed') this.model.rules = { ...rules, status: to };
    const { status, isBatchRevoked } = this.model.rules;
    this.story.terms = { ...this.story.terms, status, isRevoked: isBatchRevoked };
  }

  wait(code: number, time: Later): void {
    if (typeof time === 'number') this.at += time;
    else if (time === 'a hold later') this.at += this.model.rules.holdMs;
    else this.at = Math.max(this.at, edges[time](this.model, code));
  }

  get history(): Ask[] {
    return this.#log.map(({ ask }) => ask);
  }

  do(ask: Ask): Told {
    const { command, code } = ask;
    reached[stateFor(this.model, ask)][command] += 1;
    reachedIn[campaignAt(this.model.rules, ask.at)][command] += 1;
    told.commands += 1;
    this.#log.push({ ask, terms: this.story.terms });
    const said = tell(this.story, ask, batch);
    const should = this.model.answer(ask, idKept(said));
    const word = said.outcome === 'accepted' ? said.receipt?.status : (said.refusal ?? `again ${said.receipt?.status}`);
    told.words[`${command}: ${word}`] = (told.words[`${command}: ${word}`] ?? 0) + 1;
    this.#must(word === should.word, `the rules say ${word}, the model ${should.word}`);
    const facts = said.facts ?? [];
    if (said.outcome !== 'accepted') {
      const isLoss = should.lost !== undefined;
      this.#must(isLoss === facts.length > 0, `${facts.map(({ type }) => type)} is said, lost is ${should.lost}`);
    }
    for (const { type, data } of facts) {
      const owner = this.#owners.get(code);
      if (type === 'code.redeemed') {
        this.#must(owner === undefined, `redeemed although ${owner} owns it`);
        this.#owners.set(code, nameOf(data.order as Order));
      } else if (type === 'code.cancelled') {
        this.#must(owner === nameOf(ask.order), `cancelled by ${nameOf(ask.order)}, but ${owner} owns it`);
        this.#owners.delete(code);
      } else if (type === 'code.hold_lost') {
        const { holdId } = data as { holdId: string };
        this.#must(holdId === should.lost && !this.#lost.has(holdId), `${holdId} is told lost, not ${should.lost}`);
        this.#lost.add(holdId);
      }
    }
    if (should.of !== undefined) {
      const first = this.#first.get(should.of);
      this.#must(said.outcome !== 'accepted' || first === undefined, `${should.of} is made twice`);
      if (first === undefined) this.#first.set(should.of, said.receipt as object);
      else
        this.#must(
          isDeepStrictEqual(said.receipt, first),
          `${JSON.stringify(said.receipt)}, first ${JSON.stringify(first)}`,
        );
    }
    const until = said.receipt?.holdUntil;
    this.#must(should.until === undefined || until === iso(should.until), `until ${until}`);
    this.#owned(code);
    this.#limited(ask);
    return said;
  }

  #owned(code: number): void {
    const state = this.story.code({ batch, index: code });
    const owner = state.status === 'redeemed' ? nameOf(state.redemption.order) : undefined;
    this.#must(
      owner === this.#owners.get(code) && owner === ownerIn(this.model.life(code))?.order,
      `owned by ${owner}`,
    );
  }

  #limited({ at }: Ask): void {
    const { buyerLimit, orderLimit } = this.model.rules;
    const check = (user: string, limit: number, { slots }: ReturnType<Story['slots']>) => {
      const now = slots
        .map(
          ({ code, order, until }) =>
            [code, nameOf(order), until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)] as const,
        )
        .filter(([, , until]) => at < until + graceMs);
      this.#must(now.length <= limit, `${user} has ${now.length} of ${limit}`);
      const should = this.model
        .usesOf(user, at)
        .map(({ code, order, until }) => [`code/${batch}.${code}`, order, until] as const);
      this.#must(
        isDeepStrictEqual(now.map(String).sort(), should.map(String).sort()),
        `${user}: ${now.join(' ')}, not ${should.join(' ')}`,
      );
    };
    if (buyerLimit > 0) for (const buyer of buyers) check(buyer, buyerLimit, this.story.slots(buyer));
    if (orderLimit > 0) for (const order of orders) check(nameOf(order), orderLimit, this.story.slotsOfOrder(order));
  }

  #must(holds: boolean, otherwise: string): void {
    if (holds) return;
    const { fan: _, skus: __, ...rules } = this.model.rules;
    const lines = this.#log.map(({ ask, terms: { status } }) => {
      const { command, at, code, order, buyer, sku, member, id, back } = ask;
      const rest: Partial<Record<Command, string>> = {
        hold: `${buyer} ${sku}`,
        redeem: `${buyer} ${sku}`,
        return: `${id} ${Object.values(back)}`,
        offer: member,
        accept: `${member} ${id}`,
        withdraw: `${member} ${id}`,
        revoke: '',
      };
      return `+${at - noon} ${status} ${code}: ${nameOf(order)} ${command} ${rest[command] ?? id}`;
    });
    throw new Error([otherwise, JSON.stringify(rules), ...lines].join('\n'));
  }

  askOf(command: Command, { code, order, by, sku, which, member, back }: Me): Ask {
    const life = this.model.life(code);
    const buyer = another(buyers, buyers[orders.indexOf(order)] as string, by);
    const name = nameOf(order);
    const pick = (all: readonly { id: string; order?: string }[], none: string) => {
      if (which === 'none') return none;
      const isMine = which !== 'theirs';
      const ids = all.filter((one) => one.order === undefined || (one.order === name) === isMine).map(({ id }) => id);
      return ids.at(isMine ? -1 - which : -1) ?? ids[0] ?? none;
    };
    const friend = buyer.startsWith('m:') ? buyer.slice(2) : (friends[0] as string);
    const members = { right: friend, other: another(friends, friend), wrong: fan };
    const isFans = command === 'offer' || command === 'withdraw';
    const id = () => {
      if (command === 'cancel' || command === 'return') return pick(life.sales, `rdm_c_${code}_9`);
      if (command === 'accept' || command === 'withdraw') return pick(life.passes, `tr_c_${code}_9`);
      return pick(life.holds, `hold_c_${code}_zz`);
    };
    return {
      command,
      at: this.at,
      code,
      order,
      buyer,
      sku,
      member: isFans ? { right: fan, other: friend, wrong: 'm_eve' }[member] : members[member],
      id: id(),
      back,
    };
  }
}

/** Leads a code into the state, if there is a way; says which code it is and who `me` is to it. */
const lead = (play: Play, state: State, wish: Me): Me => {
  const { model } = play;
  const inTurn = <Item>(items: readonly Item[], first: Item) => items.map((_, by) => another(items, first, by));
  const code =
    inTurn(codes, wish.code).find((one) =>
      state === 'untouched' ? !model.life(one).isTouched : state === 'revoked' || !model.life(one).isRevoked,
    ) ?? wish.code;
  const life = model.life(code);
  const isNew = (order: Order) =>
    !life.sales.some((sale) => sale.order === nameOf(order)) &&
    !life.holds.some((hold) => hold.order === nameOf(order) && hold.fate === 'ran out');
  const order = inTurn(orders, wish.order).find(isNew) ?? wish.order;
  const buyerOf = (by: number) => another(buyers, buyers[orders.indexOf(order)] as string, by);
  const isForMember = state.startsWith('passed on');
  const by = [wish.by, 0, 1].find((one) => !isForMember || buyerOf(one).startsWith('m:')) ?? 0;
  const mine: Me = { ...wish, code, order, by, sku: 'PHONE-1', which: 0, member: 'right', later: 0 };
  const theirs: Me = { ...mine, order: another(orders, order), by };
  const now = () => stateFor(model, { ...play.askOf('hold', mine), at: play.at });
  if (state === 'untouched' || now() === state) return mine;

  if (model.rules.status === 'paused') play.turn('published');
  play.at = Math.max(play.at, model.rules.startsAt);
  const go = (command: Command, who: Me, rest: Partial<Ask> = {}) => play.do({ ...play.askOf(command, who), ...rest });
  const orderOf = (name: string) => orders.find((one) => nameOf(one) === name) as Order;
  const clear = () => {
    const [owner, holder, pass] = [ownerIn(life), holderIn(life), passIn(life, play.at)];
    if (owner) go('cancel', { ...mine, order: orderOf(owner.order) }, { id: owner.id });
    if (holder) go('release', { ...mine, order: orderOf(holder.order) }, { id: holder.id });
    if (pass && !pass.by) go('withdraw', mine);
    if (pass?.by) play.wait(code, 'the window ends');
  };
  const held = (who: Me) => {
    clear();
    go('hold', who);
  };
  const until = (time: Later) => play.wait(code, time);
  const offered = () => {
    clear();
    go('offer', mine);
  };
  const accepted = (member: string) => {
    offered();
    go('accept', mine, { member });
  };
  const friend = buyerOf(by).slice(2);
  const ways: Record<Exclude<State, 'untouched'>, () => void> = {
    free: () => {
      held(mine);
      go('release', mine);
    },
    'held by me': () => held(mine),
    'held by me, over': () => {
      held(mine);
      until('the hold ends');
    },
    'held by me, for anybody to take': () => {
      held(mine);
      until('anybody may take it');
    },
    'held by me, extended': () => {
      held(mine);
      go('extend', mine);
    },
    'held by me, extended and over': () => {
      held(mine);
      go('extend', mine);
      until('the hold ends');
    },
    'passed on to me and held by me': () => {
      accepted(friend);
      go('hold', mine);
    },
    'held by another': () => held(theirs),
    'held by another, over': () => {
      held(theirs);
      until('before anybody may take it');
    },
    'held by another, for anybody to take': () => {
      held(theirs);
      until('anybody may take it');
    },
    'lost by me to another hold': () => {
      held(mine);
      until('anybody may take it');
      go('hold', theirs);
    },
    'redeemed by me': () => {
      held(mine);
      go('confirm', mine);
    },
    'redeemed by another': () => {
      clear();
      go('redeem', theirs);
    },
    'cancelled by me': () => {
      clear();
      go('redeem', mine);
      go('cancel', mine);
    },
    revoked: () => {
      clear();
      go('revoke', mine);
    },
    offered,
    'offer withdrawn': () => {
      offered();
      go('withdraw', mine);
    },
    'passed on to me': () => accepted(friend),
    'passed on to another': () => accepted(another(friends, friend)),
    'window over': () => {
      if (wish.by === 0) offered();
      else accepted('m_mia');
      until('the window ends');
    },
  };
  ways[state]();
  return mine;
};

/** What another process decided on the same state of things is worth nothing if anything of it has changed since. */
const touches = (model: Model, { command, code, order, buyer }: Ask): string[] => {
  const { buyerLimit, orderLimit } = model.rules;
  const claim = ownerIn(model.life(code)) ?? holderIn(model.life(code));
  const user = command === 'hold' || command === 'redeem' ? { buyer, order: nameOf(order) } : claim;
  return [
    `code ${code}`,
    ...(user && buyerLimit > 0 ? [user.buyer] : []),
    ...(user && orderLimit > 0 ? [user.order] : []),
  ];
};

/** Two commands decided at once: one is kept, and the other one decides again on what that has left, in either order. */
const race = (play: Play, one: Ask, other: Ask, otherFirst: boolean): Play => {
  const twin = play.branch();
  const [needsOne, needsOther] = [touches(play.model, one), touches(play.model, other)];
  const first = play.do(one);
  const second = play.do(other);
  const alone = twin.do(other);
  twin.do(one);
  told.races += 1;
  const isUntouched = (first.facts ?? []).length === 0 || !needsOther.some((need) => needsOne.includes(need));
  if (!isDeepStrictEqual(second, alone)) {
    told.changed += 1;
    if (isUntouched) throw new Error(`${JSON.stringify(alone)} became ${JSON.stringify(second)} for no reason`);
  }
  return otherFirst ? twin : play;
};

const run = (
  steps: Step[],
  { buyerLimit, orderLimit, holdMs, passMs, early }: typeof setting extends fc.Arbitrary<infer Value> ? Value : never,
) => {
  const skus = ['PHONE-1', 'PHONE-2'];
  let play = new Play(
    {
      buyerLimit,
      orderLimit,
      holdMs,
      passMs,
      startsAt: noon,
      endsAt: noon + day,
      skus,
      fan,
      status: 'published',
      isBatchRevoked: false,
    },
    noon - early,
  );
  for (const step of steps) {
    switch (step.kind) {
      case 'one':
        play.wait(step.wish.me.code, step.wish.me.later);
        play.do(play.askOf(step.wish.command, step.wish.me));
        break;
      case 'goal': {
        const found = lead(play, step.state, step.me);
        const { member, which, back } = step.me;
        for (const command of step.tries) play.do(play.askOf(command, { ...found, member, which, back }));
        break;
      }
      case 'retry': {
        const ask = play.history.at(-1 - step.back);
        if (!ask) break;
        play.wait(ask.code, step.later);
        play.do({ ...ask, at: play.at });
        break;
      }
      case 'race': {
        const { one, other, isSameCode, otherFirst } = step;
        play.wait(one.me.code, one.me.later);
        const code = isSameCode ? one.me.code : other.me.code;
        play = race(
          play,
          play.askOf(one.command, one.me),
          play.askOf(other.command, { ...other.me, code }),
          otherFirst,
        );
        break;
      }
      case 'campaign':
        play.turn(step.to);
    }
  }
};

const table = (rows: Record<string, Record<Command, number>>): string =>
  [
    `${''.padEnd(36)}${commands.map((command) => command.padStart(9)).join('')}`,
    ...Object.entries(rows).map(
      ([name, row]) => `${name.padEnd(36)}${commands.map((command) => String(row[command]).padStart(9)).join('')}`,
    ),
  ].join('\n');

describe(`${runs} lives of three codes, seed ${seed}`, () => {
  it('are what the model says, command by command', () => {
    const result = fc.check(fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), setting, run), {
      numRuns: runs,
      seed,
      endOnFailure: Boolean(process.env.QUICK),
    });
    expect(fc.defaultReportMessage(result)).toBeUndefined();
  });

  it(`reach every command in every state, ${atLeast} times or more`, () => {
    console.info(`${table(reached)}\n${table(reachedIn)}\n${JSON.stringify(told)}`);
    for (const rows of [reached, reachedIn]) {
      const seldom = Object.entries(rows).flatMap(([name, row]) =>
        commands.filter((command) => row[command] < atLeast).map((command) => `${command}, ${name}: ${row[command]}`),
      );
      expect(seldom).toEqual([]);
    }
  });
});
