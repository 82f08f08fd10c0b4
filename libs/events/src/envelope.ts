import { z } from 'zod';

/** Every topic belongs to the one service that emits to it. */
export type Topic = 'membership' | 'issuance' | 'redemption' | 'referral';

/** What a rule says happened: a past-tense type and its data; the store adds identity, order and time. */
export interface Fact<Type extends string = string, Data = unknown> {
  type: Type;
  data: Data;
}

export interface EventDefinition<Type extends string, Schema extends z.ZodType> {
  type: Type;
  /** Grows only when a change is more than a new optional field; older versions are then lifted by `upcast`. */
  version: number;
  topic: Topic;
  schema: Schema;
  /** What the event is about, e.g. `code/12.7`. */
  subject: (data: z.infer<Schema>) => string;
  /** Partition key: events with one key stay in order. */
  key: (data: z.infer<Schema>) => string;
  /** Lifts the data of an older version to this one. */
  upcast?: (version: number, data: unknown) => unknown;
  /** Makes the fact that a rule returns. */
  of: (data: z.infer<Schema>) => Fact<Type, z.infer<Schema>>;
}

export const defineEvent = <const Type extends string, Schema extends z.ZodType>(
  definition: Omit<EventDefinition<Type, Schema>, 'of'>,
): EventDefinition<Type, Schema> => ({ ...definition, of: (data) => ({ type: definition.type, data }) });

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

/** The compact form in which an event waits in its item's outbox. */
export interface OutboxEntry extends Cause {
  type: string;
  sequence: number;
  time: string;
  data: unknown;
}

export const padSequence = (sequence: number): string => String(sequence).padStart(12, '0');
