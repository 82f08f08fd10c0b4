import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role, signToken } from '@fcode/http';
import { freePort } from '@fcode/infra/engine';
import { type Running, startProcess } from '@fcode/processes';
import { type Calling, callingWith } from './calling.ts';

export interface Embedded {
  url: string;
  /** What it keeps everything in. */
  folder: string;
  /** `lifetime` as in `12h`; negative for one that is over. */
  token: (role: Role, subject: string, lifetime?: string) => Promise<string>;
  as: (role: Role, subject: string) => Promise<Calling>;
  /** SIGTERM. */
  end: () => Promise<void>;
  /** kill -9. */
  kill: () => Promise<void>;
  /** At the same place with the same data, after it ended. */
  resume: () => Promise<void>;
  /** Ends it and deletes its data. */
  stop: () => Promise<void>;
}

/**
 * The whole system as one process, as `npm start` runs it: for what is the same however many processes there are, since it
 * costs a fifth of them.
 */
export const startEmbedded = async (): Promise<Embedded> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-embedded-'));
  const port = await freePort();
  let running: Running;
  const resume = async () => {
    running = await startProcess('infra/embedded/src/main.ts', { FCODE_DATA: folder }, { port, args: ['--empty'] });
  };
  const end = async () => {
    await running.stop();
  };
  await resume();
  const { jwtSecret } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as { jwtSecret: string };
  const token: Embedded['token'] = (role, subject, lifetime) =>
    signToken(jwtSecret, { subject, roles: [role] }, lifetime);
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    token,
    as: async (role, subject) => callingWith(await token(role, subject)),
    end,
    kill: () => running.kill(),
    resume,
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
