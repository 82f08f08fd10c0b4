import { Paper, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { useFormat } from '../../language/use-format.ts';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import { Facts } from '../common/facts.tsx';
import { campaignQuery, namedQuery } from '../grants/queries.ts';
import { RevokeBatch } from '../grants/revoke-batch.tsx';
import { FoundTitle } from './found-title.tsx';

/** A code that everybody types: how often it is used, and how it is stopped. */
export const FoundName = ({ subject, name }: { subject: string; name: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: named, error, refetch } = useQuery(namedQuery(subject, name));
  const { data: campaign } = useQuery({
    ...campaignQuery(subject, named?.campaignId ?? ''),
    enabled: named !== undefined,
  });
  if (!named) {
    if (error instanceof FcodeProblem && error.status === 404) {
      return <NothingYet title={t('console.lookUp.noCode', { code: name })}>{t('console.lookUp.noneText')}</NothingYet>;
    }
    return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={200} />;
  }
  const { uses, held, redeemed, perBuyer, batch, isRevoked } = named;
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="found-name">
      <Stack gap="sm">
        <FoundTitle>{t('console.lookUp.named', { name: named.name })}</FoundTitle>
        <Facts
          facts={[
            { what: t('console.lookUp.campaign'), value: campaign?.name ?? named.campaignId },
            {
              what: t('console.grants.used'),
              value: t('console.grants.usedOf', {
                redeemed: format.number(redeemed),
                held: format.number(held),
                uses: format.number(uses),
              }),
            },
            {
              what: t('console.grants.perBuyer'),
              value:
                perBuyer === 0
                  ? t('console.grants.noLimit')
                  : t('console.grants.times', { count: perBuyer, number: format.number(perBuyer) }),
            },
            { what: t('console.lookUp.state'), value: isRevoked ? t('console.lookUp.status.revoked') : undefined },
          ]}
        />
        {!isRevoked && (
          <span>
            <RevokeBatch subject={subject} batch={batch} />
          </span>
        )}
      </Stack>
    </Paper>
  );
};
