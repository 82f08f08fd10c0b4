import { z } from 'zod';

/** Every topic belongs to the one service that emits to it. */
export type Topic = 'membership' | 'issuance' | 'redemption' | 'referral';

/** What a rule says happened: a past-tense type and its data; the store adds identity, order and time. */
export interface Fact<Type extends string = string, Data = unknown> {
  type: Type;
  data: Data;
}

/**
 * An event, as this release knows it. A change that is more than a new optional field takes two releases, so that
 * processes of both run beside each other at any time:
 * 1. `version: 2, emits: 1` with `upcast` and `downcast`: reads both versions and writes the old one still;
 * 2. when no process of before that runs any more: without `emits`.
 */
export interface EventDefinition<Type extends string, Schema extends z.ZodType> {
  type: Type;
  /** The newest version that is read, and the one of `schema`: what rules say and listeners hear. */
  version: number;
  /** The version that is written, where it is not the newest yet. */
  emits?: number;
  topic: Topic;
  schema: Schema;
  /** What the event is about, e.g. `code/12.7`. */
  subject: (data: z.infer<Schema>) => string;
  /** Partition key: events with one key stay in order. The same in every version, or they would not. */
  key: (data: z.infer<Schema>) => string;
  /** Lifts the data of an older version to the newest. The log keeps every version for ever. */
  upcast?: (version: number, data: unknown) => unknown;
  /** Lowers data of the newest version to the one that is written. */
  downcast?: (version: number, data: z.infer<Schema>) => unknown;
  /** Makes the fact that a rule returns. */
  of: (data: z.infer<Schema>) => Fact<Type, z.infer<Schema>>;
}

/** Throws on versions that could not be read or written. */
export const defineEvent = <const Type extends string, Schema extends z.ZodType>(
  definition: Omit<EventDefinition<Type, Schema>, 'of'>,
): EventDefinition<Type, Schema> => {
  const { type, version, emits = version, upcast, downcast } = definition;
  const wrong = (why: string) => new Error(`${type}: ${why}`);
  if (!isVersion(version) || !isVersion(emits)) throw wrong('versions are whole numbers from 1 on');
  if (emits > version) throw wrong(`it cannot write version ${emits}, since it reads up to ${version} only`);
  if (version > 1 && !upcast) throw wrong('older versions are in the log for ever: it needs an upcast');
  if (emits < version && !downcast) throw wrong(`to write version ${emits}, it needs a downcast`);
  return { ...definition, of: (data) => ({ type, data }) };
};

const isVersion = (version: number): boolean => Number.isInteger(version) && version >= 1;

export type FactOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Schema> ? Fact<Type, z.infer<Schema>> : never;

/**
 * A CloudEvents 1.0 event in structured JSON form. `id` is derived from the aggregate and its sequence, so the same
 * fact has the same id however often a relay appends it. `sequence` counts within `aggregate`; it only grows.
 */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().startsWith('/fcode/'),
  type: z.string().regex(/^fcode\.[a-z_.]+\.v\d+$/),
  subject: z.string().min(1),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  data: z.unknown(),
  /** The aggregate (one item of the emitting service) whose commit carried the event. */
  aggregate: z.string().min(1),
  /** Position in the aggregate's history, zero-padded so that it sorts as text. */
  sequence: z.string().regex(/^\d{12}$/),
  partitionkey: z.string().min(1),
  /** The request, or the first event, that the whole chain goes back to. */
  correlationid: z.string().min(1),
  /** What made this happen directly: a request id or an event id. */
  causationid: z.string().min(1),
});

export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** Why something is done: carried from the request or the event that is being handled into what follows from it. */
export interface Cause {
  correlationId: string;
  causationId: string;
}

/**
 * The compact form in which an event waits in its item's outbox. It is as it is to be written, since the process that
 * publishes it may be of another release than the one that committed it.
 */
export interface OutboxEntry extends Cause {
  type: string;
  /** The version of `data`; absent for 1. */
  v?: number;
  sequence: number;
  time: string;
  data: unknown;
}

export const padSequence = (sequence: number): string => String(sequence).padStart(12, '0');
