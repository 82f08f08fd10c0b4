import { FcodeProblem } from './api.ts';

/** Whether there is no such invitation: none of that id (404), or it is not even an id (422), as when a link was cut off. */
export const isUnknownInvite = (error: unknown): boolean =>
  error instanceof FcodeProblem && (error.status === 404 || error.status === 422);
