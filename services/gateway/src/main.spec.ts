import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upstreamNames } from './app.ts';

type Handler = (request: IncomingMessage, answer: ServerResponse) => void;
let handle: Handler;
let service: Server;
let gateway: ChildProcess;
let url: string;

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = async (server: Server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};
/** The real process before one server that stands for all services but insights, which is away. */
beforeAll(async () => {
  service = await listening(createServer((request, answer) => handle(request, answer)));
  const [own, away] = await Promise.all([listening(createServer()), listening(createServer())]);
  const [port, awayPort] = [portOf(own), portOf(away)];
  for (const server of [own, away]) {
    server.close();
    await once(server, 'close');
  }
  const urls = upstreamNames.map((name) => [
    `FCODE_${name.toUpperCase()}_URL`,
    `http://127.0.0.1:${name === 'insights' ? awayPort : portOf(service)}/`,
  ]);
  gateway = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
    env: { PATH: process.env.PATH, PORT: String(port), ...Object.fromEntries(urls) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    gateway.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('"ready"')) resolve();
    });
    gateway.on('exit', () => reject(new Error(log)));
  });
  url = `http://127.0.0.1:${port}`;
}, 20_000);
afterAll(async () => {
  gateway.kill('SIGKILL');
  service.closeAllConnections();
  service.close();
});

const textOf = async (request: IncomingMessage) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
};

describe('the gateway as a process of its own', () => {
  it('hands on method, path, query, headers and body, and one request id', async () => {
    handle = (request, answer) => {
      void textOf(request).then((body) => {
        const { method, url: path, headers } = request;
        answer.writeHead(201, { 'content-type': 'application/json', 'idempotent-replayed': 'true' });
        answer.end(
          JSON.stringify({ method, path, body, key: headers['idempotency-key'], id: headers['x-request-id'] }),
        );
      });
    };
    const response = await fetch(`${url}/v1/campaigns/a%20b%2Fc?limit=1`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(await response.json()).toEqual({
      method: 'POST',
      path: '/v1/campaigns/a%20b%2Fc?limit=1',
      body: '{"a":1}',
      key: 'k',
      id: expect.stringMatching(/^req_/),
    });
  });

  it('passes on a long answer piece by piece, as it comes', async () => {
    let slow: ServerResponse | undefined;
    handle = (_, answer) => {
      slow = answer;
      answer.writeHead(200, { 'content-type': 'text/csv' });
      answer.write('code\r\n');
    };
    const response = await fetch(`${url}/v1/campaigns/cmp_1/batches/1/codes.csv`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    // The next piece is written only after this one has arrived, so a gateway that buffers would never end.
    expect((await reader?.read())?.value).toBe('code\r\n');
    for (const piece of ['one\r\n', 'two\r\n']) {
      slow?.write(piece);
      expect((await reader?.read())?.value).toBe(piece);
    }
    slow?.end();
    expect((await reader?.read())?.done).toBe(true);
  });

  it('passes on a file as it comes, and says which is too large when it turns out to be', async () => {
    let taken = 0;
    let begun = Promise.withResolvers<void>();
    handle = (request, answer) => {
      request.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        begun.resolve();
      });
      request.on('end', () => answer.end(String(taken)));
    };
    const send = (pieces: number, bytes: number) => {
      [taken, begun] = [0, Promise.withResolvers<void>()];
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          // A gateway that waits for the end would never have it.
          if (sent === 1) await begun.promise;
          sent += 1;
          if (sent > pieces) controller.close();
          else controller.enqueue(new Uint8Array(bytes));
        },
      });
      return fetch(`${url}/v1/campaigns/cmp_1/grants/csv`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body,
        duplex: 'half',
      } as RequestInit);
    };
    expect(await (await send(3, 1000)).text()).toBe('3000');
    const refused = await send(65, 1024 * 1024);
    expect([refused.status, await refused.json()]).toMatchObject([413, { type: 'urn:fcode:problem:body_too_large' }]);
  });

  it('repeats a request whose connection broke, with its body and the same id', async () => {
    const tries: { body: string; id: unknown }[] = [];
    handle = (request, answer) => {
      void textOf(request).then((body) => {
        tries.push({ body, id: request.headers['x-request-id'] });
        if (tries.length === 1) request.socket.destroy();
        else answer.end('done');
      });
    };
    const response = await fetch(`${url}/v1/checkout/hold`, { method: 'POST', body: '{"a":1}' });
    expect(await response.text()).toBe('done');
    expect(tries).toHaveLength(2);
    expect(tries[0]).toEqual(tries[1]);
    expect(tries[0]?.body).toBe('{"a":1}');
  });

  it('names the service that is away, and does not repeat for ever', async () => {
    let tries = 0;
    handle = (request) => {
      tries += 1;
      request.socket.destroy();
    };
    const broken = await fetch(`${url}/v1/checkout/hold`, { method: 'POST', body: '{}' });
    expect([broken.status, tries]).toEqual([503, 2]);
    expect(await broken.json()).toMatchObject({ detail: 'redemption is away.' });
    const away = await fetch(`${url}/v1/codes/1/history`);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await away.json()).toMatchObject({ detail: 'insights is away.' });
    handle = (_, answer) => answer.end('{}');
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready', away: ['insights'] });
  });

  it('ends in order, after the last answer', async () => {
    const exited = once(gateway, 'exit');
    handle = (_, answer) => {
      gateway.kill('SIGTERM');
      setTimeout(() => answer.end('last'), 200);
    };
    expect(await (await fetch(`${url}/v1/campaigns`)).text()).toBe('last');
    expect(await exited).toEqual([0, null]);
  });
});
