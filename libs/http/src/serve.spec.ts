import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listen, type Served } from './serve.ts';

const open: Served[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(open.splice(0).map((served) => served.close(0)));
});

/** Serves requests that wait until the test lets them go. */
const gated = async () => {
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const served = await listen(
    async ({ url }) => {
      if (!url.endsWith('/slow')) return new Response('quick');
      arrived();
      await gate;
      return new Response('slow');
    },
    { port: 0 },
  );
  open.push(served);
  return { served, go, arrival };
};
/** One request over a connection that is kept, as load balancers do. */
const asking = (url: string, agent: Agent): Promise<{ body: string; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (answer: IncomingMessage) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      answer.on('end', () => resolve({ body, connection: answer.headers.connection }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
const keeping = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
};

describe('listening', () => {
  it('answers on a port of its choice', async () => {
    const { served } = await gated();
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(served.url)).text()).toBe('quick');
  });

  it('is refused with what to do when the port is taken', async () => {
    const { served } = await gated();
    const port = Number(new URL(served.url).port);
    await expect(listen(() => new Response(), { port })).rejects.toThrow(
      `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1}`,
    );
    // Who was there first does not notice.
    expect((await fetch(served.url)).status).toBe(200);
  });

  it('never advises a port that there is not', async () => {
    const last = await listen(() => new Response(), { port: 65_535 });
    open.push(last);
    await expect(listen(() => new Response(), { port: 65_535 })).rejects.toThrow('PORT=65534');
  });

  it('gives the port back', async () => {
    const { served } = await gated();
    await served.close();
    const again = await listen(() => new Response('again'), { port: Number(new URL(served.url).port) });
    open.push(again);
    expect(await (await fetch(again.url)).text()).toBe('again');
  });
});

describe('closing', () => {
  it('lets a request under way finish, and takes no new connection', async () => {
    const { served, go, arrival } = await gated();
    const slow = asking(`${served.url}/slow`, keeping());
    await arrival;
    let isClosed = false;
    const closing = served.close().then(() => {
      isClosed = true;
    });
    await expect(asking(served.url, keeping())).rejects.toThrow('ECONNREFUSED');
    expect(isClosed).toBe(false);
    go();
    expect(await slow).toEqual({ body: 'slow', connection: 'close' });
    await closing;
  });

  it('does not wait for connections that are only kept', async () => {
    const { served } = await gated();
    await asking(served.url, keeping());
    const before = performance.now();
    await served.close();
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('takes no further request over the connection of one that was under way, and ends as soon as that is answered', async () => {
    const { served, go, arrival } = await gated();
    const agent = keeping();
    const slow = asking(`${served.url}/slow`, agent);
    await arrival;
    const before = performance.now();
    const closing = served.close();
    go();
    await slow;
    await expect(asking(served.url, agent)).rejects.toThrow('ECONNREFUSED');
    await closing;
    // Not the five seconds that a connection is kept, and not the ten of grace.
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('waits for a body whose beginning was sent already', async () => {
    let end = () => {};
    const served = await listen(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            start: (stream) => {
              stream.enqueue(new TextEncoder().encode('begin'));
              end = () => {
                stream.enqueue(new TextEncoder().encode(' end'));
                stream.close();
              };
            },
          }),
        ),
      { port: 0 },
    );
    open.push(served);
    const response = await fetch(served.url);
    const before = performance.now();
    const closing = served.close();
    end();
    expect(await response.text()).toBe('begin end');
    await closing;
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('is bounded: after the grace, what hangs is cut off', async () => {
    const { served, arrival } = await gated();
    const slow = asking(`${served.url}/slow`, keeping()).catch((error: Error) => error);
    await arrival;
    const before = performance.now();
    await served.close(200);
    const took = performance.now() - before;
    expect(took).toBeGreaterThan(150);
    expect(took).toBeLessThan(2000);
    expect(await slow).toBeInstanceOf(Error);
  });

  it('is bounded too for a client that connects and never asks', async () => {
    const { served } = await gated();
    const silent = connect(Number(new URL(served.url).port), '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    silent.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const gone = once(silent, 'close');
    await served.close(200);
    await gone;
    expect(silent.destroyed).toBe(true);
  });

  it('may be asked for twice', async () => {
    const { served } = await gated();
    await served.close();
    await served.close();
    await expect(fetch(served.url)).rejects.toThrow('fetch failed');
  });
});
