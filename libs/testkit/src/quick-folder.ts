import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/**
 * Where to make folders for engines, in memory where there is room. They force each write to the disk, which only a machine that
 * fails would need: in tests a process does.
 */
export const quickFolder = async (): Promise<string> => {
  const memory = '/dev/shm';
  const space = await statfs(memory).catch(() => undefined);
  return space && space.bavail * space.bsize > 2 ** 31 ? memory : tmpdir();
};
