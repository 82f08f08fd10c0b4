import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

const left = (instant: string): number => Math.max(0, Math.ceil((Date.parse(instant) - Date.now()) / 1000));

/** Whole seconds until an instant, counted down to 0. */
export const useSecondsUntil = (instant: string): number => {
  const [, setSeconds] = useState(() => left(instant));
  // Four looks a second: a second is never skipped, and a page that slept is right at once.
  useInterval(() => setSeconds(left(instant)), 250, { autoInvoke: true });
  return left(instant);
};
