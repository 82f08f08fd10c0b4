import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, callingWith, key, persistently } from '../../support/calling.ts';

/** How long an unpaid order keeps a code, in every campaign here: longer than a busy machine takes; seconds. */
export const holdSeconds = 60;
/** What the code takes off the price, where it takes anything; minor units. */
export const discount = 5000;
/** What a friend's purchase earns whoever invited the friend; points. */
export const reward = 20;

/** The campaigns whose codes the checks use. A code has one use in each. */
export const campaigns = {
  unlimited: {},
  oncePerBuyer: { buyerLimit: 1, orderLimit: 1 },
  twicePerBuyer: { buyerLimit: 2 },
  oneDiscountPerOrder: { orderLimit: 1, effect: { kind: 'amount', off: { amount: discount, currency: 'EUR' } } },
} as const;
export type Campaign = keyof typeof campaigns;

export type Verb = 'check' | 'hold' | 'extend' | 'confirm' | 'release' | 'redeem' | 'cancel' | 'return';
export type Buyer = { memberId: string } | { email: string } | { phone: string };

/** An order that wants a code. */
export interface Order {
  code: string;
  orderId: string;
  sku: string;
  buyer: Buyer;
  price: { amount: number; currency: string };
  /** Of whom the buyer was invited. */
  invite?: string;
}

/** A system that sells by codes, in two processes on one store, as the shop before it sees it. */
export interface Shop {
  /** Codes that nobody has used. */
  codes(campaign: Campaign, count: number): Promise<string[]>;
  /** Asks the two processes by turns; again, as the same request, while the answer is that it is not known. */
  ask(verb: Verb, body: object): Promise<Answer>;
  /** Requests of which everything but the last byte is there, on connections of their own, until all come at once. */
  burst(verb: Verb, bodies: object[]): Promise<Answer[]>;
  /** Moves the time on. */
  later(seconds: number): void;
  /** How a member invites friends to a campaign. */
  invite(memberId: string, campaign: Campaign): Promise<string>;
  /** What the member has of its friends' purchases. */
  points(memberId: string): Promise<number>;
  /** How long points may take to follow a purchase; ms. */
  followsWithinMs: number;
}

/** Something that goes wrong elsewhere, and a check that it does not here. */
export interface Defect {
  /** What such a system does. */
  says: string;
  /** What the check's first expectation says when it is found. */
  shows: string;
  check: (shop: Shop) => Promise<void>;
}

/** How any of them is asked: only where it is, and by whom, differs. */
export const asking = (urls: readonly string[], token: string): Pick<Shop, 'ask' | 'burst'> => {
  const call = callingWith(token);
  let turn = 0;
  const next = (): string => urls[turn++ % urls.length] as string;
  const askAs = (headers: Record<string, string>, verb: Verb, body: object) =>
    persistently(() => call(next(), 'POST', `/v1/checkout/${verb}`, body, headers));
  return {
    ask: (verb, body) => askAs(key(), verb, body),
    burst: async (verb, bodies) => {
      const sending = bodies.map((body) => {
        const names = key();
        const headers = { authorization: `Bearer ${token}`, ...names };
        return { body, names, ...withholding(`${next()}/v1/checkout/${verb}`, headers, JSON.stringify(body)) };
      });
      // All that was sent is there by then, and each process has every request but its end.
      await sleep(100);
      for (const { finish } of sending) finish();
      return Promise.all(
        sending.map(async ({ answer, names, body }) => {
          const first = await answer;
          return first.status === 503 ? askAs(names, verb, body) : first;
        }),
      );
    },
  };
};

/** A request on a connection of its own, sent but for its last byte. */
const withholding = (url: string, headers: Record<string, string>, body: string) => {
  const bytes = Buffer.from(body);
  const all = { ...headers, 'content-type': 'application/json', 'content-length': bytes.length };
  const sent = request(url, { method: 'POST', agent: false, headers: all });
  sent.setNoDelay(true);
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      text(response).then((told) => {
        const parsed = JSON.parse(told) as Record<string, unknown>;
        const word = wordOf(parsed);
        resolve({ status: response.statusCode ?? 0, body: parsed, text: told, headers: new Headers(), word });
      }, reject);
    });
  });
  sent.write(bytes.subarray(0, -1));
  return { answer, finish: () => sent.end(bytes.subarray(-1)) };
};

const wordOf = ({ type }: Record<string, unknown>): string | undefined =>
  typeof type === 'string' ? type.replace('urn:fcode:problem:', '') : undefined;

let made = 0;
/** The name of an order or a person that is new to everybody. */
export const fresh = (what: string): string => {
  made += 1;
  return `${what}_${made}`;
};

export const price = { amount: 49_999, currency: 'EUR' };

export const orderOf = (code: string, buyer: Buyer = { memberId: fresh('member') }): Order => ({
  code,
  orderId: fresh('order'),
  sku: 'PHONE-1',
  buyer,
  price,
});

export const times = <Made>(count: number, make: (position: number) => Made): Made[] =>
  Array.from({ length: count }, (_, position) => make(position));

/** The payment of an order that was told that it has the code. */
export const pay = (shop: Shop, { orderId }: Order, { body: { holdId } }: Answer): Promise<Answer> =>
  shop.ask('confirm', { holdId, orderId });

/** Everybody comes to the checkout at once; whoever gets to the payment pays, at once too. */
export const allBuy = async (shop: Shop, orders: Order[]) => {
  const came = await Promise.all(orders.map(async (order) => ({ order, answer: await shop.ask('hold', order) })));
  const atPayment = came.filter(({ answer }) => answer.status === 200);
  const answers = await Promise.all(atPayment.map(({ order, answer }) => pay(shop, order, answer)));
  const refused = came.filter(({ answer }) => answer.status !== 200).map(({ answer }) => answer);
  return { paid: answers.filter(({ status }) => status === 200), refusals: refused.map(({ word }) => word) };
};

/** One customer goes all the way; the answer at which it ended. */
export const buys = async (shop: Shop, order: Order): Promise<Answer> => {
  const held = await shop.ask('hold', order);
  return held.status === 200 ? pay(shop, order, held) : held;
};

/** An answer to compare and to show. */
export const told = ({ status, word }: Answer) => ({ status, ...(word === undefined ? {} : { word }) });
export const accepted = { status: 200 };
