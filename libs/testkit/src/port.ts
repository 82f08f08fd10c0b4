import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [lowest, highest] = [10_000, 30_000];

/**
 * A free loopback port below those the system lends to outgoing connections: while an engine is down, a client that
 * keeps trying a port from among those may be lent that very port, reach itself, and keep the engine from coming back.
 */
export const quietPort = async (): Promise<number> => {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const probe = createServer();
    try {
      const listening = once(probe, 'listening');
      probe.listen(port, '127.0.0.1');
      await listening;
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      await new Promise((resolve) => probe.close(resolve));
    }
  }
};

export const answersTcp = async (port: number, host = '127.0.0.1'): Promise<boolean> => {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};
