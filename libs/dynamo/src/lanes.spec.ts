import { describe, expect, it } from 'vitest';
import { StoreBusy } from './errors.ts';
import { Lanes } from './lanes.ts';

const soon = () => performance.now() + 5000;
const turnOfLoop = () => new Promise((resolve) => setImmediate(resolve));

/** Lanes whose requests end when the test says so. */
const held = ({ size = 3, inFlight = 1, queue = 100 } = {}) => {
  const requests: { jobs: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const lanes = new Lanes<string, string>({
    size,
    inFlight,
    queue,
    idOf: (job) => job.split('/')[0] as string,
    run: (jobs) =>
      new Promise((resolve, reject) => {
        requests.push({ jobs, answer: () => resolve(jobs.map((job) => `${job}!`)), fail: reject });
      }),
  });
  return { lanes, requests };
};

describe('jobs for the store', () => {
  it('go together when they come together, in order, and each gets its own answer', async () => {
    const { lanes, requests } = held();
    const answers = Promise.all(['a', 'b', 'c', 'd'].map((job) => lanes.submit(job, soon())));
    await turnOfLoop();
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a', 'b', 'c']]);
    requests[0]?.answer();
    await turnOfLoop();
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a', 'b', 'c'], ['d']]);
    requests[1]?.answer();
    expect(await answers).toEqual(['a!', 'b!', 'c!', 'd!']);
  });

  it('do not wait for company while a request may start', async () => {
    const { lanes, requests } = held({ inFlight: 2 });
    const first = lanes.submit('a', soon());
    await turnOfLoop();
    const second = lanes.submit('b', soon());
    await turnOfLoop();
    const third = lanes.submit('c', soon());
    await turnOfLoop();
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a'], ['b']]);
    requests[1]?.answer();
    expect(await second).toBe('b!');
    await turnOfLoop();
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a'], ['b'], ['c']]);
    for (const { answer } of requests) answer();
    expect(await Promise.all([first, third])).toEqual(['a!', 'c!']);
  });

  it('never share a request with a job of their id, keep the order of that id, and hold nobody up', async () => {
    const { lanes, requests } = held();
    const answers = Promise.all(['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'd/1'].map((job) => lanes.submit(job, soon())));
    for (let request = 0; request < 3; request += 1) {
      await turnOfLoop();
      requests[request]?.answer();
    }
    await answers;
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a/1', 'b/1', 'c/1'], ['a/2', 'd/1'], ['a/3']]);
  });

  it('are never started after their deadline, and the others go on', async () => {
    const { lanes, requests } = held();
    const first = lanes.submit('a', soon());
    await turnOfLoop();
    const late = lanes.submit('b', performance.now() + 5).catch((error: unknown) => error);
    const inTime = lanes.submit('c', soon());
    await new Promise((resolve) => setTimeout(resolve, 10));
    requests[0]?.answer();
    await first;
    await turnOfLoop();
    expect(requests.map(({ jobs }) => jobs)).toEqual([['a'], ['c']]);
    requests[1]?.answer();
    expect(await inTime).toBe('c!');
    expect(await late).toBeInstanceOf(StoreBusy);
  });

  it('start again after a queue in which every job was too late', async () => {
    const { lanes, requests } = held();
    await expect(lanes.submit('a', performance.now() - 1)).rejects.toBeInstanceOf(StoreBusy);
    expect(requests).toEqual([]);
    const next = lanes.submit('b', soon());
    await turnOfLoop();
    requests[0]?.answer();
    expect(await next).toBe('b!');
  });

  it('are refused at once beyond the bound, and those before them are served', async () => {
    const { lanes, requests } = held({ queue: 2 });
    const first = lanes.submit('a', soon());
    await turnOfLoop();
    const waiting = [lanes.submit('b', soon()), lanes.submit('c', soon())];
    await expect(lanes.submit('d', soon())).rejects.toMatchObject({ name: 'StoreBusy', outcomeUnknown: false });
    requests[0]?.answer();
    await turnOfLoop();
    requests[1]?.answer();
    expect(await Promise.all([first, ...waiting])).toEqual(['a!', 'b!', 'c!']);
  });

  it('all fail with a request that fails, and only they', async () => {
    const { lanes, requests } = held({ size: 2 });
    const answers = Promise.allSettled(['a', 'b', 'c'].map((job) => lanes.submit(job, soon())));
    await turnOfLoop();
    requests[0]?.fail(new Error('away'));
    await turnOfLoop();
    requests[1]?.answer();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
