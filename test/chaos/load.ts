import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeMint } from '@fcode/codes';
import type { Role } from '@fcode/http';
import type { Client, Wish } from './client.ts';
import type { Operation } from './history.ts';
import { type Draws, drawsOf } from './random.ts';

interface Order {
  orderId: string;
  shop: string;
  buyer: object;
}

interface Hold extends Order {
  holdId: string;
}

interface Sold extends Order {
  redemptionId: string;
}

/** A code as clients have it: the text goes to checkout, the name into the history. */
interface Code {
  text: string;
  name: string;
  campaign: string;
  /** Holds that somebody was told of. */
  holds: Hold[];
  /** Purchases that somebody was told of. */
  sold: Sold[];
  /** Requests that were sent about it. */
  asked: number;
}

/** A hold that is about to end. */
interface Ageing {
  code: Code;
  hold: Hold;
  /** Ms of performance.now(). */
  at: number;
}

/** Campaigns of a run, each with another edge to fall off. */
export interface Campaigns {
  /** Holds outlast the run. */
  long: string;
  /** Holds end while their orders are still being paid. */
  short: string;
  /** Two codes a buyer. */
  strict: string;
  /** Codes are claimed, from a quota that runs out; ops pause it now and then. One after the other. */
  claimed: readonly string[];
  /** Codes are for those who wait alone. */
  queue: string;
}

/** Somebody who waits for a place. */
interface Waiter {
  memberId: string;
  /** Requests that were sent for them. */
  asked: number;
}

export interface LoadOptions {
  client: Client;
  mint: CodeMint;
  token: (role: Role, subject: string) => Promise<string>;
  seed: number;
  campaigns: Campaigns;
  /** Bearer codes by campaign: batch and size. */
  batches: Record<'long' | 'short' | 'strict', { batch: number; size: number }>;
  /** Milliseconds that each client thinks between two requests, on average. */
  thinkMs?: number;
}

const sku = 'PHONE-1';
const shops = ['shop_1', 'shop_2'];
const members = Array.from({ length: 120 }, (_, position) => `m_${position}`);
const guesser = { memberId: 'm_guesser' };
const hotAtOnce = 5;
/** A code has a long life, and an item keeps its last thirty-two answers. */
const askedAtMost = 24;
const keptForLater = 300;
const ageingAtMost = 60;
const ordersOfACrowd = 1500;
const waitersAtOnce = 12;
/** How long each campaign that codes are claimed in is the one; the last one stays. */
export const claimableSeconds = 45;
export const shortHoldSeconds = 5;
/** How long a place is kept for whom it is offered to. */
export const offerSeconds = 5;
/** How long after its end a hold still keeps others away. */
const graceMs = 5000;
const day = 86_400_000;

/** Everybody who uses the system, until they are told to stop. */
export class Load {
  readonly #options: LoadOptions;
  readonly #stop = new AbortController();
  readonly #tokens = new Map<string, Promise<string>>();
  readonly #next = { long: 0, short: 0, strict: 0 };
  readonly #hot: Code[] = [];
  /** Codes whose holds are about to end. */
  readonly #ageing: Ageing[] = [];
  /** Codes that members claimed, for their friends. */
  readonly #passedOn: Code[] = [];
  readonly #links: string[] = [];
  readonly #waiters: Waiter[] = [];
  #waited = 0;
  /** Requests that were answered, to be sent again much later. */
  readonly #answered: { wish: Wish; request: string }[] = [];
  #orders = 0;
  #grants = 0;
  #guests = 0;
  #startedAt = 0;
  #rows = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** The campaign of the hour for those who claim. */
  #claimable(): string {
    const { claimed } = this.#options.campaigns;
    const turn = Math.floor((performance.now() - this.#startedAt) / (claimableSeconds * 1000));
    return claimed[Math.min(turn, claimed.length - 1)] as string;
  }

  start(): void {
    this.#startedAt = performance.now();
    const roles: [name: string, count: number, act: (draws: Draws) => Promise<void>][] = [
      ['shopper', 14, (draws) => this.#shop(draws)],
      ['rival', 8, (draws) => this.#rival(draws)],
      ['onlooker', 5, (draws) => this.#look(draws)],
      ['member', 6, (draws) => this.#member(draws)],
      ['friend', 3, (draws) => this.#friend(draws)],
      ['waiter', 3, (draws) => this.#wait(draws)],
      ['supplier', 1, (draws) => this.#supply(draws)],
      ['connector', 2, (draws) => this.#contribute(draws)],
      ['late', 2, (draws) => this.#late(draws)],
      ['clicker', 3, (draws) => this.#click(draws)],
      ['ops', 1, (draws) => this.#ops(draws)],
    ];
    const run = async (name: string, position: number, act: (draws: Draws) => Promise<void>) => {
      const draws = drawsOf(this.#options.seed, `${name}-${position}`);
      while (!this.#stop.signal.aborted) {
        await act(draws);
        await this.#think(draws);
      }
    };
    const all = roles.flatMap(([name, count, act]) => Array.from({ length: count }, (_, n) => run(name, n, act)));
    this.#running = Promise.all(all);
    this.#running.catch(() => {});
  }

  async stop(): Promise<void> {
    const isFirst = !this.#stop.signal.aborted;
    this.#stop.abort();
    await this.#running;
    if (!isFirst) return;
    // Else each place would be offered to all who wait, one after the other, before it is for everybody.
    await this.#switch(this.#options.campaigns.queue, 'close', drawsOf(this.#options.seed, 'end'));
  }

  async #think(draws: Draws, share = 1): Promise<void> {
    const { thinkMs = 15 } = this.#options;
    await sleep(draws.share() * 2 * thinkMs * share, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  #token(role: Role, subject: string): Promise<string> {
    const name = `${role} ${subject}`;
    const token = this.#tokens.get(name) ?? this.#options.token(role, subject);
    this.#tokens.set(name, token);
    return token;
  }

  #codeOf(batch: number, index: number, campaign: string): Code {
    const text = this.#options.mint.mint({ batch, index });
    return { text, name: `code/${batch}.${index}`, campaign, holds: [], sold: [], asked: 0 };
  }

  #fresh(draws: Draws, among: readonly ('long' | 'short' | 'strict')[]): Code {
    const kind = draws.pick(among);
    const { batch, size } = this.#options.batches[kind];
    const index = this.#next[kind];
    this.#next[kind] = (index + 1) % size;
    return this.#codeOf(batch, index, this.#options.campaigns[kind]);
  }

  async #send(wish: Wish, draws: Draws): Promise<Operation> {
    const operation = await this.#options.client.send(wish, draws);
    // Few, so that they are kept for long. What switches a campaign would switch it again, one day.
    if (wish.keyed && wish.verb !== 'switch' && operation.text !== undefined && draws.chance(0.03)) {
      this.#answered.push({ wish, request: operation.request });
      if (this.#answered.length > keptForLater) this.#answered.splice(draws.whole(0, this.#answered.length - 1), 1);
    }
    return operation;
  }

  // Checkout

  #newOrder(buyer: object): Order {
    this.#orders += 1;
    // Two shops number their orders alike.
    const shop = shops[this.#orders % shops.length] as string;
    return { orderId: `o${Math.floor(this.#orders / shops.length)}`, shop, buyer };
  }

  #newGuest(): object {
    this.#guests += 1;
    return { email: `g${this.#guests}@example.com` };
  }

  #someMember(draws: Draws): object {
    return { memberId: draws.pick(members) };
  }

  async #take(verb: 'hold' | 'redeem', code: Code, draws: Draws, order: Order, invite?: string): Promise<Operation> {
    const { orderId, shop, buyer } = order;
    code.asked += 1;
    const operation = await this.#send(
      {
        service: 'redemption',
        method: 'POST',
        path: `/v1/checkout/${verb}`,
        body: { code: code.text, orderId, sku, buyer, ...(invite === undefined ? {} : { invite }) },
        token: await this.#token('checkout', shop),
        keyed: true,
        verb,
        by: shop,
        code: code.name,
        order: orderId,
        campaign: code.campaign,
      },
      draws,
    );
    if (verb === 'hold' && operation.text !== undefined) {
      code.holds.push({ ...order, holdId: String(operation.answer?.holdId) });
    }
    if (verb === 'redeem') this.#noteSale(code, order, operation);
    return operation;
  }

  #noteSale(code: Code, { orderId, shop, buyer }: Order, { text, answer }: Operation): void {
    if (text !== undefined) code.sold.push({ orderId, shop, buyer, redemptionId: String(answer?.redemptionId) });
  }

  async #cancel(code: Code, { redemptionId, orderId, shop }: Sold, draws: Draws): Promise<void> {
    code.asked += 1;
    await this.#send(
      {
        service: 'redemption',
        method: 'POST',
        path: '/v1/checkout/cancel',
        body: { redemptionId, orderId },
        token: await this.#token('checkout', shop),
        keyed: true,
        verb: 'cancel',
        by: shop,
        code: code.name,
        order: orderId,
        redemptionId,
        campaign: code.campaign,
      },
      draws,
    );
  }

  async #settle(verb: 'extend' | 'confirm' | 'release', code: Code, hold: Hold, draws: Draws): Promise<Operation> {
    const { holdId, orderId, shop } = hold;
    code.asked += 1;
    const operation = await this.#send(
      {
        service: 'redemption',
        method: 'POST',
        path: `/v1/checkout/${verb}`,
        body: { holdId, orderId },
        token: await this.#token('checkout', shop),
        keyed: true,
        verb,
        by: shop,
        code: code.name,
        order: orderId,
        holdId,
        campaign: code.campaign,
      },
      draws,
    );
    if (verb === 'confirm') this.#noteSale(code, hold, operation);
    return operation;
  }

  async #check(code: Code, draws: Draws): Promise<void> {
    const shop = draws.pick(shops);
    await this.#send(
      {
        service: 'redemption',
        method: 'POST',
        path: '/v1/checkout/check',
        body: { code: code.text, sku },
        token: await this.#token('checkout', shop),
        keyed: false,
        verb: 'check',
        by: shop,
        code: code.name,
        campaign: code.campaign,
      },
      draws,
    );
  }

  /** Somebody buys with a code of their own, as most do. */
  async #shop(draws: Draws): Promise<void> {
    if (draws.chance(0.04)) return this.#forge(draws);
    const code = this.#fresh(draws, ['long', 'long', 'short', 'strict']);
    const isStrict = code.campaign === this.#options.campaigns.strict;
    // So few that they meet their limit, and others after a while, so that it goes on.
    const crowd = Math.floor(this.#orders / ordersOfACrowd);
    const buyer = isStrict ? { email: `b${crowd}.${draws.whole(0, 40)}@example.com` } : this.#newGuest();
    const order = this.#newOrder(buyer);
    if (draws.chance(0.5)) await this.#check(code, draws);
    if (draws.chance(0.25)) {
      await this.#take('redeem', code, draws, order);
      return;
    }
    const held = await this.#take('hold', code, draws, order);
    const hold = code.holds.at(-1);
    if (held.text === undefined || !hold) return;
    if (draws.chance(0.6)) await this.#check(code, draws);
    await this.#think(draws, draws.chance(0.1) ? 100 : 1);
    if (draws.chance(0.1)) return;
    if (draws.chance(0.1)) await this.#settle('extend', code, hold, draws);
    await this.#settle(draws.chance(0.65) ? 'confirm' : 'release', code, hold, draws);
    if (draws.chance(0.6)) await this.#check(code, draws);
    const [sold] = code.sold;
    if (sold && draws.chance(0.1)) await this.#cancel(code, sold, draws);
  }

  /** Several orders want the same code, and nobody waits for anybody. */
  async #rival(draws: Draws): Promise<void> {
    if (draws.chance(0.3)) return this.#contest(draws);
    while (this.#hot.length < hotAtOnce) this.#hot.push(this.#fresh(draws, ['long', 'short']));
    const position = draws.whole(0, this.#hot.length - 1);
    const code = this.#hot[position] as Code;
    if (code.asked >= askedAtMost) {
      this.#hot.splice(position, 1);
      return;
    }
    const order = this.#newOrder(this.#someMember(draws));
    const hold = code.holds.length > 0 ? draws.pick(code.holds) : undefined;
    const dice = draws.share();
    if (dice < 0.25) await this.#check(code, draws);
    else if (dice < 0.55 || !hold) await this.#take('hold', code, draws, order);
    else if (dice < 0.6 && code.sold.length > 0) await this.#cancel(code, draws.pick(code.sold), draws);
    else if (dice < 0.65) await this.#settle('extend', code, hold, draws);
    else if (dice < 0.8) await this.#settle('release', code, hold, draws);
    else if (dice < 0.95 || code.asked < askedAtMost / 2) await this.#settle('confirm', code, hold, draws);
    else await this.#take('redeem', code, draws, order);
  }

  /** Reads a code that others are at. */
  async #look(draws: Draws): Promise<void> {
    const codes = [...this.#hot, ...this.#ageing.map(({ code }) => code)];
    if (codes.length > 0) await this.#check(draws.pick(codes), draws);
  }

  /** A payment comes when the hold is over, and others want the code at that moment. */
  async #contest(draws: Draws): Promise<void> {
    const position = this.#ageing.findIndex(({ at }) => at <= performance.now());
    if (position < 0) {
      if (this.#ageing.length >= ageingAtMost) return;
      const code = this.#fresh(draws, ['short']);
      const held = await this.#take('hold', code, draws, this.#newOrder(this.#someMember(draws)));
      const [hold] = code.holds;
      const atMs = draws.whole(-200, 500) + shortHoldSeconds * 1000 + graceMs;
      if (held.text !== undefined && hold) this.#ageing.push({ code, hold, at: performance.now() + atMs });
      return;
    }
    const [{ code, hold }] = this.#ageing.splice(position, 1) as [Ageing];
    const other = () => {
      // Now and then it is the same order that comes back for its code.
      const order = draws.chance(0.2) ? hold : this.#newOrder(this.#someMember(draws));
      return this.#take(draws.pick(['hold', 'redeem']), code, draws, order);
    };
    await Promise.all([other(), this.#settle('confirm', code, hold, draws), this.#check(code, draws), other()]);
    // Whoever has it now, has it by the next time.
    const [next] = code.holds.slice(-1);
    if (next && draws.chance(0.5)) await this.#settle(draws.pick(['confirm', 'release']), code, next, draws);
  }

  /** A text that is no code of ours. */
  async #forge(draws: Draws): Promise<void> {
    const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('');
    const symbol = () => draws.pick(symbols);
    const { long } = this.#options.batches;
    const real = this.#options.mint.mint({ batch: long.batch, index: draws.whole(0, long.size - 1) });
    const at = draws.whole(1, 15);
    const plain = real.replaceAll('-', '').split('');
    plain[at] = draws.pick(symbols.filter((other) => other !== plain[at]));
    const forged = draws.chance(0.5) ? plain.join('') : Array.from({ length: 16 }, symbol).join('');
    const shop = draws.pick(shops);
    this.#orders += 1;
    const verb = draws.pick(['hold', 'redeem']);
    await this.#send(
      {
        service: 'redemption',
        method: 'POST',
        path: `/v1/checkout/${verb}`,
        // Some guess again and again, until they are not listened to.
        body: { code: forged, orderId: `f${this.#orders}`, sku, buyer: draws.chance(0.3) ? guesser : this.#newGuest() },
        token: await this.#token('checkout', shop),
        keyed: true,
        verb: 'forge',
        by: shop,
        order: `f${this.#orders}`,
      },
      draws,
    );
  }

  /** An old request again, with its key: whatever has happened since, the answer is the first one. */
  async #late(draws: Draws): Promise<void> {
    if (this.#answered.length === 0) return;
    const { wish, request } = draws.pick(this.#answered);
    await this.#options.client.attempt(wish, request);
  }

  // Fans

  /** A member claims, shares, looks. */
  async #member(draws: Draws): Promise<void> {
    const memberId = draws.pick(members);
    const token = await this.#token('member', memberId);
    const campaign = this.#claimable();
    const common = { token, by: memberId, campaign };
    const dice = draws.share();
    if (dice < 0.4) {
      const path = `/v1/campaigns/${campaign}/claims`;
      const wish: Wish = { ...common, service: 'issuance', method: 'POST', path, body: {}, keyed: true, verb: 'claim' };
      const claimed = await this.#send(wish, draws);
      const { batch, index, code: text } = claimed.answer ?? {};
      if (claimed.status !== 201 || typeof text !== 'string') return;
      const name = `code/${Number(batch)}.${Number(index)}`;
      this.#passedOn.push({ text, name, campaign, holds: [], sold: [], asked: 0 });
    } else if (dice < 0.75) {
      const [service, verb] = ['issuance', 'mine'] as const;
      await this.#send({ ...common, service, method: 'GET', path: '/v1/me/codes?limit=20', keyed: false, verb }, draws);
    } else {
      const body = { campaignId: campaign, channel: draws.pick(['messenger', 'forum', 'direct']) };
      const [service, method, path] = ['referral', 'POST', '/v1/me/links'] as const;
      const wish: Wish = { ...common, service, method, path, body, keyed: true, verb: 'link', about: body };
      const made = await this.#send(wish, draws);
      const linkId = made.answer?.linkId;
      if (made.status === 201 && typeof linkId === 'string' && !this.#links.includes(linkId)) this.#links.push(linkId);
    }
  }

  /** Waits for a place, and takes it, declines it, or lets it pass; two may ask for the same member at once. */
  async #wait(draws: Draws): Promise<void> {
    while (this.#waiters.length < waitersAtOnce) this.#waiters.push({ memberId: `w_${this.#waited++}`, asked: 0 });
    const waiter = draws.pick(this.#waiters);
    const place = await this.#askForPlace('place', waiter, draws);
    const status = place.status === 200 ? place.answer?.status : undefined;
    const dice = draws.share();
    if (status === 'taken' || waiter.asked >= askedAtMost) {
      const position = this.#waiters.indexOf(waiter);
      if (position >= 0) this.#waiters.splice(position, 1);
    } else if (status === 'offered' && dice < 0.5) {
      const { status: answered, answer } = await this.#askForPlace('take', waiter, draws);
      if (answered !== 201) return;
      const { batch, index, code: text } = answer ?? {};
      const name = `code/${Number(batch)}.${Number(index)}`;
      const { queue: campaign } = this.#options.campaigns;
      this.#passedOn.push({ text: String(text), name, campaign, holds: [], sold: [], asked: 0 });
    } else if ((status === 'offered' && dice < 0.65) || (status === 'waiting' && dice < 0.05)) {
      await this.#askForPlace('leave', waiter, draws);
    } else if (status === 'none' || status === 'left' || status === 'lapsed') {
      await this.#askForPlace('join', waiter, draws);
    }
  }

  async #askForPlace(verb: 'place' | 'join' | 'take' | 'leave', waiter: Waiter, draws: Draws): Promise<Operation> {
    const { queue: campaign } = this.#options.campaigns;
    const { memberId: by } = waiter;
    const path = `/v1/campaigns/${campaign}/waitlist`;
    const common = { service: 'issuance', token: await this.#token('member', by), by, campaign } as const;
    if (verb === 'place') return this.#send({ ...common, method: 'GET', path, keyed: false, verb }, draws);
    waiter.asked += 1;
    const to = verb === 'join' ? path : `${path}/${verb}`;
    return this.#send({ ...common, method: 'POST', path: to, body: {}, keyed: true, verb }, draws);
  }

  /** Buys with a code that was passed on, some by a link. */
  async #friend(draws: Draws): Promise<void> {
    if (this.#passedOn.length === 0) return;
    const [code] = this.#passedOn.splice(draws.whole(0, this.#passedOn.length - 1), 1) as [Code];
    const invite = this.#links.length > 0 && draws.chance(0.4) ? draws.pick(this.#links) : undefined;
    const order = this.#newOrder(draws.chance(0.5) ? this.#someMember(draws) : this.#newGuest());
    const operation = await this.#take('redeem', code, draws, order, invite);
    // Its campaign is paused now and then.
    if (operation.status !== 200 && operation.word === 'campaign_paused') this.#passedOn.push(code);
  }

  async #click(draws: Draws): Promise<void> {
    if (this.#links.length === 0) return;
    const linkId = draws.pick(this.#links);
    const [service, method, path] = ['referral', 'GET', `/i/${linkId}`] as const;
    await this.#send({ service, method, path, keyed: false, verb: 'click', by: 'somebody', about: { linkId } }, draws);
  }

  // Those who feed and run it

  async #contribute(draws: Draws): Promise<void> {
    const row = () => {
      // Some were told before.
      const ref = this.#rows > 20 && draws.chance(0.15) ? draws.whole(0, this.#rows - 1) : this.#rows++;
      const isReversal = draws.chance(0.05) && ref % 7 === 0;
      return {
        memberId: members[ref % members.length] as string,
        source: 'repo',
        ref: `r${ref}`,
        kind: isReversal ? 'reversal' : 'feat',
        occurredAt: new Date(Date.now() - 30 * day - (ref % 1000) * 60_000).toISOString(),
      };
    };
    const contributions = Array.from({ length: draws.whole(1, 5) }, row);
    const token = await this.#token('connector', 'repo');
    const [service, method, path] = ['membership', 'POST', '/v1/contributions'] as const;
    const about = { rows: contributions.map(({ source, ref, kind }) => ({ source, ref, kind })) };
    const wish: Wish = {
      service,
      method,
      path,
      token,
      body: { contributions },
      keyed: false,
      verb: 'contribute',
      by: 'repo',
      about,
    };
    const told = await this.#options.client.send(wish, draws);
    // A connector sends again what nobody answered.
    for (let tries = 0; tries < 8 && told.endedAt === undefined && !this.#stop.signal.aborted; tries += 1) {
      await this.#think(draws, 10);
      const again = await this.#options.client.attempt(wish, told.request);
      if (again.endedAt !== undefined) break;
    }
  }

  async #ops(draws: Draws): Promise<void> {
    const token = await this.#token('ops', 'ops_1');
    const by = 'ops_1';
    const dice = draws.share();
    const claimable = this.#claimable();
    if (dice < 0.6) {
      const campaign = draws.pick([this.#options.campaigns.long, claimable]);
      const codes = draws.whole(1, 5);
      const memberId = draws.chance(0.5) ? draws.pick(members) : undefined;
      const to = memberId === undefined ? { bearer: codes } : { members: [{ memberId, codes }] };
      const path = `/v1/campaigns/${campaign}/grants`;
      const common = {
        service: 'issuance',
        method: 'POST',
        keyed: true,
        campaign,
        about: { codes, memberId },
      } as const;
      const { client } = this.#options;
      // Neither is sent again much later: it would be answered by how the grant stands then.
      this.#grants += 1;
      const body = { to, reason: 'chaos', reference: `chaos-${this.#grants}` };
      const asked = await client.send({ ...common, path, body, token, verb: 'ask', by }, draws);
      if (asked.text !== undefined) {
        const another = { token: await this.#token('ops', 'ops_2'), by: 'ops_2', verb: 'grant' } as const;
        const approval = `${path}/${String(asked.answer?.grantId)}/approve`;
        await client.send({ ...common, ...another, path: approval, body: {} }, draws);
      }
    } else if (dice < 0.7) {
      await this.#switch(claimable, 'pause', draws);
      await this.#think(draws, 20);
      await this.#switch(claimable, 'resume', draws);
    } else {
      await this.#reverse(token, draws);
    }
    await this.#think(draws, 20);
  }

  async #switch(campaign: string, verb: 'pause' | 'resume' | 'close', draws: Draws): Promise<void> {
    const path = `/v1/campaigns/${campaign}/${verb}`;
    const body = { reason: 'chaos' };
    const common = { service: 'issuance', method: 'POST', keyed: true, verb: 'switch', by: 'ops_1', campaign } as const;
    await this.#send({ ...common, path, body, token: await this.#token('ops', 'ops_1') }, draws);
  }

  /** Gives places to those who wait. */
  async #supply(draws: Draws): Promise<void> {
    const token = await this.#token('ops', 'ops_1');
    const { queue: campaign } = this.#options.campaigns;
    const path = `/v1/campaigns/${campaign}/waitlist/places`;
    const body = { places: draws.whole(1, 4), reason: 'chaos' };
    const common = { service: 'issuance', method: 'POST', keyed: true, verb: 'supply', by: 'ops_1', campaign } as const;
    // It is not sent again much later: all of them are answered from one item, which keeps its last thirty-two answers.
    await this.#options.client.send({ ...common, path, body, token }, draws);
    await this.#think(draws, 40);
  }

  /** Takes back the reward of a friend, of whichever member has one. */
  async #reverse(token: string, draws: Draws): Promise<void> {
    const memberId = draws.pick(members);
    const common = { service: 'referral', by: memberId } as const;
    const mine = await this.#options.client.send(
      {
        ...common,
        method: 'GET',
        path: '/v1/me/referrals?limit=20',
        token: await this.#token('member', memberId),
        keyed: false,
        verb: 'referrals',
      },
      draws,
    );
    const found = (mine.answer?.items ?? []) as { referralId: string }[];
    if (mine.status !== 200 || found.length === 0) return;
    const { referralId } = draws.pick(found);
    const path = `/v1/referrals/${referralId}/reversal`;
    const body = { reason: 'chaos' };
    await this.#send(
      {
        service: 'referral',
        method: 'POST',
        path,
        body,
        token,
        keyed: true,
        verb: 'reverse',
        by: 'ops_1',
        about: { referralId },
      },
      draws,
    );
  }
}
