import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  /** Says in `store.url` where the store of the running system answers; gives what takes it back. */
  announce: (storeUrl: string) => () => void;
  /** Lets another process use the folder. A process that dies lets go by dying. */
  release: () => void;
}

/** Opens the data folder for this process alone. Throws with what to do when another process has it. */
export const openFolder = (given: string): Folder => {
  const path = resolve(given);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(path, 'lock.sqlite'));
  const pidFile = join(path, 'running.pid');
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (by INTEGER); COMMIT');
  } catch (error) {
    lock.close();
    const { errcode = 0, message } = error as Error & { errcode?: number };
    const isBusy = errcode % 256 === 5;
    if (!isBusy) throw new Error(`${join(path, 'lock.sqlite')} cannot be locked: ${message}`, { cause: error });
    const pid = existsSync(pidFile) ? ` (process ${readFileSync(pidFile, 'utf8').trim()})` : '';
    throw new Error(
      `Another F-code system${pid} is running on ${path}. Stop it, or choose another folder: FCODE_DATA=./other`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  const storeFile = join(path, 'store.sqlite');
  const logFile = join(path, 'events.sqlite');
  try {
    const isUsed = existsSync(storeFile) || existsSync(logFile);
    const secrets = secretsIn(path, isUsed);
    return { path, storeFile, logFile, secrets, announce: announceIn(path), release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
};

const announceIn = (folder: string) => {
  const file = join(folder, 'store.url');
  // What a process that was killed said leads nowhere.
  rmSync(file, { force: true });
  return (storeUrl: string) => {
    // Renamed into place, so that nobody reads half of it.
    writeFileSync(`${file}.new`, `${storeUrl}\n`);
    renameSync(`${file}.new`, file);
    return () => rmSync(file, { force: true });
  };
};

const secretsIn = (folder: string, isUsed: boolean): Secrets => {
  const file = join(folder, 'secrets.json');
  if (!existsSync(file)) {
    // With other keys, every code that was given out would be a forgery.
    if (isUsed) {
      throw new Error(
        `The secrets of ${folder} are gone, and no code that it gave out is valid without them. Restore secrets.json ` +
          'from the backup of store.sqlite and events.sqlite, or start on an empty folder: FCODE_DATA=./other',
      );
    }
    const random = () => randomBytes(32).toString('base64url');
    const secrets: Secrets = { jwtSecret: random(), codeKeys: `1:${random()}`, buyerKey: random() };
    // Renamed into place, so that a process killed here leaves no half of a file.
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  chmodSync(file, 0o600);
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
};
