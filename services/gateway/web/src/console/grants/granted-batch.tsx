import { Alert, Anchor, Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import type { GrantJob } from '../api.ts';
import { Facts } from '../common/facts.tsx';
import { useOps } from '../use-ops.ts';
import { CodeExport } from './code-export.tsx';
import { GrantCanaries } from './grant-canaries.tsx';
import { namedQuery, revokedQuery } from './queries.ts';
import { RevokeBatch } from './revoke-batch.tsx';
import { useGrantText } from './use-grant-text.ts';

/** How often the one code is used, and how often it still may be. */
const NamedUses = ({ subject, name }: { subject: string; name: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: uses } = useQuery(namedQuery(subject, name));
  if (!uses) return <Skeleton height={24} width={240} component="span" display="inline-block" />;
  return t('console.grants.usedOf', {
    redeemed: format.number(uses.redeemed),
    held: format.number(uses.held),
    uses: format.number(uses.uses),
  });
};

interface GrantedBatchProps {
  subject: string;
  grant: GrantJob;
  onChanged: () => void;
}

/** What a finished grant made, and what can be done with it: take the codes out, look at them, revoke them. */
export const GrantedBatch = ({ subject, grant, onChanged }: GrantedBatchProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { codesOf, membersOf } = useGrantText();
  const { campaignId, batch, codes, named, canaries = 0, file, progress, finishedAt, reference, exported } = grant;
  const { data: revoked } = useQuery(revokedQuery(subject, grant.startedAt, campaignId));
  if (batch === undefined) return null;
  const revocation = revoked?.find((one) => one.subject === `batch/${batch}`);
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="granted">
      <Stack gap="md">
        <Title order={3} size="h4">
          {t('console.grants.doneTitle')}
        </Title>
        {revocation && (
          <Alert color="red" variant="light" title={t('console.grants.revokedTitle')} data-testid="revoked">
            <Text size="sm">
              {t('console.grants.revokedText', {
                name: nameOf(revocation.who),
                date: format.moment(revocation.at),
                reason: revocation.reason ?? '',
              })}
            </Text>
          </Alert>
        )}
        <Facts
          facts={[
            { what: t('console.grants.batch'), value: batch },
            { what: t('console.grants.finished'), value: finishedAt && format.moment(finishedAt) },
            { what: t('console.grants.made'), value: named ? undefined : codesOf(codes) },
            {
              what: t('console.grants.given'),
              value: file && progress && membersOf(progress.granted),
            },
            {
              what: t('console.grants.used'),
              value: named && <NamedUses subject={subject} name={named.name} />,
            },
            {
              what: t('console.grants.exported'),
              value: exported && (
                <span data-testid="exported">
                  {t('console.grants.byAt', { name: nameOf(exported.by), date: format.moment(exported.at) })}{' '}
                  <Anchor component={Link} to={`/ops/audit?campaignId=${campaignId}&action=batch.exported`} size="sm">
                    {t('console.grants.exportedEach')}
                  </Anchor>
                </span>
              ),
            },
          ]}
        />
        {file && (
          <Text size="sm" c="dimmed">
            {t('console.grants.theyHave')}
          </Text>
        )}
        <Group gap="sm">
          {!named && <CodeExport {...{ subject, campaignId, batch, reference, codes, canaries }} />}
          {canaries > 0 && <GrantCanaries subject={subject} campaignId={campaignId} batch={batch} />}
          {!named && (
            <Button component={Link} to="/ops/look-up" state={{ kind: 'code', text: `${batch}.0` }} variant="default">
              {t('console.grants.lookUpFirst')}
            </Button>
          )}
          {!revocation && <RevokeBatch subject={subject} batch={batch} codes={codes} onRevoked={onChanged} />}
        </Group>
      </Stack>
    </Paper>
  );
};
