import { Anchor, Button, Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FcodeProblem } from '../../api.ts';
import { NothingYet } from '../../nothing-yet.tsx';
import { StatusBadge, type Tone } from '../../status-badge.tsx';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { Facts } from '../common/facts.tsx';
import { campaignQuery } from '../grants/queries.ts';
import { useOps } from '../use-ops.ts';
import { textIn } from './entry.ts';
import { FoundTitle } from './found-title.tsx';
import { codeQuery, lookUpKey, type Order } from './queries.ts';
import { Timeline } from './timeline.tsx';
import { useWho } from './use-who.ts';

const tones = { unused: 'ready', held: 'waiting', redeemed: 'good', revoked: 'over' } as const satisfies Record<
  string,
  Tone
>;

/** A code: what it is, whose, and what happened to it. */
export const FoundCode = ({ subject, code }: { subject: string; code: string }) => {
  const { t } = useTranslation();
  const whoOf = useWho();
  const { nameOf } = useOps();
  const queries = useQueryClient();
  const [order, setOrder] = useState<Order>('oldest');
  const [isAsking, setAsking] = useState(false);
  const history = useInfiniteQuery(codeQuery(subject, code, order));
  const found = history.data?.pages[0];
  const { data: campaign } = useQuery({
    ...campaignQuery(subject, found?.campaignId ?? ''),
    enabled: found !== undefined,
  });

  if (!found) {
    if (history.error instanceof FcodeProblem && history.error.status === 404) {
      return <NothingYet title={t('console.lookUp.noCode', { code })}>{t('console.lookUp.noneText')}</NothingYet>;
    }
    if (!history.error) return <Skeleton height={300} />;
  }
  const owner = history.data?.pages.flatMap(({ entries }) => entries).find(({ type }) => type === 'code.claimed')
    ?.data.memberId;
  const { kind, reason, reference, grantedBy } = found?.origin ?? { kind: '' };
  return (
    <Stack gap="md">
      {found && (
        <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="found-code" data-status={found.status}>
          <Stack gap="sm">
            <Group gap="sm">
              <FoundTitle>{t('console.lookUp.code', { code })}</FoundTitle>
              <StatusBadge tone={tones[found.status]}>{t(`console.lookUp.status.${found.status}`)}</StatusBadge>
            </Group>
            <Text size="sm" c="dimmed">
              {t('console.lookUp.number', { batch: found.batch, index: found.index })}
            </Text>
            <Facts
              facts={[
                {
                  what: t('console.lookUp.campaign'),
                  value: (
                    <Anchor component={Link} to={`/ops/campaigns/${found.campaignId}`}>
                      {campaign?.name ?? found.campaignId}
                    </Anchor>
                  ),
                },
                {
                  what: t('console.lookUp.origin'),
                  value:
                    kind === 'grant'
                      ? t('console.lookUp.granted', {
                          name: nameOf(textIn(grantedBy)),
                          reason: textIn(reason),
                          reference: textIn(reference),
                        })
                      : t('console.lookUp.claimable'),
                },
                { what: t('console.lookUp.owner'), value: owner === undefined ? undefined : whoOf(textIn(owner)) },
              ]}
            />
            {found.status === 'redeemed' ? (
              <Text size="sm" c="dimmed">
                {t('console.lookUp.isUsed')}
              </Text>
            ) : (
              found.status !== 'revoked' && (
                <Group>
                  <Button variant="outline" color="red.9" onClick={() => setAsking(true)}>
                    {t('console.lookUp.revoke')}
                  </Button>
                </Group>
              )
            )}
          </Stack>
          <ConfirmDialog
            isOpen={isAsking}
            onClose={() => setAsking(false)}
            title={t('console.lookUp.revokeAsk', { code })}
            consequences={[
              t('console.lookUp.revokeMeans'),
              t('console.lookUp.revokeHold'),
              t('console.lookUp.revokeForGood'),
            ]}
            label={t('console.lookUp.revoke')}
            isForGood
            hasReason
            onConfirm={(why) => opsApi(subject).checkout.revokeCode(code, why)}
            onDone={() => void queries.invalidateQueries({ queryKey: lookUpKey(subject) })}
          />
        </Paper>
      )}
      <Timeline
        subject={subject}
        here={{ kind: 'code', text: code }}
        history={history}
        order={order}
        onOrder={setOrder}
        nothing={t('console.lookUp.untouched')}
      />
    </Stack>
  );
};
