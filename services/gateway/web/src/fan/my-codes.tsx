import { Paper, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../nothing-yet.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { campaignsQuery, codesQuery, linksQuery, referralsQuery, transfersQuery } from '../queries.ts';
import { CodeRow } from './code-row.tsx';
import { isSame, passOf } from './passed-on.ts';
import classes from './rows.module.css';
import { Section } from './section.tsx';

/** The member's codes, and what became of each. */
export const MyCodes = ({ subject, name }: { subject: string; name: string }) => {
  const { t } = useTranslation();
  const { data: codes, error, refetch } = useQuery(codesQuery(subject));
  const { data: transfers, isLoading: isPassLoading } = useQuery(transfersQuery(subject));
  const { data: referrals } = useQuery(referralsQuery(subject));
  const { data: links } = useQuery(linksQuery(subject));
  const { data: campaigns } = useQuery(campaignsQuery(subject));

  const shown = () => {
    if (!codes && error) return <ProblemAlert error={error} onRetry={refetch} />;
    if (!codes || isPassLoading) return <Skeleton height={140} />;
    if (codes.length === 0) return <NothingYet title={t('fan.noCodes')}>{t('fan.noCodesText')}</NothingYet>;
    return (
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="codes">
        {codes.map((code) => {
          return (
            <CodeRow
              key={code.code}
              code={code}
              subject={subject}
              name={name}
              campaign={campaigns?.find(({ campaignId }) => campaignId === code.campaignId)}
              pass={transfers ? passOf(transfers, code) : 'unknown'}
              reward={referrals?.find((referral) => isSame(code, referral))?.reward}
              given={[
                ...new Set((links ?? []).filter((link) => isSame(code, link.code)).map(({ channel }) => channel)),
              ]}
            />
          );
        })}
      </Paper>
    );
  };
  return <Section title={t('fan.codes')}>{shown()}</Section>;
};
