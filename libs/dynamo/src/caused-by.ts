import type { Request } from './store.ts';

/** For what a listener commits because of an event; ms. What takes longer is delivered again. */
const patienceMs = 5000;

/** Who asks for a change that follows from an event: the event itself. `clock` in epoch ms. */
export const causedBy = (heard: { id: string; correlationId: string }, clock: () => number): Request => ({
  at: clock(),
  deadline: performance.now() + patienceMs,
  correlationId: heard.correlationId,
  causationId: heard.id,
});
