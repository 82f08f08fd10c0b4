interface Pages<Topic, Event> {
  partitions(topic: Topic): number;
  read(topic: Topic, partition: number, offset: number, limit?: number): Promise<{ event: Event }[]>;
}

const pageOf = 1000;

/**
 * Reads a topic as it grows: each call resolves to all that is in it, by partition and in order, and asks the log only for what
 * has come since the one before. For a log whose offsets count from 0 without gaps.
 */
export const readOn = <Topic, Event>(log: Pages<Topic, Event>, topic: Topic): (() => Promise<Event[]>) => {
  const known = Array.from({ length: log.partitions(topic) }, (): Event[] => []);
  let reading: Promise<unknown> = Promise.resolve();
  const readNow = async () => {
    await Promise.all(
      known.map(async (events, partition) => {
        for (;;) {
          const page = await log.read(topic, partition, events.length, pageOf);
          for (const { event } of page) events.push(event);
          if (page.length < pageOf) return;
        }
      }),
    );
    return known.flat();
  };
  return () => {
    // One after the other: two at once would both read what is new.
    const next = reading.then(readNow, readNow);
    reading = next;
    return next;
  };
};
