import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceName, services } from '@fcode/infra/tables';
import { type Running, startProcess } from '@fcode/processes';
import { quietPort, startWire, type Wire } from '@fcode/testkit';

/** One process of a service, with a wire before it; while it is down or being started, it has no `running`. */
export interface Member {
  name: string;
  service: ServiceName;
  /** Where it listens this time; clients come by the wire. */
  target: { port: number };
  wire: Wire;
  /** Its own file; see FCODE_CLOCK_FILE. */
  clockFile: string;
  running?: Running | undefined;
  isPaused: boolean;
  /** How far its clock is off, since when; by performance.now(). */
  skews: { since: number; ms: number }[];
}

export interface FleetOptions {
  environment: Record<string, string>;
  /** Where clocks and logs are kept. */
  folder: string;
  /** Processes of each service. */
  each?: number;
  /** Another tree of the program. */
  root?: string;
}

const startsWithinSeconds = 90;

/** Every service as several processes, which are started again whenever they end, as a supervisor would. */
export class Fleet {
  readonly members: Member[] = [];
  /** How often a process ended that ran, and that nobody had killed. */
  crashes = 0;
  readonly #options: FleetOptions;
  readonly #expected = new Set<Running>();
  #running: Promise<void>[] = [];
  #isEnding = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, each = 2 } = this.#options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    for (const service of services) {
      for (let position = 1; position <= each; position += 1) {
        const name = `${service}-${position}`;
        const clockFile = join(folder, `${name}.clock`);
        const target = { port: 0 };
        const wire = await startWire(target);
        const member: Member = { name, service, target, wire, clockFile, isPaused: false, skews: [] };
        this.skew(member, 0);
        this.members.push(member);
      }
    }
    this.#running = this.members.map((member) => this.#keep(member));
    await this.ready();
  }

  /** Resolves when every process runs. */
  async ready(seconds = startsWithinSeconds): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (this.members.some(({ running }) => running === undefined)) {
      const down = this.members.filter(({ running }) => running === undefined).map(({ name }) => name);
      if (performance.now() > deadline) throw new Error(`${down.join(', ')} did not start; see the logs`);
      await sleep(50);
    }
  }

  of(service: string): Member[] {
    return this.members.filter((member) => member.service === service);
  }

  /** kill -9; it is started again at once. */
  async kill(member: Member): Promise<void> {
    const { running } = member;
    if (!running) return;
    this.#expected.add(running);
    member.isPaused = false;
    await running.kill();
  }

  pause(member: Member): void {
    if (member.running?.process.kill('SIGSTOP')) member.isPaused = true;
  }

  unpause(member: Member): void {
    if (member.isPaused) member.running?.process.kill('SIGCONT');
    member.isPaused = false;
  }

  /** Lets its clock jump to so many ms from the true time. */
  skew({ clockFile, skews }: Member, ms: number): void {
    // Written beside and renamed, so that nobody reads half of it.
    writeFileSync(`${clockFile}.next`, `${ms < 0 ? '' : '+'}${ms}`);
    renameSync(`${clockFile}.next`, clockFile);
    skews.push({ since: performance.now(), ms });
  }

  /** How far a member's clock was off, at least and at most, between two times of performance.now(). */
  skewOf(name: string, from: number, to: number): [least: number, most: number] {
    const skews = this.members.find((member) => member.name === name)?.skews ?? [];
    const inForce = skews.filter(({ since }, position) => since <= to && (skews[position + 1]?.since ?? to) >= from);
    const all = inForce.map(({ ms }) => ms);
    return [Math.min(...all), Math.max(...all)];
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    for (const member of this.members) this.unpause(member);
    await Promise.all(this.members.map(async ({ running }) => running?.stop()));
    await Promise.all(this.#running);
    await Promise.all(this.members.map(({ wire }) => wire.stop()));
  }

  async #keep(member: Member): Promise<void> {
    const { environment, folder, root } = this.#options;
    const log = (text: string) => appendFileSync(join(folder, 'logs', `${member.name}.log`), text);
    while (!this.#isEnding) {
      try {
        // Another one each time: while it is down, somebody else may be given the one that it had.
        member.target.port = await quietPort();
        const running = await startProcess(
          `services/${member.service}/src/main.ts`,
          { ...environment, FCODE_CLOCK_FILE: member.clockFile },
          { port: member.target.port, seconds: startsWithinSeconds, ...(root === undefined ? {} : { root }) },
        );
        const { process: child } = running;
        const exited = once(child, 'exit');
        if (this.#isEnding) {
          await running.stop();
          return;
        }
        member.running = running;
        if (child.exitCode === null && child.signalCode === null) await exited;
        if (!this.#expected.delete(running) && !this.#isEnding) this.crashes += 1;
        log(running.log());
      } catch (error) {
        log(`${(error as Error).message}\n`);
        await sleep(200);
      }
      member.running = undefined;
      member.isPaused = false;
    }
  }
}
