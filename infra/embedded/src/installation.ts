import { randomUUID } from 'node:crypto';
import type { Ref } from '@fcode/dynamo';
import type { EmbeddedLog, GroupLag } from '@fcode/event-log';
import type { Logger } from '@fcode/http';
import { topics } from '@fcode/infra/topics';
import { accept } from '@fcode/policy';
import { checkRestore, type Stores } from './restores.ts';

const installationRef: Ref<{ id: string }> = {
  pk: 'installation',
  sk: 'id',
  initial: { id: '' },
  evolve: (_, fact) => fact.data as { id: string },
};

/** Whether anything was done here; that a policy is in force, the start itself says. */
const hasHappened = async (log: EmbeddedLog, written: readonly GroupLag[]): Promise<boolean> => {
  for (const { topic, partition, end } of written) {
    const first = await log.read(topic, partition, 0);
    if (end > first.length || first.some(({ event }) => !event.type.startsWith('fcode.policy.'))) return true;
  }
  return false;
};

export interface Begun {
  /** Whether nothing has happened yet. */
  isFirstStart: boolean;
  /** The id of this start, which the log knows from now on. */
  boot: string;
}

/**
 * The store and the log carry one id, and each tells how far the other was, so that files of two installations or two
 * instants are never run together: events would be missing. Throws with what to do when the two do not belong together.
 */
export const checkInstallation = async (
  stores: Stores,
  log: EmbeddedLog,
  folder: string,
  logger: Logger,
): Promise<Begun> => {
  const isFirstStart = await checkId(stores, log, folder);
  const known = await checkRestore(stores, log, folder);
  const boot = randomUUID();
  const events = await log.begin(boot, known);
  if (events > 0) logger.info({ events }, 'events are handed over again: the store does not tell what came of them');
  return { isFirstStart, boot };
};

/** Resolves to whether nothing has happened yet, as at a first start. */
const checkId = async ({ redemption: store }: Stores, log: EmbeddedLog, folder: string): Promise<boolean> => {
  const id = await log.installation();
  const [{ state }] = await store.read([installationRef]);
  const names = Object.keys(topics) as (keyof typeof topics)[];
  const written = (await log.lag('none', names)).filter(({ end }) => end > 0);
  const used = written.length > 0;
  if (state.id === id) return !(await hasHappened(log, written));
  if (state.id !== '' || used) {
    throw new Error(
      `The store and the event log in ${folder} do not belong together: one of them was replaced or removed. ` +
        'Restore store.sqlite and events.sqlite from the same backup, or start on an empty folder: FCODE_DATA=./other',
    );
  }
  await store.change([installationRef], () => accept([{ type: 'installation.began', data: { id } }], {}), {
    at: Date.now(),
    deadline: performance.now() + 5000,
    correlationId: 'first-start',
    causationId: 'first-start',
  });
  return true;
};
