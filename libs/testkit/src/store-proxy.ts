import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { StaleIndex } from './stale-index.ts';
import { type EngineAnswer, type FaultKind, Harm, type StoreFaults } from './store-faults.ts';
import { isItemWrite } from './written-keys.ts';

export interface StoreCall {
  /** E.g. `BatchExecuteStatement`. */
  operation: string;
  body: string;
}

/**
 * What to do with one call: `pass` it; `lose` its response (the store did it, the caller never hears); `refuse` it
 * before the store sees it; or answer with a document of our own, as DynamoDB would when it throttles.
 */
export type Fault = 'pass' | 'lose' | 'refuse' | { status: number; body: object };

export interface StoreProxy {
  endpoint: string;
  /** What came, where it is recorded. */
  calls: StoreCall[];
  /** Decides on each call, which waits for it; starts as pass. */
  fault: (call: StoreCall) => Fault | Promise<Fault>;
  /** What is to be done to calls by chance, in place of what was set before. Calls that `fault` passes are drawn from. */
  set(faults: StoreFaults): void;
  /** How often each was really done, to a call or to a statement of a batch. */
  readonly counts: Readonly<Record<FaultKind, number>>;
  /** Statements and queries of an index that `staleIndexMs` could do nothing with, and let pass as they are. */
  readonly notUnderstood: ReadonlySet<string>;
  stop(): Promise<void>;
}

export interface StoreProxyOptions {
  /** From 0 up to 1, e.g. of a seed; default Math.random. */
  random?: () => number;
  /** Keep what came in `calls`; default true. A long run would fill the memory. */
  record?: boolean;
}

const pass = (): Fault => 'pass';
/** Idle connections to the engine end before the engine ends them, which could be just when a call leaves. */
const idleMs = 10_000;
/** Between two neighbours only; and a length is counted anew. */
const hops = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'accept-encoding']);

/** Stands on loopback before a real engine, counts its calls and does to them what local engines never do. */
export const startStoreProxy = async (
  target: string,
  { random = Math.random, record = true }: StoreProxyOptions = {},
): Promise<StoreProxy> => {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true, timeout: idleMs });
  const harm = new Harm(random);
  const stale = new StaleIndex();

  const forward = (incoming: IncomingMessage, body: Buffer): Promise<EngineAnswer> =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming;
      const options = { agent, hostname, port, method, path, headers: onward(headers, body) };
      const asked = request(options, (answer) => {
        read(answer).then(
          (said) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: said }),
          reject,
        );
      });
      // A caller that goes away is gone for the engine too.
      const leave = () => asked.destroy();
      incoming.socket.once('close', leave);
      asked.on('error', reject).on('close', () => incoming.socket.off('close', leave));
      asked.end(body);
    });

  const send = async (incoming: IncomingMessage, operation: string, body: Buffer): Promise<EngineAnswer> => {
    const { staleIndexMs = 0 } = harm.faults;
    if (staleIndexMs <= 0) return await forward(incoming, body);
    if (isItemWrite(operation)) {
      let answer: EngineAnswer | undefined;
      try {
        answer = await forward(incoming, body);
        return answer;
      } finally {
        stale.wrote(operation, body, answer, staleIndexMs);
      }
    }
    const answer = await forward(incoming, body);
    if (operation !== 'Query' || !body.includes('"IndexName"')) return answer;
    const aged = stale.answer(body, answer, random() * staleIndexMs, staleIndexMs);
    if (aged !== answer) harm.counts.staleIndex += 1;
    return aged;
  };

  const proxy: StoreProxy = {
    endpoint: '',
    calls: [],
    fault: pass,
    set: (faults) => {
      harm.faults = { ...faults };
      if (!faults.staleIndexMs) stale.forget();
    },
    counts: harm.counts,
    notUnderstood: stale.notUnderstood,
    stop: async () => {},
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await read(incoming);
    const operation =
      String(incoming.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    let fault: Fault = 'pass';
    if (record || proxy.fault !== pass) {
      const call = { operation, body: body.toString() };
      if (record) proxy.calls.push(call);
      fault = await proxy.fault(call);
    }
    if (fault === 'refuse') return void incoming.socket.destroy();
    if (typeof fault === 'object') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
      return void outgoing.end(JSON.stringify(fault.body));
    }
    const answer = await harm.do(operation, body, (sent) => send(incoming, operation, sent));
    if (!answer || fault === 'lose') return void incoming.socket.destroy();
    const headers = answer.headers ?? { 'content-type': 'application/x-amz-json-1.0' };
    outgoing.writeHead(answer.status, onward(headers, answer.body)).end(answer.body);
  };
  const server = createServer((incoming, outgoing) => {
    // The caller hears of an engine that is away as it would without us: by its connection.
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  // Callers keep their connections for as long as they like.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.stop = async () => {
    server.closeAllConnections();
    agent.destroy();
    server.close();
    await once(server, 'close');
  };
  return proxy;
};

const read = (message: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
      .on('error', reject);
  });

const onward = (headers: IncomingHttpHeaders, body: Buffer) => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.has(name))),
  'content-length': body.length,
});
