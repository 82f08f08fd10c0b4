import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Place } from '@fcode/event-log';
import type { CloudEvent } from '@fcode/events';
import { Advice } from './advice.ts';
import { placeText } from './place.ts';

interface Issue {
  path: PropertyKey[];
  message: string;
}

const issuesOf = (error: unknown): Issue[] => (error as { issues?: Issue[] }).issues ?? [];

const misfit = (file: string, under: string, { path, message }: Issue): string =>
  `${file} ${[under, ...path.map(String)].join('/') || '/'}: ${message}`;

const refused = (problems: string[]): Advice =>
  new Advice(`${problems.join('; ')}. Nothing was changed: correct the file, and mend again.`);

const readIn = async (file: string, name: string): Promise<unknown> => {
  const json = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
    throw new Advice(`The corrected event cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(json);
  } catch (error) {
    // What the parser says quotes the text, which may hold what nobody but who wrote it may see.
    const [at] = /position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message) ?? [];
    throw refused([`${name} is not JSON${at === undefined ? '' : `, at ${at}`}`]);
  }
};

/** The event in a file, or on standard input for `-`, as it may stand in that place: one that its listeners can hear. */
export const correctedEvent = async (file: string, place: Place): Promise<CloudEvent> => {
  const { cloudEventSchema, hear, topicOf } = await import('@fcode/events');
  const name = file === '-' ? 'Standard input' : file;
  const parsed = cloudEventSchema.safeParse(await readIn(file, name));
  if (!parsed.success) throw refused(parsed.error.issues.map((issue) => misfit(name, '', issue)));
  const event = parsed.data;
  let type: string;
  try {
    ({ type } = hear(event));
  } catch (error) {
    const issues = issuesOf(error);
    throw refused(
      issues.length > 0
        ? issues.map((issue) => misfit(name, '/data', issue))
        : [misfit(name, '', { path: ['type'], message: (error as Error).message })],
    );
  }
  if (topicOf(type) !== place.topic || event.source !== `/fcode/${place.topic}`) {
    throw refused([`${name} is not an event of ${place.topic}, and ${placeText(place)} is for one`]);
  }
  return event;
};
