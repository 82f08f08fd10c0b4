import { catalog, type EventType, type Heard, hear } from './catalog.ts';
import type { CloudEvent } from './envelope.ts';

export type Handlers = { [Type in EventType]?: (heard: Heard<Type>) => Promise<void> };

const typeOf = (event: CloudEvent): string => event.type.replace(/^fcode\./, '').replace(/\.v\d+$/, '');

/**
 * A listener of the event types that are named; others on the same topics are passed over. It rejects on data that
 * does not fit its schema, and so makes a dead letter of it.
 */
export const listenTo =
  (handlers: Handlers) =>
  async (event: CloudEvent): Promise<void> => {
    const type = typeOf(event);
    const handle = Object.hasOwn(catalog, type) ? handlers[type as EventType] : undefined;
    if (handle) await (handle as (heard: Heard) => Promise<void>)(hear(event));
  };
