import type { Topic } from '@fcode/events';
import type { Topics } from '../place.ts';
import type { Desk } from './desk.ts';
import type { Names } from './names.ts';

/** The topics of before a growth that are still there, oldest first. Asks nothing where nothing has grown. */
export const olderVersions = async (
  { desk, names, topics }: { desk: Desk; names: Names; topics: Topics },
  wanted: readonly Topic[],
): Promise<{ topic: Topic; name: string }[]> => {
  const older = wanted.flatMap((topic) =>
    Array.from({ length: topics[topic].version - 1 }, (_, before) => ({ topic, name: names.topic(topic, before + 1) })),
  );
  if (older.length === 0) return [];
  const present = new Set(await desk.ask((admin) => admin.listTopics()));
  return older.filter(({ name }) => present.has(name));
};
