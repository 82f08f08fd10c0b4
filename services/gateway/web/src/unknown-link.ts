import { FcodeProblem } from './api.ts';

/** Whether a link leads to nothing: there is none like it (404), or it cannot even be one (422), as when it was cut off. */
export const isUnknownLink = (error: unknown): boolean =>
  error instanceof FcodeProblem && (error.status === 404 || error.status === 422);
