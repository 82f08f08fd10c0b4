import { Alert, Button, Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge } from '../../status-badge.tsx';
import { TierBadge } from '../../tier-badge.tsx';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { Facts } from '../common/facts.tsx';
import { FoundTitle } from './found-title.tsx';
import { lookUpKey, memberQuery, type Order, standingOfQuery } from './queries.ts';
import { Timeline } from './timeline.tsx';
import { useWho } from './use-who.ts';

/** A member: where they stand, what happened to them, and how all their codes are stopped. */
export const FoundMember = ({ subject, memberId }: { subject: string; memberId: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const whoOf = useWho();
  const queries = useQueryClient();
  const [order, setOrder] = useState<Order>('newest');
  const [isAsking, setAsking] = useState(false);
  const [revoked, setRevoked] = useState<{ revoked: number; used: number }>();
  const history = useInfiniteQuery(memberQuery(subject, memberId, order));
  const { data: standing } = useQuery(standingOfQuery(subject, memberId));
  const isHistoryEmpty = history.data?.pages.every(({ entries }) => entries.length === 0) === true;
  // Of whom nothing is known, there is nothing to revoke.
  const isUnseen = isHistoryEmpty && standing?.score === 0 && standing.badges.length === 0;
  return (
    <Stack gap="md">
      <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="found-member">
        <Stack gap="sm">
          <Group gap="sm">
            <FoundTitle>{t('console.lookUp.member', { member: whoOf(memberId) })}</FoundTitle>
            {isUnseen ? (
              <StatusBadge tone="over">{t('console.lookUp.notSeen')}</StatusBadge>
            ) : (
              standing && <TierBadge tier={standing.tier} />
            )}
          </Group>
          {isUnseen ? null : standing ? (
            <Facts
              facts={[
                { what: t('console.lookUp.points'), value: format.points(standing.score) },
                {
                  what: t('fan.badges'),
                  value:
                    standing.badges.length === 0 ? undefined : format.list(standing.badges.map(({ badge }) => badge)),
                },
              ]}
            />
          ) : (
            <Skeleton height={24} width={200} />
          )}
          {revoked && (
            <Alert color="gray" variant="light" role="status">
              <Text size="sm">
                {t('console.lookUp.memberDone', {
                  count: revoked.revoked,
                  number: format.number(revoked.revoked),
                  used: format.number(revoked.used),
                })}
              </Text>
            </Alert>
          )}
          {history.data && standing && !isUnseen && (
            <Group>
              <Button variant="outline" color="red.9" onClick={() => setAsking(true)}>
                {t('console.lookUp.revokeMember')}
              </Button>
            </Group>
          )}
        </Stack>
        <ConfirmDialog
          isOpen={isAsking}
          onClose={() => setAsking(false)}
          title={t('console.lookUp.revokeMemberAsk', { member: whoOf(memberId) })}
          consequences={[
            t('console.lookUp.revokeMemberMeans'),
            t('console.lookUp.revokeMemberKeeps'),
            t('console.lookUp.revokeForGood'),
          ]}
          label={t('console.lookUp.revokeMember')}
          isForGood
          hasReason
          onConfirm={async (why) => setRevoked(await opsApi(subject).checkout.revokeMember(memberId, why))}
          onDone={() => void queries.invalidateQueries({ queryKey: lookUpKey(subject) })}
        />
      </Paper>
      <Timeline
        subject={subject}
        here={{ kind: 'member', text: memberId }}
        history={history}
        order={order}
        onOrder={setOrder}
        nothing={t('console.lookUp.noMember')}
      />
    </Stack>
  );
};
