import { StoreBusy } from './errors.ts';

export interface LaneOptions<Job, Result> {
  /** Most jobs in one request. */
  size: number;
  /** Requests under way at once; jobs that come meanwhile share the next one. */
  inFlight: number;
  /** Jobs that may wait; one more is refused with StoreBusy. */
  queue: number;
  /** Two jobs of one id never share a request (the store refuses such a batch whole); without it any may. */
  idOf?: (job: Job) => string;
  /** One answer for each job, in order; throwing fails them all. */
  run: (jobs: Job[]) => Promise<Result[]>;
}

interface Waiting<Job, Result> {
  job: Job;
  id: string | undefined;
  deadline: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: concurrent jobs ride in one request. Nobody waits for company; a job goes at once when a request may
 * start, and what arrives while all are under way shares the next. A job that shares its id with one in the batch
 * stays behind for the following one and holds nobody up.
 */
export class Lanes<Job, Result> {
  #waiting: Waiting<Job, Result>[] = [];
  #running = 0;
  #scheduled = false;
  readonly #options: LaneOptions<Job, Result>;

  constructor(options: LaneOptions<Job, Result>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** `deadline` in ms of performance.now(): a job still waiting then is never started. */
  submit(job: Job, deadline: number): Promise<Result> {
    if (this.#waiting.length >= this.#options.queue) {
      return Promise.reject(new StoreBusy('too many writes are waiting for the store'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, id: this.#options.idOf?.(job), deadline, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // Jobs of the same turn of the event loop go together.
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#pump();
      });
    });
  }

  #pump(): void {
    while (this.#running < this.#options.inFlight && this.#waiting.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) return;
      this.#running += 1;
      void this.#run(batch);
    }
  }

  #take(): Waiting<Job, Result>[] {
    const now = performance.now();
    const batch: Waiting<Job, Result>[] = [];
    const behind: Waiting<Job, Result>[] = [];
    const ids = new Set<string>();
    let position = 0;
    for (; position < this.#waiting.length && batch.length < this.#options.size; position += 1) {
      const waiting = this.#waiting[position] as Waiting<Job, Result>;
      if (waiting.deadline <= now) {
        waiting.reject(new StoreBusy('the deadline passed before the store could be asked'));
      } else if (waiting.id !== undefined && ids.has(waiting.id)) {
        behind.push(waiting);
      } else {
        if (waiting.id !== undefined) ids.add(waiting.id);
        batch.push(waiting);
      }
    }
    this.#waiting = behind.concat(this.#waiting.slice(position));
    return batch;
  }

  async #run(batch: Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ job }) => job));
      batch.forEach(({ resolve }, position) => {
        resolve(results[position] as Result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running -= 1;
      this.#pump();
    }
  }
}
