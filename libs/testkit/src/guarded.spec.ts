import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning, startGuarded } from '@fcode/infra/guarded';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from './until.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-guarded-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let programs = 0;
/** A program that writes its pid, and then a byte every 20 ms; `onTerm` is what it does when it is asked to end. */
const ticking = (onTerm = 'exit') => {
  programs += 1;
  const [pidFile, ticks] = [join(folder, `${programs}.pid`), join(folder, `${programs}.ticks`)];
  const script = `trap '${onTerm}' TERM; echo $$ >"$0"; while :; do printf . >>"$1"; sleep 0.02; done`;
  const command: [string, ...string[]] = ['sh', '-c', script, pidFile, ticks];
  const pid = () => until(async () => Number(await readFile(pidFile, 'utf8')), 'the program to start');
  const size = async () => (await stat(ticks).catch(() => ({ size: 0 }))).size;
  const moves = async () => {
    // What was under way when it was paused may still be written.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = await size();
    await new Promise((resolve) => setTimeout(resolve, 150));
    return (await size()) > before;
  };
  return { command, pid, moves };
};

const guardians: ChildProcess[] = [];
afterEach(() => {
  for (const guardian of guardians.splice(0)) guardian.kill('SIGKILL');
});

/** As `ticking`, started by a process that can be killed. */
const guardedByAnother = async (onTerm: string, paused: boolean) => {
  const { command, pid, moves } = ticking(onTerm);
  const file = fileURLToPath(new URL('fixtures/guardian.ts', import.meta.url));
  const guardian = spawn(process.execPath, [file, ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  guardians.push(guardian);
  const itself = await pid();
  if (paused) {
    guardian.stdin.write('pause\n');
    await until(async () => !(await moves()), 'it to be paused');
  }
  return { itself, guardian, moves };
};

describe('a guarded program', () => {
  it('stands still while it is paused, any number of times, and goes on', async () => {
    const { command, pid, moves } = ticking();
    const guarded = startGuarded(command);
    await pid();
    for (let times = 0; times < 3; times += 1) {
      await until(moves, 'it to go on');
      await guarded.pause();
      await guarded.pause();
      expect(await moves()).toBe(false);
      await guarded.resume();
    }
    await until(moves, 'it to go on');
    await guarded.stop();
    expect(isRunning(await pid())).toBe(false);
  });

  it.each(['stop', 'kill'] as const)('ends by %s while it is paused', async (how) => {
    const { command, pid } = ticking();
    const guarded = startGuarded(command);
    const itself = await pid();
    await guarded.pause();
    await guarded[how]();
    expect(isRunning(itself)).toBe(false);
    await guarded.exited;
  });

  it('that does not care for a stop can still be killed', async () => {
    const { command, pid, moves } = ticking(':');
    const guarded = startGuarded(command);
    const itself = await pid();
    const stopped = guarded.stop();
    await until(moves, 'it to go on');
    await guarded.kill();
    await stopped;
    expect(isRunning(itself)).toBe(false);
  });

  it('that is gone can be asked for anything', async () => {
    const guarded = startGuarded(['true']);
    await guarded.exited;
    const asked = [guarded.pause(), guarded.resume(), guarded.stop(), guarded.kill()];
    expect(await Promise.all(asked)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each(['running', 'paused'])('ends with the process that started it, %s', async (state) => {
    const ended = join(folder, `${state}.ended`);
    const { itself, guardian } = await guardedByAnother(`echo >${ended}; exit`, state === 'paused');
    expect(isRunning(itself)).toBe(true);
    guardian.kill('SIGKILL');
    await until(() => !isRunning(itself), 'the program to end');
    // In order: it was asked to, and heard it.
    expect(existsSync(ended)).toBe(true);
  });

  it('is killed when that process is gone and it does not care to be asked', { timeout: 60_000 }, async () => {
    const { itself, guardian, moves } = await guardedByAnother(':', true);
    guardian.kill('SIGKILL');
    // It goes on first, as it was asked to end.
    await until(moves, 'the program to hear it');
    await until(() => !isRunning(itself), 'the program to be killed', 40);
    expect(isRunning(itself)).toBe(false);
  });
});
