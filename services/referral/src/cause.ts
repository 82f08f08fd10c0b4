import type { Request } from '@fcode/dynamo';

/** What follows from an event is asked for in its name. */
export const causeOf = (heard: { id: string; correlationId: string }, clock: () => number): Request => ({
  at: clock(),
  deadline: performance.now() + 5000,
  correlationId: heard.correlationId,
  causationId: heard.id,
});
