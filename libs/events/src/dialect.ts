import { type Cause, type CloudEvent, type Fact, type OutboxEntry, padSequence, type Topic } from './envelope.ts';

/** A definition of which it is not known here what its data looks like. */
interface Definition {
  type: string;
  version: number;
  emits?: number;
  topic: Topic;
  schema: { parse(data: unknown): unknown };
  subject(data: unknown): string;
  key(data: unknown): string;
  upcast?(version: number, data: unknown): unknown;
  downcast?(version: number, data: unknown): unknown;
}

/**
 * How one release of the program speaks and what it understands. Processes of two releases share items and the log while
 * one takes the other's place.
 */
export interface Dialect {
  /** Whether facts of this type are events of the catalog; others stay in their item. */
  knows(type: string): boolean;
  /** Throws when the type is not in the catalog. */
  topicOf(type: string): Topic;
  /** A fact, in the newest version, as the entry by which it leaves its item: in the version that is written. */
  entryOf(fact: Fact, rest: Cause & { sequence: number; time: string }): OutboxEntry;
  /**
   * An outbox entry as the event that is published: in the version that this release writes, whichever it waited in; what
   * tells the event from others is the same in each. Throws when the type or the version is not known here.
   */
  toCloudEvent(aggregate: string, entry: OutboxEntry): CloudEvent;
  /** A published event in the newest version. Throws when it is not known here, or its data does not fit. */
  hear(event: CloudEvent): Fact & Cause & Pick<OutboxEntry, 'sequence' | 'time'> & { id: string; aggregate: string };
}

export const dialectOf = (catalog: Readonly<Record<string, Definition>>): Dialect => {
  const knows = (type: string): boolean => Object.hasOwn(catalog, type);
  const definitionOf = (type: string): Definition => {
    const definition = knows(type) ? catalog[type] : undefined;
    if (!definition) throw new Error(`no event of type ${type} in the catalog`);
    return definition;
  };

  return {
    knows,
    topicOf: (type) => definitionOf(type).topic,

    entryOf: ({ type, data }, rest) => {
      const definition = definitionOf(type);
      const v = writtenIn(definition);
      return { type, ...(v === 1 ? {} : { v }), data: lowered(definition, data), ...rest };
    },

    toCloudEvent: (aggregate, { type, v = 1, data, ...entry }) => {
      const definition = definitionOf(type);
      const newest = lifted(definition, v, data);
      const emits = writtenIn(definition);
      return {
        specversion: '1.0',
        id: `${definition.topic}/${aggregate}@${entry.sequence}`,
        source: `/fcode/${definition.topic}`,
        type: `fcode.${type}.v${emits}`,
        subject: definition.subject(newest),
        time: entry.time,
        datacontenttype: 'application/json',
        aggregate,
        sequence: padSequence(entry.sequence),
        partitionkey: definition.key(newest),
        correlationid: entry.correlationId,
        causationid: entry.causationId,
        data: v === emits ? data : lowered(definition, newest),
      };
    },

    hear: (event) => {
      const match = /^fcode\.(.+)\.v(\d+)$/.exec(event.type);
      if (!match?.[1]) throw new Error(`not an event type of this system: ${event.type}`);
      const definition = definitionOf(match[1]);
      return {
        type: definition.type,
        data: definition.schema.parse(lifted(definition, Number(match[2]), event.data)),
        id: event.id,
        aggregate: event.aggregate,
        sequence: Number(event.sequence),
        time: event.time,
        correlationId: event.correlationid,
        causationId: event.causationid,
      };
    },
  };
};

const writtenIn = ({ version, emits = version }: Definition): number => emits;

const lifted = (definition: Definition, version: number, data: unknown): unknown => {
  const { type, version: newest } = definition;
  if (version > newest) {
    throw new Error(`fcode.${type}.v${version} is newer than version ${newest}, the newest known here: upgrade first`);
  }
  return version < newest && definition.upcast ? definition.upcast(version, data) : data;
};

const lowered = (definition: Definition, data: unknown): unknown => {
  const emits = writtenIn(definition);
  return emits < definition.version && definition.downcast ? definition.downcast(emits, data) : data;
};
