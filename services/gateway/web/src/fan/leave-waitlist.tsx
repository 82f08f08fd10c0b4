import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '../problem-alert.tsx';
import { Dialog } from './dialog.tsx';
import type { useWaitlist } from './use-waitlist.ts';

interface LeaveWaitlistProps {
  leave: ReturnType<typeof useWaitlist>['leave'];
  /** A place is offered, and goes to whoever is next. */
  isDeclining: boolean;
  onDone: () => void;
}

/** Leaves the waitlist, or declines a place, once it was said what that costs. */
export const LeaveWaitlist = ({ leave, isDeclining, onDone }: LeaveWaitlistProps) => {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const what = isDeclining ? 'decline' : 'leave';
  const close = () => {
    leave.reset();
    setAsking(false);
  };
  const confirmed = () =>
    leave.mutate(undefined, {
      onSuccess: () => {
        close();
        onDone();
      },
    });
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t(`waitlist.${what}`)}
      </Button>
      <Dialog isOpen={isAsking} onClose={close} title={t(`waitlist.ask.${what}.title`)}>
        <Text>{t(`waitlist.ask.${what}.text`)}</Text>
        {leave.error && <ProblemAlert error={leave.error} />}
        <Group>
          <Button onClick={confirmed} loading={leave.isPending}>
            {t(`waitlist.ask.${what}.confirm`)}
          </Button>
          <Button variant="default" onClick={close}>
            {t('waitlist.ask.stay')}
          </Button>
        </Group>
      </Dialog>
    </>
  );
};
