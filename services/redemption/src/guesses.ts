import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { normalizeCode } from '@fcode/codes';
import type { Ref, Store } from '@fcode/dynamo';
import type { Logger } from '@fcode/event-log';
import { type AppEnv, type Context, Problem, z } from '@fcode/http';
import { accept } from '@fcode/policy';
import { ulid } from 'ulid';

/** Who is at the checkout, as the shop tells it: it is the shop's to know, and never the shop itself. */
export const shopperSchema = z
  .strictObject({
    id: z.string().min(1).max(128).optional().openapi({ description: 'A session, a device or an account of yours.' }),
    network: z
      .union([z.ipv4(), z.ipv6()])
      .optional()
      .openapi({ description: "The shopper's address.", example: '203.0.113.7' }),
  })
  .openapi('Shopper', { description: 'Kept as a keyed hash, for ten minutes, to count guesses.' });
export type Shopper = z.infer<typeof shopperSchema>;

/** How many texts that are no codes a window may bring, before nothing of the same origin is looked at any more. */
const limits = { shopper: 10, network: 100 };
type Scope = keyof typeof limits;
const scopes = Object.keys(limits) as Scope[];
const windowSeconds = 600;
const mergeMs = 1000;
/** Of the most active, in what one instance tells the others: 100 bytes each. */
const toldAtMost = 500;

const tooMany = { status: 429, title: 'Too many codes that do not exist were tried from here. Wait a while.' } as const;

type Keys = Partial<Record<Scope, string>>;
type Counts = Record<string, number>;

const windowAt = (at: number): number => Math.floor(at / (windowSeconds * 1000));

const toldRef = (window: number, instance: string): Ref<{ counts: Counts }> => ({
  pk: `guesses/${window}`,
  sk: instance,
  initial: { counts: {} },
  evolve: (_, { data }) => ({ counts: data as Counts }),
});

/** The part of an address that one connection has to itself: of IPv6 the first 64 bits. */
const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const gap = tail === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array.from({ length: gap }, () => '0'), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
};

/**
 * Counts texts that are no codes, by shopper and by network, in windows of ten minutes; whoever brings too many is not
 * listened to for the rest of the window. Counted in memory and merged between instances each second, so that somebody who
 * asks n instances at once gets at most what each lets pass within a second beyond the limit: (n − 1) × limit. An honest
 * typing error costs one of ten. A code that cannot be answered yet, or is somebody else's, is no guess.
 */
export class Guesses {
  readonly #store: Store;
  readonly #key: KeyObject;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #instance = ulid();
  #window = 0;
  #own = new Map<string, number>();
  #others = new Map<string, number>();
  #isTold = true;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(store: Store, secret: Uint8Array, clock: () => number, logger: Logger) {
    this.#store = store;
    this.#key = createSecretKey(createHmac('sha256', secret).update('fcode guesses').digest());
    this.#clock = clock;
    this.#logger = logger;
  }

  start(): void {
    const next = () => {
      if (this.#stopped) return;
      const merge = () =>
        this.merge().catch((error: unknown) => this.#logger.warn({ err: error }, 'guesses could not be merged'));
      this.#timer = setTimeout(() => void merge().then(next), mergeMs).unref();
    };
    next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /**
   * Whom to count; who buys stands for the shopper where the shop does not tell. Says by headers how many guesses are left
   * (draft-ietf-httpapi-ratelimit-headers), and refuses whoever has none.
   */
  guard(c: Context<AppEnv>, shopper: Shopper | undefined, buyer: string | undefined): Keys {
    const id = shopper?.id ?? buyer;
    const keys: Keys = {
      ...(id === undefined ? {} : { shopper: this.#hash(`shopper ${id}`) }),
      ...(shopper?.network === undefined ? {} : { network: this.#hash(`network ${networkOf(shopper.network)}`) }),
    };
    this.#tell(c, keys);
    const isOut = scopes.some((scope) => keys[scope] !== undefined && this.#left(scope, keys[scope]) === 0);
    if (!isOut) return keys;
    throw new Problem('too_many_attempts', { ...tooMany, retryAfter: this.#seconds() });
  }

  /** The text was no code. One that has not even the form of a code is no guess: names are told to everybody. */
  count(c: Context<AppEnv>, keys: Keys, text: string): void {
    if (normalizeCode(text) === undefined) return;
    this.#turn();
    for (const key of Object.values(keys)) this.#own.set(key, (this.#own.get(key) ?? 0) + 1);
    this.#isTold = false;
    this.#tell(c, keys);
  }

  /** Tells the other instances, and hears of them. */
  async merge(): Promise<void> {
    this.#turn();
    const window = this.#window;
    const [at, deadline] = [this.#clock(), performance.now() + mergeMs];
    if (!this.#isTold) {
      const most = [...this.#own].sort(([, a], [, b]) => b - a).slice(0, toldAtMost);
      this.#isTold = true;
      const request = { at, deadline, correlationId: 'guesses', causationId: 'guesses' };
      await this.#store.change(
        [toldRef(window, this.#instance)],
        () => accept([{ type: 'guesses.told', data: Object.fromEntries(most) }], {}),
        request,
      );
    }
    const others = new Map<string, number>();
    for (let cursor: string | undefined; ; ) {
      const { pk, initial, evolve } = toldRef(window, '');
      const range = { pk, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#store.query(range, { initial, evolve });
      for (const { sk, state } of page.items) {
        if (sk === this.#instance) continue;
        for (const [key, count] of Object.entries(state.counts)) others.set(key, (others.get(key) ?? 0) + count);
      }
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    if (window === this.#window) this.#others = others;
  }

  #turn(): void {
    const window = windowAt(this.#clock());
    if (window === this.#window) return;
    this.#window = window;
    this.#own = new Map();
    this.#others = new Map();
    this.#isTold = true;
  }

  #left(scope: Scope, key: string): number {
    this.#turn();
    return Math.max(0, limits[scope] - (this.#own.get(key) ?? 0) - (this.#others.get(key) ?? 0));
  }

  /** Until the window ends. */
  #seconds(): number {
    return Math.ceil(((windowAt(this.#clock()) + 1) * windowSeconds * 1000 - this.#clock()) / 1000);
  }

  #tell(c: Context<AppEnv>, keys: Keys): void {
    const known = scopes.flatMap((scope) => (keys[scope] === undefined ? [] : [{ scope, key: keys[scope] }]));
    if (known.length === 0) return;
    c.header(
      'RateLimit-Policy',
      known.map(({ scope }) => `"${scope}";q=${limits[scope]};w=${windowSeconds}`).join(', '),
    );
    const left = known.map(({ scope, key }) => `"${scope}";r=${this.#left(scope, key)};t=${this.#seconds()}`);
    c.header('RateLimit', left.join(', '));
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, 16);
  }
}
