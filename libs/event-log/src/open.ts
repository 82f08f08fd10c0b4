import { openEmbeddedLog } from './embedded.ts';
import type { EventLog, Logger } from './event-log.ts';
import type { Topics } from './place.ts';

/** The log that an address names: `sqlite:` and a file's path. */
export const openEventLog = (address: string, topics: Topics, logger: Logger): EventLog => {
  if (!address.startsWith('sqlite:')) throw new Error(`This is not the address of an event log: ${address}`);
  return openEmbeddedLog({ file: address.slice('sqlite:'.length), topics, logger });
};
