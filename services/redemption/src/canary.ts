import type { Ref, Request, Store } from '@fcode/dynamo';
import { type CanaryTouched, canaryTouched, codeSubject } from '@fcode/events';
import type { Logger } from '@fcode/http';
import { accept } from '@fcode/policy';

const touchesRef = (code: { batch: number; index: number }): Ref<{ touches: number }> => ({
  pk: codeSubject(code),
  sk: 'canary',
  initial: { touches: 0 },
  evolve: ({ touches }) => ({ touches: touches + 1 }),
});

/** Raises the alarm each time that somebody tries a code that nobody was given. */
export const canaryAlarm =
  (store: Store, logger: Logger) =>
  async (touch: Omit<CanaryTouched['data'], 'touchedAt'>, { idempotency: _, ...request }: Request): Promise<void> => {
    const touchedAt = new Date(request.at).toISOString();
    await store.change([touchesRef(touch)], () => accept([canaryTouched.of({ ...touch, touchedAt })], {}), request);
    const { batch, campaignId, shop } = touch;
    logger.warn({ batch, campaignId, shop }, 'a code that nobody was given was tried: a file of its batch has leaked');
  };
