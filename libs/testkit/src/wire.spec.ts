import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { startWire, type Wire } from './wire.ts';

let server: Server;
let serve: (socket: Socket) => void;
const port = () => (server.address() as AddressInfo).port;
const echo = (socket: Socket) => void socket.pipe(socket);
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

let wire: Wire;
beforeEach(async () => {
  serve = echo;
  wire = await startWire(port());
});
afterEach(() => wire.stop());

const call = async (to = wire.port): Promise<Socket> => {
  const socket = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
};
const asks = async (socket: Socket, text: string): Promise<string> => {
  socket.write(text);
  const [said] = (await once(socket, 'data')) as [Buffer];
  return said.toString();
};
const refused = () => expect(call()).rejects.toThrow('ECONNREFUSED');

describe('a wire', () => {
  it('carries both ways, and counts its connections', async () => {
    const both = [await call(), await call()] as const;
    expect(await Promise.all(both.map((socket, position) => asks(socket, `hello ${position}`)))).toEqual([
      'hello 0',
      'hello 1',
    ]);
    expect(wire.connections).toBe(2);
    for (const socket of both) socket.end();
    await until(() => wire.connections === 0, 'both to be closed');
  });

  it('lets one direction end before the other', async () => {
    serve = (socket) => void buffer(socket).then((all) => socket.end(`${all.length} bytes`));
    const socket = await call();
    socket.end(Buffer.alloc(1_000_000));
    expect((await buffer(socket)).toString()).toBe('1000000 bytes');
    await until(() => wire.connections === 0);
  });

  it('reads no more than somebody takes', async () => {
    let read = 0;
    serve = (socket) => socket.pause();
    const socket = await call();
    const total = 64 * 1024 * 1024;
    socket.write(Buffer.alloc(total));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stuck = socket.bytesWritten - socket.writableLength;
    expect(stuck).toBeLessThan(total / 2);
    wire.cut();
    serve = (taking) => void taking.on('data', (chunk: Buffer) => (read += chunk.length));
    const other = await call();
    other.end(Buffer.alloc(total));
    await until(() => read === total, 'all of it to arrive');
    other.destroy();
  });

  it.each([0, 20])('keeps the bytes and their order, each %i ms late', async (ms) => {
    wire.delay(ms);
    const socket = await call();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, position) => (position * 7) % 251));
    socket.end(sent);
    expect((await buffer(socket)).equals(sent)).toBe(true);
  });
});

describe('a wire that is cut', () => {
  it('destroys every connection on both sides, and takes new ones at once', async () => {
    let closed = 0;
    serve = (socket) => echo(socket.on('close', () => (closed += 1)));
    const both = [await call(), await call()] as const;
    await Promise.all(both.map((socket) => asks(socket, 'hello')));
    const ends = both.map((socket) => once(socket.resume(), 'end'));
    wire.cut();
    await Promise.all(ends);
    for (const socket of both) socket.destroy();
    await until(() => closed === 2 && wire.connections === 0, 'the server to know');
    const next = await call();
    expect(await asks(next, 'again')).toBe('again');
    next.destroy();
  });

  it('loses what was under way', async () => {
    let heard = 0;
    serve = (socket) => void socket.on('data', () => (heard += 1));
    wire.delay(50);
    const socket = await call();
    socket.write('never');
    await until(() => socket.bytesWritten > 0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    wire.cut();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toBe(0);
  });

  it('refuses connections while it is blocked', async () => {
    const socket = await call();
    const ended = once(socket.resume(), 'end');
    wire.block();
    wire.block();
    await ended;
    socket.destroy();
    await refused();
    wire.unblock();
    wire.block();
    await refused();
    wire.unblock();
    wire.unblock();
    const next = await until(() => call(), 'it to be open');
    expect(await asks(next, 'again')).toBe('again');
    next.destroy();
  });
});

describe('a wire that is slow', () => {
  it('delays each chunk in each direction, not one after the other', async () => {
    const socket = await call();
    wire.delay(50);
    const began = performance.now();
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    for (let count = 0; count < 10; count += 1) {
      socket.write(String(count));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => heard === '0123456789', 'all to be heard');
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(140);
    expect(took).toBeLessThan(600);
    wire.delay(0);
    heard = '';
    const quick = performance.now();
    socket.write('x');
    await until(() => heard === 'x');
    expect(performance.now() - quick).toBeLessThan(45);
    socket.destroy();
  });
});

describe('the target of a wire', () => {
  it('may be away, and come', async () => {
    const late = { port: 1 };
    const other = await startWire(late);
    const socket = await call(other.port);
    await once(socket.resume(), 'end');
    socket.destroy();
    expect(other.connections).toBe(0);
    late.port = port();
    const next = await call(other.port);
    expect(await asks(next, 'hello')).toBe('hello');
    next.destroy();
    await other.stop();
  });

  it('closes the near end by going away', async () => {
    serve = (socket) => void socket.once('data', () => socket.resetAndDestroy());
    const socket = await call();
    const ended = once(socket.resume(), 'close');
    socket.on('end', () => socket.end());
    socket.write('hello');
    await ended;
    await until(() => wire.connections === 0);
    expect(wire.connections).toBe(0);
  });
});
