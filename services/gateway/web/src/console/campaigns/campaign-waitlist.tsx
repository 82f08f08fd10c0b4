import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { offerSecondsOf } from '../../queries.ts';
import type { Campaign } from '../api.ts';
import { LookLink } from '../look-up/look-link.tsx';
import { useWho } from '../look-up/use-who.ts';
import { Figure } from './figure.tsx';
import { GivePlaces } from './give-places.tsx';
import { Part } from './part.tsx';
import classes from './preview.module.css';
import { campaignsKey, lineQuery } from './queries.ts';

/** So many are counted; there may be more. */
const countedAtMost = 1000;

/** Who waits for codes of a campaign, what became of the places for them, and the way to give them more. */
export const CampaignWaitlist = ({ subject, campaign }: { subject: string; campaign: Campaign }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const whoOf = useWho();
  const queries = useQueryClient();
  const lineId = useId();
  const [isGiving, setGiving] = useState(false);
  const [given, setGiven] = useState<number>();
  const give = useRef<HTMLButtonElement>(null);
  const { campaignId, phase } = campaign;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    lineQuery(subject, campaignId),
  );
  const isOver = phase === 'ended' || phase === 'closed';
  const line = () => {
    const [first] = data?.pages ?? [];
    if (!data || !first) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={96} />;
    const { waiting, places } = first;
    const members = data.pages.flatMap(({ items }) => items);
    const number = format.number(waiting);
    return (
      <>
        <SimpleGrid cols={3} spacing="sm">
          <Figure
            name={t('console.campaigns.waitlist.waiting')}
            value={waiting >= countedAtMost ? t('console.campaigns.waitlist.atLeast', { number }) : number}
            testId="waiting"
          />
          <Figure name={t('console.campaigns.waitlist.left')} value={format.number(places.left)} testId="to-offer" />
          <Figure
            name={t('console.campaigns.waitlist.offered')}
            value={format.number(places.offered)}
            testId="offered"
          />
        </SimpleGrid>
        <Text size="sm" c="dimmed" data-testid="places-back">
          {t('console.campaigns.waitlist.revoked', {
            count: places.revoked,
            number: format.number(places.revoked),
          })}
        </Text>
        {members.length === 0 ? (
          <Text size="sm">{t('console.campaigns.waitlist.none')}</Text>
        ) : (
          <Stack gap="xs">
            <Title order={4} size="h6" id={lineId}>
              {t('console.campaigns.waitlist.line')}
            </Title>
            <ol className={classes.line} aria-labelledby={lineId} data-testid="line">
              {members.map(({ memberId, since }) => (
                <li key={memberId}>
                  <LookLink wanted={{ kind: 'member', text: memberId }}>{whoOf(memberId)}</LookLink>{' '}
                  <Text span size="sm" c="dimmed">
                    {t('console.campaigns.waitlist.since', { date: format.moment(since) })}
                  </Text>
                </li>
              ))}
            </ol>
            {hasNextPage && (
              <Group>
                <Button variant="default" size="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {t('console.more')}
                </Button>
              </Group>
            )}
          </Stack>
        )}
      </>
    );
  };
  return (
    <Part
      title={t('console.campaigns.waitlist.title')}
      lead={t('console.campaigns.waitlist.lead', { time: format.duration(offerSecondsOf(campaign) ?? 0) })}
    >
      {line()}
      <div role="status">
        {given !== undefined && (
          <Text size="sm" c="teal.9" fw={600} data-testid="given">
            {t('console.campaigns.waitlist.done', { count: given, number: format.number(given) })}
          </Text>
        )}
      </div>
      {!isOver && (
        <>
          <Group>
            <Button ref={give} variant="default" onClick={() => setGiving(true)}>
              {t('console.campaigns.waitlist.give')}
            </Button>
          </Group>
          {isGiving && (
            <GivePlaces
              subject={subject}
              campaign={campaign}
              onClose={() => {
                setGiving(false);
                give.current?.focus();
              }}
              onDone={(places) => {
                setGiven(places);
                void queries.invalidateQueries({ queryKey: campaignsKey(subject) });
              }}
            />
          )}
        </>
      )}
    </Part>
  );
};
