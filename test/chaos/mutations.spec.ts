import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRelease, type Patch, replacing } from '../support/release.ts';
import { type ChaosOptions, chaos, isClean } from './run.ts';

// The judge is judged: a program with one well-known mistake in it, of which nobody tells it, must not pass. That the program
// without one does, chaos.spec.ts shows.

interface Mutation {
  mistake: string;
  patches: Patch[];
  /** What brings the mistake to light, and for how long; a run of anything takes longer, and finds it too. */
  kinds: string[];
  /** Longer, where it takes longer. */
  seconds?: number;
  /** Two, where it takes two of a service to go wrong. */
  each?: number;
  settleSeconds?: number;
  /** What must be among the findings, so that it was found for what it is. */
  found: RegExp;
}

const seconds = 10;
/** Where it is a finding that it does not come to rest, that need not take long. */
const common: Omit<ChaosOptions, 'folder'> = { seconds, seed: 5, kafka: false, rounds: 4, each: 1, settleSeconds: 8 };

const mutations: Mutation[] = [
  {
    mistake: 'the relay is off',
    patches: [replacing('libs/dynamo/src/outbox.ts', "    every(1000, 'the relay', () => this.relay());\n", '')],
    kinds: ['killService', 'lockLog'],
    found: /items have events to publish/,
  },
  {
    mistake: 'offsets are committed before the effect',
    patches: [
      replacing(
        'libs/event-log/src/embedded-tenure.ts',
        '      for (const stored of events) await this.#handle(lane, stored, false);\n',
        `      const last = events.at(-1);
      if (last) {
        this.#moved.set(lane, last.offset + 1);
        await this.#write();
      }
      for (const stored of events) await this.#handle(lane, stored, false);
`,
      ),
    ],
    kinds: ['killService', 'pauseStore'],
    found: /never|not|short|counts|unknown/,
  },
  {
    mistake: 'the outbox is cleared before the log has answered',
    patches: [
      replacing(
        'libs/dynamo/src/outbox.ts',
        'if (events.length > 0) await this.#appendTo(log, events);',
        'if (events.length > 0) void this.#appendTo(log, events).catch(() => {});',
      ),
    ],
    kinds: ['killService', 'lockLog'],
    found: /is nowhere/,
  },
  {
    mistake: 'the index is assumed to be consistent',
    patches: [
      // What was seen once up to a time is not looked at again: an entry that shows later is never seen.
      replacing(
        'libs/dynamo/src/table.ts',
        `KeyConditionExpression: 'pending = :shard AND since < :before',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { N: String(before) } },`,
        `KeyConditionExpression: 'pending = :shard AND since BETWEEN :seen AND :before',
      ExpressionAttributeValues: {
        ':shard': { S: shard },
        ':seen': { N: String(this.seen.get(shard) ?? 0) },
        ':before': { N: String(before) },
      },`,
      ),
      replacing(
        'libs/dynamo/src/table.ts',
        `      Limit: limit,
    });
    return Items.map(keyOf);`,
        `      Limit: limit,
    });
    if (Items.length < limit) this.seen.set(shard, before);
    return Items.map(keyOf);`,
      ),
      replacing(
        'libs/dynamo/src/table.ts',
        '  /** Whether writes are waiting',
        '  readonly seen = new Map<string, number>();\n\n  /** Whether writes are waiting',
      ),
    ],
    kinds: ['killService', 'lockLog', 'staleIndex'],
    each: 2,
    found: /items have events to publish/,
  },
  {
    mistake: 'an expired hold is taken without the guard',
    patches: [
      replacing(
        'libs/dynamo/src/table.ts',
        `    Statement: \`UPDATE "\${table}" SET \${set}\${index} \${where}\`,
    Parameters: [...values, ...(pending ? [pending] : []), ...guard],`,
        `    Statement: \`UPDATE "\${table}" SET \${set}\${index} \${taken ? 'WHERE "pk"=? AND "sk"=?' : where}\`,
    Parameters: [...values, ...(pending ? [pending] : []), ...(taken ? guard.slice(0, 2) : guard)],`,
      ),
      replacing(
        'libs/dynamo/src/table.ts',
        `  const index = pending ? ', "pending"=?' : ' REMOVE "pending"';`,
        `  const index = pending ? ', "pending"=?' : ' REMOVE "pending"';
  const { past, status } = state.M ?? {};
  const taken = past?.L?.at(-1)?.M?.ended?.S === 'expired' && status?.S !== 'free';`,
      ),
    ],
    kinds: ['skewClock', 'slow'],
    seconds: 22,
    each: 2,
    found: /code\/|is nowhere/,
  },
  {
    mistake: 'a lease is used again after its owner has been paused',
    patches: [
      replacing(
        'libs/dynamo/src/table.ts',
        `  const guard =
    expected === 0`,
        `  const guard: { ConditionExpression?: string } = key.sk.startsWith('lease/')
    ? {}
    : expected === 0`,
      ),
    ],
    kinds: ['pauseService'],
    seconds: 22,
    each: 2,
    found: /handed out|quota/,
  },
  {
    mistake: 'a marker is written apart from its effect',
    patches: [
      replacing(
        'services/insights/src/once.ts',
        '  await store.change(all, rule, request, known);\n',
        `  const [marker, ...others] = all;
  if (others.length > 0) {
    await store.change(others as typeof all, (...states: unknown[]) => accept(add(states as States), {}), request, known.slice(1) as typeof known);
  }
  await store.change([marker], () => accept([{ type: 'event.seen', data: {} }], {}), request, [known[0]]);
`,
      ),
    ],
    kinds: ['killService', 'slow'],
    // What is counted twice shows in what it comes to.
    settleSeconds: 90,
    found: /counts|the log/,
  },
  {
    mistake: 'a retry is answered from memory',
    patches: [
      replacing(
        'libs/dynamo/src/store.ts',
        'answers: [...item.answers, ...answer].slice(-answersKept),',
        'answers: remembered(item, answer),',
      ),
      replacing(
        'libs/dynamo/src/store.ts',
        'const answer = idempotency && items[0]?.answers.find(',
        'const answer = idempotency && memory.find(',
      ),
      replacing(
        'libs/dynamo/src/store.ts',
        'const asUnknown = ',
        `const memory: Item<unknown>['answers'] = [];
const remembered = ({ answers }: Item<unknown>, answer: typeof memory): typeof memory => {
  memory.push(...answer);
  return answers;
};

const asUnknown = `,
      ),
    ],
    kinds: ['killService'],
    each: 2,
    found: /was answered in|attempts made/,
  },
];

/** A kill may miss the moment that matters, and then nothing went wrong: so much is tried, each time with another seed. */
const runsAtMost = 6;

/** What is found by the first run that finds it; of the last where none does. On a busy machine one may find that it is slow. */
const judged = async (options: ChaosOptions, found: RegExp) => {
  for (let run = 1; ; run += 1) {
    const folder = join(options.folder, `run-${run}`);
    mkdirSync(folder);
    const { outcome, findings } = await chaos({ ...options, folder, seed: options.seed + run });
    const all = Object.values(findings).flat();
    if (all.some((one) => found.test(one)) || run === runsAtMost) return { outcome, findings: all };
  }
};

describe('the judge', () => {
  // Each has a small system of its own, which waits for much of the time.
  it.concurrent.each(mutations)(
    'finds out when $mistake',
    async ({ patches, kinds, found, ...longer }) => {
      const folder = mkdtempSync(join(tmpdir(), 'fcode-mutation-'));
      const release = await makeRelease(...patches);
      try {
        const options = { ...common, ...longer, folder, root: release.root, kinds };
        const { outcome, findings } = await judged(options, found);
        expect(isClean(outcome)).toBe(false);
        expect(findings.join('\n')).toMatch(found);
      } finally {
        await release.remove();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
