import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '@fcode/http';
import { Advice } from './advice.ts';

const secretHere = async (): Promise<string> => {
  if (process.env.FCODE_JWT_SECRET) return process.env.FCODE_JWT_SECRET;
  const file = join(process.env.FCODE_DATA || '.data', 'secrets.json');
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { jwtSecret: string }).jwtSecret;
  } catch {
    throw new Advice(
      `There is no secret in ${file} to sign a token with. Start a system here with npm start, name its folder with ` +
        'FCODE_DATA, set FCODE_JWT_SECRET, or give a token with --token.',
    );
  }
};

/** A token for the system of this machine, signed with its own secret; `lifetime` as in `12h`. */
export const localToken = async (caller: Caller, lifetime?: string): Promise<string> => {
  const secret = await secretHere();
  // Only here, because it is most of the time that this program takes to start.
  const { signToken } = await import('@fcode/http/auth');
  return signToken(secret, caller, lifetime);
};
