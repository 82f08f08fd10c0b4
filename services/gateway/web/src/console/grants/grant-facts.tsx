import { Code, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { GrantJob } from '../api.ts';
import { Facts } from '../common/facts.tsx';
import { useOps } from '../use-ops.ts';

/** Who asked for it and why, and who agreed. */
export const GrantFacts = ({ grant }: { grant: GrantJob }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { reason, reference, by, requestedAt, approvals, named, canaries, segment } = grant;
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="grant-facts">
      <Facts
        facts={[
          { what: t('console.grants.askedWhy'), value: reason },
          { what: t('console.grants.reference'), value: reference },
          {
            what: t('console.grants.segmentOf'),
            value: segment === undefined ? undefined : <Code style={{ whiteSpace: 'pre-wrap' }}>{segment}</Code>,
          },
          {
            what: t('console.grants.perBuyer'),
            value:
              named &&
              (named.perBuyer === 0
                ? t('console.grants.noLimit')
                : t('console.grants.times', { count: named.perBuyer, number: format.number(named.perBuyer) })),
          },
          { what: t('console.grants.canaries'), value: canaries === undefined ? undefined : format.number(canaries) },
          {
            what: t('console.grants.asked'),
            value: t('console.grants.byAt', { name: nameOf(by), date: format.moment(requestedAt) }),
          },
          {
            what: t('console.grants.approved'),
            value:
              approvals.length === 0
                ? undefined
                : approvals.map((one) => (
                    <Text key={one.by} component="span" display="block">
                      {t('console.grants.byAt', { name: nameOf(one.by), date: format.moment(one.at) })}
                    </Text>
                  )),
          },
        ]}
      />
    </Paper>
  );
};
