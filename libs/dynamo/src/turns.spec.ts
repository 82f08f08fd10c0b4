import { describe, expect, it } from 'vitest';
import { StoreBusy } from './errors.ts';
import { type Turn, Turns } from './turns.ts';

const soon = () => performance.now() + 5000;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('changes of one key in one process', () => {
  it('take turns in the order they came', async () => {
    const turns = new Turns<string>();
    const seen: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name, position) =>
        turns.take(['k'], soon(), async () => {
          seen.push(`${name} in`);
          await pause(9 - 3 * position);
          seen.push(`${name} out`);
        }),
      ),
    );
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('do not hold up changes of other keys', async () => {
    const turns = new Turns<string>();
    let open = () => {};
    const blocked = turns.take(['k'], soon(), () => new Promise<void>((resolve) => (open = resolve)));
    expect(await turns.take(['other'], soon(), async () => 'done')).toBe('done');
    open();
    await blocked;
  });

  it('that want several keys in crossing order all get them, one at a time for each key', async () => {
    const turns = new Turns<string>();
    const busy = new Set<string>();
    const pairs = [
      ['x', 'y'],
      ['y', 'x'],
      ['y', 'z'],
      ['z', 'x'],
      ['x', 'x'],
    ];
    await Promise.all(
      Array.from({ length: 100 }, (_, round) => {
        const keys = pairs[round % pairs.length] as string[];
        return turns.take(keys, soon(), async () => {
          for (const key of new Set(keys)) {
            expect(busy.has(key)).toBe(false);
            busy.add(key);
          }
          await Promise.resolve();
          for (const key of keys) busy.delete(key);
        });
      }),
    );
    expect(busy.size).toBe(0);
  });

  it('share what was learnt while somebody is in line, and forget it with the last one', async () => {
    const turns = new Turns<string>();
    const learn = turns.take(['k'], soon(), async (turn) => {
      turn.sending();
      turn.note('k', 'held');
    });
    const share = turns.take(['k'], soon(), async (turn) => turn.known('k'));
    await learn;
    expect(await share).toBe('held');
    expect(await turns.take(['k'], soon(), async (turn) => turn.known('k'))).toBeUndefined();
  });

  it('know whether what was learnt is from before they were asked for', async () => {
    const turns = new Turns<string>();
    let answered = () => {};
    let sent = () => {};
    const isSent = new Promise<void>((resolve) => (sent = resolve));
    const first = turns.take(['k'], soon(), async (turn) => {
      await pause(2);
      turn.sending();
      sent();
      await new Promise<void>((resolve) => (answered = resolve));
      turn.note('k', 'held');
      return turn.isCurrent(['k']);
    });
    const here = turns.take(['k'], soon(), async (turn) => [turn.known('k'), turn.isCurrent(['k'])]);
    await isSent;
    await pause(2);
    const tooLate = turns.take(['k'], soon(), async (turn) => [turn.known('k'), turn.isCurrent(['k'])]);
    answered();
    expect(await first).toBe(true);
    expect(await here).toEqual(['held', true]);
    expect(await tooLate).toEqual(['held', false]);
  });

  it('take what is known of several keys for current only when it was true of all of them at one instant', async () => {
    const turns = new Turns<string>();
    const learn = async (turn: Turn<string>, ...keys: string[]) => {
      turn.sending();
      for (const key of keys) turn.note(key, 'free');
    };
    const one = turns.take(['x'], soon(), (turn) => learn(turn, 'x'));
    const two = turns.take(['y'], soon(), (turn) => learn(turn, 'y'));
    const both = turns.take(['x', 'y'], soon(), async (turn) => {
      const before = [turn.isCurrent(['x']), turn.isCurrent(['y']), turn.isCurrent(['x', 'y'])];
      await learn(turn, 'x', 'y');
      return [...before, turn.isCurrent(['x', 'y'])];
    });
    await Promise.all([one, two]);
    expect(await both).toEqual([true, true, false, true]);
  });

  it('never take a guess for current', async () => {
    const turns = new Turns<string>();
    const guess = await turns.take(['k'], soon(), async (turn) => {
      turn.assume('k', 'read long ago');
      return [turn.known('k'), turn.isCurrent(['k'])];
    });
    expect(guess).toEqual(['read long ago', false]);
  });

  it('hear at their deadline, not when the one before is done; those behind keep their place', async () => {
    const turns = new Turns<string>();
    let open = () => {};
    const first = turns.take(['k'], soon(), () => new Promise<void>((resolve) => (open = resolve)));
    let ran = false;
    const late = turns.take(['k', 'free'], performance.now() + 20, async () => {
      ran = true;
    });
    let through = false;
    const behind = turns.take(['k'], soon(), async () => {
      through = true;
    });
    await expect(late).rejects.toMatchObject({ name: 'StoreBusy', outcomeUnknown: false });
    expect(await turns.take(['free'], soon(), async () => 'free again')).toBe('free again');
    expect(through).toBe(false);
    open();
    await Promise.all([first, behind]);
    expect([ran, through]).toEqual([false, true]);
  });

  it('go on after one that failed', async () => {
    const turns = new Turns<string>();
    const failed = turns.take(['k'], soon(), () => Promise.reject(new Error('bug')));
    const next = turns.take(['k'], soon(), async () => 'next');
    await expect(failed).rejects.toThrow('bug');
    expect(await next).toBe('next');
  });

  it('are refused when the line is too long, and nobody is harmed by it', async () => {
    const turns = new Turns<string>();
    let open = () => {};
    const first = turns.take(['k'], soon(), () => new Promise<void>((resolve) => (open = resolve)));
    const line = Array.from({ length: 999 }, () => turns.take(['k'], soon(), async () => 'served'));
    await expect(turns.take(['other', 'k'], soon(), async () => {})).rejects.toBeInstanceOf(StoreBusy);
    expect(await turns.take(['other'], soon(), async (turn) => turn.known('other') ?? 'free')).toBe('free');
    open();
    await first;
    expect(new Set(await Promise.all(line))).toEqual(new Set(['served']));
    expect(await turns.take(['k'], soon(), async () => 'short again')).toBe('short again');
  });
});
