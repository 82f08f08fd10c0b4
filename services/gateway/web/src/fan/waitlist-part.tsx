import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Allotment, Campaign, WaitlistPlace } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { offerSecondsOf, placeQuery } from '../queries.ts';
import { LeaveWaitlist } from './leave-waitlist.tsx';
import { PlaceOffered } from './place-offered.tsx';
import { useWaitlist } from './use-waitlist.ts';
import classes from './waitlist-part.module.css';

interface WaitlistPartProps {
  subject: string;
  /** Has a waitlist, and is not over. */
  campaign: Campaign;
  allotment: Allotment;
  /** A claim was refused, for nothing is left: the allotment does not tell that. */
  isSoldOut: boolean;
  onJoin: () => void;
}

/** So many are counted; there may be more. */
const countedAtMost = 1000;

/** Whoever can claim has nothing to wait for, and whose region is not covered waits in vain. */
const mayJoin = ({ allotted, refusal }: Allotment, isSoldOut: boolean): boolean =>
  isSoldOut || (allotted === 0 ? refusal !== 'region_not_covered' : refusal === 'campaign_not_open');

/** The waitlist of a campaign, for a member without a code of it: joining, where they stand, and a place that is offered. */
export const WaitlistPart = ({ subject, campaign, allotment, isSoldOut, onJoin }: WaitlistPartProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const part = useRef<HTMLElement>(null);
  const { data: place, error, refetch } = useQuery(placeQuery(subject, campaign));
  const { join, leave, take } = useWaitlist(subject, campaign.campaignId);
  const isPaused = campaign.phase === 'paused';
  // The button that did it is gone.
  const onDone = () => part.current?.focus();

  const aheadText = (ahead: number): string => {
    if (ahead === 0) return t('waitlist.next');
    const number = format.number(ahead);
    return ahead >= countedAtMost
      ? t('waitlist.aheadAtLeast', { number })
      : t('waitlist.ahead', { count: ahead, number });
  };
  const waiting = ({ since, ahead }: WaitlistPlace) => (
    <>
      <div role="status">
        {since !== undefined && <Text size="sm">{t('waitlist.since', { date: format.moment(since) })}</Text>}
        {ahead !== undefined && (
          <Text size="sm" fw={600} data-testid="ahead">
            {aheadText(ahead)}
          </Text>
        )}
      </div>
      <Group>
        <LeaveWaitlist leave={leave} isDeclining={false} onDone={onDone} />
      </Group>
    </>
  );
  const offered = ({ until }: WaitlistPlace) => (
    <>
      <Alert color="teal" variant="light" role="status" title={t('waitlist.offered')}>
        {until !== undefined && <PlaceOffered until={until} isPaused={isPaused} />}
      </Alert>
      {take.error && <ProblemAlert error={take.error} />}
      <Group gap="sm">
        <Button
          onClick={() => take.mutate(undefined, { onSuccess: onDone })}
          loading={take.isPending}
          disabled={isPaused}
        >
          {t('waitlist.take')}
        </Button>
        <LeaveWaitlist leave={leave} isDeclining onDone={onDone} />
      </Group>
    </>
  );
  const joining = (isLapsed: boolean) => (
    <>
      <div role="status">{isLapsed && <Text size="sm">{t('waitlist.lapsed')}</Text>}</div>
      {join.error && <ProblemAlert error={join.error} />}
      <Group>
        <Button
          variant={isLapsed ? 'default' : 'filled'}
          onClick={() => {
            onJoin();
            join.mutate(undefined, { onSuccess: onDone });
          }}
          loading={join.isPending}
        >
          {t(isLapsed ? 'waitlist.joinAgain' : 'waitlist.join')}
        </Button>
      </Group>
    </>
  );
  const shown = () => {
    if (take.data) {
      return (
        <Text size="sm" c="teal.9" fw={600} role="status" data-testid="taken">
          {t('fan.claimed', { code: take.data.code })}
        </Text>
      );
    }
    if (allotment.claimed > 0) return null;
    if (!place) return error ? <ProblemAlert error={error} onRetry={refetch} /> : null;
    if (place.status === 'waiting') return waiting(place);
    if (place.status === 'offered') return offered(place);
    const isLapsed = place.status === 'lapsed';
    return isLapsed || mayJoin(allotment, isSoldOut) ? joining(isLapsed) : null;
  };
  const content = shown();
  if (content === null) return null;
  const offerSeconds = offerSecondsOf(campaign);
  return (
    <section
      ref={part}
      tabIndex={-1}
      aria-labelledby={id}
      className={classes.part}
      data-testid="waitlist"
      data-status={take.data ? 'taken' : place?.status}
    >
      <Stack gap="sm">
        <Stack gap={2}>
          <Title order={4} size="h6" id={id}>
            {t('waitlist.title')}
          </Title>
          {!take.data && offerSeconds !== undefined && (
            <Text size="sm" c="dimmed">
              {t('waitlist.lead', { time: format.duration(offerSeconds) })}
            </Text>
          )}
        </Stack>
        {content}
      </Stack>
    </section>
  );
};
