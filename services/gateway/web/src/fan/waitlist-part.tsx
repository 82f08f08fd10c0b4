import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Allotment, Campaign } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { offerSecondsOf, placeQuery } from '../queries.ts';
import { LeaveWaitlist } from './leave-waitlist.tsx';
import { PlaceTold } from './place-told.tsx';
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
  // Which is asked for more often than the campaign.
  const isPaused = allotment.refusal === 'campaign_paused';
  const isIn = place?.status === 'waiting' || place?.status === 'offered';
  const isLapsed = place?.status === 'lapsed';
  const mayWait = isIn || isLapsed || (place !== undefined && mayJoin(allotment, isSoldOut));
  const hasCode = allotment.claimed > 0;
  if (!take.data && (hasCode || (!mayWait && !error))) return null;

  // The button that did it is gone.
  const onDone = () => part.current?.focus();
  const offerSeconds = offerSecondsOf(campaign);
  const deeds = () => {
    if (!place) return <ProblemAlert error={error} onRetry={refetch} />;
    if (isIn) {
      return (
        <>
          {take.error && <ProblemAlert error={take.error} />}
          <Group gap="sm">
            {place.status === 'offered' && (
              <Button
                onClick={() => take.mutate(undefined, { onSuccess: onDone })}
                loading={take.isPending}
                disabled={isPaused}
              >
                {t('waitlist.take')}
              </Button>
            )}
            <LeaveWaitlist leave={leave} isDeclining={place.status === 'offered'} onDone={onDone} />
          </Group>
        </>
      );
    }
    return (
      <>
        {join.error && <ProblemAlert error={join.error} />}
        <Group>
          <Button
            // Whoever may claim once it has opened has better to hope for.
            variant={isSoldOut || allotment.allotted === 0 ? 'filled' : 'default'}
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
  };
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
        {/* Stays where it is, so that what is told next is heard. */}
        <div role="status">
          {take.data ? (
            <Text size="sm" c="teal.9" fw={600} data-testid="taken">
              {t('fan.claimed', { code: take.data.code })}
            </Text>
          ) : (
            place && <PlaceTold place={place} isPaused={isPaused} />
          )}
        </div>
        {!take.data && deeds()}
      </Stack>
    </section>
  );
};
