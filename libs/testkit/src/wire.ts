import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { quietPort } from './port.ts';

export interface Wire {
  port: number;
  /** Destroys all connections now; new ones are accepted again at once. */
  cut(): void;
  /** Cuts, and refuses new connections until `unblock`, as a port does on which nobody listens. */
  block(): void;
  unblock(): void;
  /** Each chunk in either direction waits for so many ms, in order; 0: none. */
  delay(ms: number): void;
  /** How many there are now. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface WireOptions {
  /** Where it listens; absent: a free port. */
  port?: number;
}

/** Bytes of one direction that may be on their way; as much as a socket and its peer hold. */
const mostUnderWay = 256 * 1024;

/** A plain TCP proxy on loopback; of a target that is an object the port is read anew for each connection. */
export const startWire = async (
  target: number | { port: number },
  { port: given }: WireOptions = {},
): Promise<Wire> => {
  const port = given ?? (await quietPort());
  const sockets = new Set<Socket>();
  let connections = 0;
  let delayMs = 0;
  let isOpen = true;

  const accept = (near: Socket) => {
    const far = connect({
      port: typeof target === 'number' ? target : target.port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    connections += 1;
    let open = 2;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      // What happened to one end is told to the other by how it is closed.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        if (!one.readableEnded) other.destroy();
        open -= 1;
        if (open === 0) connections -= 1;
      });
      carry(one, other, () => delayMs);
    }
  };

  let server: Server | undefined;
  const listen = async () => {
    const opened = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    server = opened;
    const listening = once(opened, 'listening');
    opened.listen(port, '127.0.0.1');
    await listening;
    // Blocked again before it listened.
    if (server !== opened) opened.close();
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const block = () => {
    isOpen = false;
    server?.close();
    server = undefined;
    cut();
  };
  const unblock = () => {
    if (isOpen) return;
    isOpen = true;
    const attempt = (): void => {
      if (!isOpen) return;
      // Somebody may have been lent the port meanwhile.
      listen().catch(() => setTimeout(attempt, 20));
    };
    attempt();
  };

  await listen();
  return {
    port,
    cut,
    block,
    unblock,
    delay: (ms) => {
      delayMs = ms;
    },
    get connections() {
      return connections;
    },
    stop: async () => {
      const closed = server && once(server, 'close');
      block();
      await closed;
    },
  };
};

/** Carries what is read from one socket to the other, and its end, each as late as `delayMs` says when it comes. */
const carry = (from: Socket, to: Socket, delayMs: () => number): void => {
  const underWay: { chunk?: Buffer; due: number }[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    while (underWay[0] && underWay[0].due <= now && !to.writableNeedDrain) {
      const { chunk } = underWay.shift() as { chunk?: Buffer };
      if (!chunk) return void to.end();
      bytes -= chunk.length;
      to.write(chunk);
    }
    if (bytes < mostUnderWay && from.isPaused()) from.resume();
    const [first] = underWay;
    // A full socket says when there is room.
    if (first && !to.writableNeedDrain) timer = setTimeout(deliver, Math.max(1, first.due - now));
  };
  const take = (chunk?: Buffer) => {
    if (to.destroyed) return;
    // A shorter delay than before does not let a chunk overtake.
    const due = Math.max(performance.now() + delayMs(), underWay.at(-1)?.due ?? 0);
    underWay.push(chunk ? { chunk, due } : { due });
    bytes += chunk?.length ?? 0;
    if (bytes >= mostUnderWay) from.pause();
    if (!timer) deliver();
  };
  from.on('data', take).on('end', () => take());
  to.on('drain', () => {
    if (!timer) deliver();
  });
  to.on('close', () => clearTimeout(timer));
};
