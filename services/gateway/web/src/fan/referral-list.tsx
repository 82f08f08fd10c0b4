import { Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Referral } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { NothingYet } from '../nothing-yet.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { referralsQuery } from '../queries.ts';
import { StatusBadge, type Tone } from '../status-badge.tsx';
import classes from './rows.module.css';
import { Section } from './section.tsx';

type Reward = NonNullable<Referral['reward']>;
const tones = { pending: 'waiting', vested: 'good', reversed: 'over' } as const satisfies Record<
  Reward['status'],
  Tone
>;

const EarnedReward = ({ reward: { status, points, vestsAt, vestedAt } }: { reward: Reward }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const when = {
    pending: () => t('fan.vestsAt', { date: format.moment(vestsAt) }),
    vested: () => t('fan.vestedAt', { date: format.moment(vestedAt ?? vestsAt) }),
    reversed: () => t('fan.reversedText'),
  };
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed">
        {when[status]()}
      </Text>
      <Text fw={700} td={status === 'reversed' ? 'line-through' : undefined}>
        {t('fan.plusPoints', { points: format.points(points) })}
      </Text>
      <StatusBadge tone={tones[status]}>{t(`fan.reward.${status}`)}</StatusBadge>
    </Group>
  );
};

const ReferralRow = ({ referral: { at, via, channel, reward } }: { referral: Referral }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const how = [t(`fan.via.${via}`), channel && t(`channel.${channel}`)].filter((part) => part !== undefined);
  return (
    <li className={classes.row} data-testid="referral" data-status={reward?.status ?? 'none'}>
      <Stack gap={2}>
        <Text fw={600}>{t('fan.boughtAt', { date: format.moment(at) })}</Text>
        <Text size="sm" c="dimmed">
          {how.join(' · ')}
        </Text>
      </Stack>
      {reward ? (
        <EarnedReward reward={reward} />
      ) : (
        <Text size="sm" c="dimmed">
          {t('fan.noReward')}
        </Text>
      )}
    </li>
  );
};

/** Who bought, by what it is known, and what the member has from it. */
export const ReferralList = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const { data: referrals, error, refetch } = useQuery(referralsQuery(subject));
  const shown = () => {
    if (!referrals) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={140} />;
    if (referrals.length === 0) return <NothingYet title={t('fan.noReferrals')}>{t('fan.noReferralsText')}</NothingYet>;
    return (
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="referrals">
        {referrals.map((referral) => (
          <ReferralRow key={referral.referralId} referral={referral} />
        ))}
      </Paper>
    );
  };
  return <Section title={t('fan.referralList')}>{shown()}</Section>;
};
