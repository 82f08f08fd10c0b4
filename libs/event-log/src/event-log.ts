import type { CloudEvent, Topic } from '@fcode/events';

/** Where an event stands. */
export interface Place {
  topic: Topic;
  partition: number;
  offset: number;
}

/** A stored event and where it stands. */
export interface LogRecord extends Place {
  event: CloudEvent;
}

export interface DeadLetter extends Place {
  group: string;
  reason: string;
  attempts: number;
  at: string;
  /** As it stands in the log, which need not be an event; or as it was mended. */
  body: string;
  mended: boolean;
}

/** The part of a pino logger that those use who have only trouble to tell. */
export interface Logger {
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

/** Of those who also tell what is normal, such as who reads what. */
export interface InfoLogger extends Logger {
  info(about: object, message: string): void;
}

export interface Listener {
  /** Consumer group: each event reaches one member of the group, at least once. */
  group: string;
  topics: readonly Topic[];
  /**
   * Called for one event of a partition at a time, in order; partitions run side by side. The offset moves only after
   * it resolves or the event is in the group's dead letters. Rejecting with Unavailable (its store or peer is away)
   * is retried with backoff for as long as it takes, and never becomes a dead letter. `replayed` tells a replay from first delivery.
   */
  handle: (event: CloudEvent, delivery: { replayed: boolean; signal: AbortSignal }) => Promise<void>;
  /** Tries before an event that cannot be handled becomes a dead letter; default 5. */
  attempts?: number;
}

export interface Subscription {
  /** Resolves when the call in progress has ended; nothing is handled after that. */
  stop(): Promise<void>;
}

export interface GroupLag {
  topic: Topic;
  partition: number;
  /** The next offset that the group will read. */
  next: number;
  /** The next offset that will be written. */
  end: number;
}

/** What this process has done since it opened the log. */
export interface Figures {
  appended: number;
  groups: Record<
    string,
    {
      handled: number;
      deadLetters: number;
      /** Times this process got, or got again, partitions of the group. */
      rebalances: number;
    }
  >;
}

/**
 * The event log: topics with a fixed number of partitions, at-least-once, in order per key. Two adapters: embedded
 * (SQLite, one machine) and Kafka. Services cannot tell them apart.
 */
export interface EventLog {
  /**
   * Appends in the given order, each event to its topic and to the partition of its `partitionkey`. Resolves when all
   * of them are durable; rejects when that is not known, and then the caller appends them again.
   */
  append(events: readonly CloudEvent[]): Promise<void>;
  subscribe(listener: Listener): Subscription;
  /** Every partition of the topics; before them those of a topic's earlier version that the group has not read to the end. */
  lag(group: string, topics: readonly Topic[]): Promise<GroupLag[]>;
  /** One page of a partition from `offset` on, at most `limit` (default 500). What is not JSON is left out. */
  read(topic: Topic, partition: number, offset: number, limit?: number): Promise<LogRecord[]>;
  deadLetters(group: string, limit?: number): Promise<DeadLetter[]>;
  /** Hands dead letters to their own group again, and to no other; each leaves the list when it has been handled. */
  replayDeadLetters(group: string): Promise<number>;
  /** Puts `event` in the place of what cannot be handled: the next replay hands it over instead. False: no such letter. */
  mendDeadLetter(group: string, place: Place, event: CloudEvent): Promise<boolean>;
  /** Takes a dead letter off the list for good; the event stays in the log. False: no such letter. */
  discardDeadLetter(group: string, place: Place): Promise<boolean>;
  /** Hands a range [from, to) of a partition to one group again; its offsets stay where they are. */
  replay(group: string, topic: Topic, partition: number, from: number, to: number): Promise<number>;
  partitions(topic: Topic): number;
  figures(): Figures;
  close(): Promise<void>;
}
