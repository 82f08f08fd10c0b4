import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign, Channel, MemberCode, Referral, Transfer } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useReasonText } from '../language/use-reason-text.ts';
import { ShownCode } from '../shown-code.tsx';
import { StatusBadge, type Tone } from '../status-badge.tsx';
import { GiveDialog } from './give-dialog.tsx';
import { PassOn } from './pass-on.tsx';
import { stateOf } from './passed-on.ts';
import classes from './rows.module.css';
import { useFate } from './use-fate.ts';

interface CodeRowProps {
  code: MemberCode;
  subject: string;
  name: string;
  campaign: Campaign | undefined;
  /** How the code is being passed on. Until that is known, the code is not offered for anything. */
  pass: Transfer | 'unknown' | undefined;
  /** What the member has from the purchase with this code. */
  reward: Referral['reward'];
  /** By which channels a link with this code was made. */
  given: Channel[];
}

const tones = {
  unused: 'ready',
  offered: 'waiting',
  accepted: 'waiting',
  held: 'waiting',
  redeemed: 'good',
  paused: 'waiting',
  over: 'over',
  revoked: 'over',
} as const satisfies Record<ReturnType<typeof stateOf>, Tone>;

export const CodeRow = ({ code, subject, name, campaign, pass: known, reward, given }: CodeRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const reasonText = useReasonText();
  const fateOf = useFate();
  const [isGiving, setGiving] = useState(false);
  const pass = known === 'unknown' ? undefined : known;
  const state = stateOf(code, pass);
  const isFree = state === 'unused' && known !== 'unknown';
  const isStopped = state === 'paused' || state === 'over' || state === 'revoked';
  const mayPass = pass !== undefined || (campaign?.transferLimit ?? 1) > 0;
  const got = ({ claimed: 'fan.claimedAt', granted: 'fan.grantedAt', bought: 'fan.exchangedAt' } as const)[code.how];
  const waited = code.decision?.reasons.find((reason) => reason.code === 'waited');
  const story = [campaign?.name, t(got, { date: format.moment(code.at) })].filter((part) => part !== undefined);

  const became = () => {
    if (pass && (state === 'offered' || state === 'accepted')) return fateOf(pass);
    if (state === 'held') {
      return code.until === undefined ? undefined : t('fan.heldUntil', { time: format.time(code.until) });
    }
    if (state === 'redeemed') {
      return code.since === undefined ? undefined : t('fan.boughtAt', { date: format.moment(code.since) });
    }
    return given.length === 0 || isStopped
      ? undefined
      : t('fan.given', { channels: format.list(given.map((channel) => t(`channel.${channel}`))) });
  };
  const fate = became();

  return (
    <li className={classes.row} data-testid="code-row" data-status={state}>
      <Stack gap={4}>
        <ShownCode code={code.code} isUsable={state !== 'offered' && state !== 'accepted' && !isStopped} />
        <Text size="sm" c="dimmed">
          {story.join(' · ')}
        </Text>
        {waited && <Text size="sm">{reasonText(waited)}</Text>}
        {fate !== undefined && <Text size="sm">{fate}</Text>}
        {code.stopped !== undefined && (
          <Text size="sm" data-testid="why-stopped">
            {t(`fan.stopped.${code.stopped}`)}
          </Text>
        )}
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
        <StatusBadge tone={tones[state]}>{t(`fan.status.${state}`)}</StatusBadge>
        {mayPass && (isFree || state === 'offered' || state === 'accepted') && (
          <PassOn
            subject={subject}
            name={name}
            campaignId={code.campaignId}
            code={code.code}
            pass={pass}
            isNext={given.length === 0}
          />
        )}
        {isFree && (
          <Button
            size="xs"
            variant="default"
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
        campaignName={campaign?.name ?? ''}
        code={code}
      />
    </li>
  );
};
