import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve as listenWith } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Service } from './service.ts';

export interface Served {
  url: string;
  /** Takes no new connections, lets requests under way finish (at most `graceMs`), then closes. */
  close(graceMs?: number): Promise<void>;
}

/** Listens; rejects with a sentence to act on when the port is taken. */
export const listen = async (
  fetch: (request: Request) => Response | Promise<Response>,
  { port, hostname = '127.0.0.1' }: { port: number; hostname?: string },
): Promise<Served> => {
  const server = listenWith({ fetch, port, hostname }) as Server;
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const other = port < 65_535 ? port + 1 : port - 1;
    throw new Error(`Port ${port} is taken. Stop what uses it, or choose another: PORT=${other}`);
  }
  // A closed server still answers on kept connections, as long as their clients go on asking: each answer must end its own.
  const underWay = new Set<ServerResponse>();
  let closing = false;
  const endConnectionAfter = (answer: ServerResponse) => {
    if (!answer.headersSent) answer.setHeader('Connection', 'close');
  };
  server.prependListener('request', (_, answer: ServerResponse) => {
    if (closing) endConnectionAfter(answer);
    underWay.add(answer);
    answer.once('close', () => {
      underWay.delete(answer);
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${hostname}:${chosen}`,
    close: async (graceMs = 10_000) => {
      closing = true;
      const closed = once(server, 'close');
      server.close();
      for (const answer of underWay) endConnectionAfter(answer);
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
};

/** Ends the process in order on SIGTERM or SIGINT, with `process.exitCode`, and at once on the second one. */
export const endOnSignal = (stop: () => Promise<void>, logger: Logger): void => {
  let stopping = false;
  const end = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    stop().then(
      () => process.exit(),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
};

/** Runs a service as this process: listens, starts, and on a signal drains requests, stops and closes what it used. */
export const run = async (
  service: Service,
  { PORT: port, HOST: hostname }: { PORT: number; HOST: string },
  logger: Logger,
  closeRest: () => Promise<void> = async () => {},
): Promise<void> => {
  const served = await listen((request) => service.app.fetch(request), { port, hostname });
  endOnSignal(async () => {
    await served.close();
    await service.stop();
    await closeRest();
  }, logger);
  await service.start();
  logger.info({ url: served.url }, 'ready');
};

/** What main.ts ends with when it cannot start: one line to act on, no stack. */
export const failToStart = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
};
