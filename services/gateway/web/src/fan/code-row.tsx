import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, MemberCode, Referral } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ShownCode } from '../shown-code.tsx';
import { StatusBadge, type Tone } from '../status-badge.tsx';
import { GiveDialog } from './give-dialog.tsx';
import classes from './rows.module.css';

interface CodeRowProps {
  code: MemberCode;
  subject: string;
  name: string;
  campaignName: string | undefined;
  /** What the member has from the purchase with this code. */
  reward: Referral['reward'];
  /** By which channels a link with this code was made. */
  given: Channel[];
}

const tones = { unused: 'ready', held: 'waiting', redeemed: 'good' } as const satisfies Record<
  MemberCode['status'],
  Tone
>;

export const CodeRow = ({ code, subject, name, campaignName, reward, given }: CodeRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [isGiving, setGiving] = useState(false);
  const got = code.how === 'claimed' ? 'fan.claimedAt' : 'fan.grantedAt';
  const story = [campaignName, t(got, { date: format.moment(code.at) })].filter((part) => part !== undefined);

  const became = () => {
    if (code.status === 'held') {
      return code.until === undefined ? undefined : t('fan.heldUntil', { time: format.time(code.until) });
    }
    if (code.status === 'redeemed') {
      return code.since === undefined ? undefined : t('fan.boughtAt', { date: format.moment(code.since) });
    }
    return given.length === 0
      ? undefined
      : t('fan.given', { channels: format.list(given.map((channel) => t(`channel.${channel}`))) });
  };
  const fate = became();

  return (
    <li className={classes.row} data-testid="code-row" data-status={code.status}>
      <Stack gap={4}>
        <ShownCode code={code.code} />
        <Text size="sm" c="dimmed">
          {story.join(' · ')}
        </Text>
        {fate !== undefined && <Text size="sm">{fate}</Text>}
        {reward && (
          <Text size="sm" fw={600} c="teal.9" data-testid="code-reward">
            {t('fan.rewardFor', {
              points: format.points(reward.points),
              status: t(`fan.reward.${reward.status}`),
            })}
          </Text>
        )}
      </Stack>
      <Group gap="sm">
        <StatusBadge tone={tones[code.status]}>{t(`fan.status.${code.status}`)}</StatusBadge>
        {code.status === 'unused' && (
          <Button
            size="xs"
            variant={given.length === 0 ? 'filled' : 'default'}
            onClick={() => setGiving(true)}
            aria-label={t('fan.giveCode', { code: code.code })}
          >
            {t('fan.give')}
          </Button>
        )}
      </Group>
      <GiveDialog
        isOpen={isGiving}
        onClose={() => setGiving(false)}
        subject={subject}
        name={name}
        campaignId={code.campaignId}
        campaignName={campaignName ?? ''}
        code={code}
      />
    </li>
  );
};
