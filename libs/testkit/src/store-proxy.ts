import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  calls: StoreCall[];
  /** Decides on each call, which waits for it; starts as pass. */
  fault: (call: StoreCall) => Fault | Promise<Fault>;
  stop(): Promise<void>;
}

/** Stands on loopback before a real engine, counts its calls and does to them what local engines never do. */
export const startStoreProxy = async (target: string): Promise<StoreProxy> => {
  const proxy: StoreProxy = { endpoint: '', calls: [], fault: () => 'pass', stop: async () => {} };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const call = {
      operation:
        String(incoming.headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) ?? '',
      body: Buffer.concat(chunks).toString(),
    };
    proxy.calls.push(call);
    const fault = await proxy.fault(call);
    if (fault === 'refuse') return void incoming.socket.destroy();
    if (typeof fault === 'object') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
      return void outgoing.end(JSON.stringify(fault.body));
    }
    const { host: _, ...headers } = incoming.headers;
    const forwarded = request(target, { method: 'POST', path: incoming.url, headers }, (answer) => {
      if (fault === 'lose') {
        answer.resume();
        return void answer.on('end', () => incoming.socket.destroy());
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => incoming.socket.destroy());
    forwarded.end(call.body);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return proxy;
};
