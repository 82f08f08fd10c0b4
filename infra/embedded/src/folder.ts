import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The secrets of one installation, made at its first start and readable by its owner only. */
export interface Secrets {
  jwtSecret: string;
  codeKeys: string;
  buyerKey: string;
}

export interface Folder {
  path: string;
  storeFile: string;
  logFile: string;
  secrets: Secrets;
  /** Lets another process use the folder. A process that dies lets go by dying. */
  release: () => void;
}

/** Opens the data folder for this process alone. Throws with what to do when another process has it. */
export const openFolder = (given: string): Folder => {
  const path = resolve(given);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(path, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (by INTEGER); COMMIT');
  } catch {
    lock.close();
    throw new Error(
      `Another F-code system is running on ${path}. Stop it, or choose another folder: FCODE_DATA=./other`,
    );
  }
  return {
    path,
    storeFile: join(path, 'store.sqlite'),
    logFile: join(path, 'events.sqlite'),
    secrets: secretsIn(join(path, 'secrets.json')),
    release: () => lock.close(),
  };
};

const secretsIn = (file: string): Secrets => {
  if (!existsSync(file)) {
    const random = () => randomBytes(32).toString('base64url');
    const secrets: Secrets = { jwtSecret: random(), codeKeys: `1:${random()}`, buyerKey: random() };
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  }
  chmodSync(file, 0o600);
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
};
