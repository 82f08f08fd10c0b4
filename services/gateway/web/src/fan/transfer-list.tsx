import { Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Transfer } from '../api.ts';
import { ShopLink } from '../friend/shop-link.tsx';
import { campaignsQuery, codesQuery, transfersQuery } from '../queries.ts';
import { ShownCode } from '../shown-code.tsx';
import { StatusBadge, type Tone } from '../status-badge.tsx';
import { PassOn } from './pass-on.tsx';
import { isSame, passOf } from './passed-on.ts';
import classes from './rows.module.css';
import { Section } from './section.tsx';
import { useFate } from './use-fate.ts';

const tones = {
  offered: 'waiting',
  accepted: 'waiting',
  used: 'good',
  withdrawn: 'over',
  returned: 'over',
} as const satisfies Record<Transfer['status'], Tone>;

/** In the list of the one who got it, what came back to the fan went away. */
const wordOf = ({ direction, status }: Transfer) => {
  if (direction === 'given') return status;
  if (status === 'accepted') return 'mine';
  return status === 'returned' ? 'gone' : status;
};

interface TransferListProps {
  subject: string;
  name: string;
  direction: Transfer['direction'];
}

/** What the member passed on, or was passed, newest first, and what became of each. Without any, nothing. */
export const TransferList = ({ subject, name, direction }: TransferListProps) => {
  const { t } = useTranslation();
  const fateOf = useFate();
  const { data: transfers } = useQuery(transfersQuery(subject));
  const { data: codes } = useQuery(codesQuery(subject));
  const { data: campaigns } = useQuery(campaignsQuery(subject));
  const listed = transfers?.filter((transfer) => transfer.direction === direction) ?? [];
  if (listed.length === 0) return null;

  const row = (transfer: Transfer) => {
    const campaign = campaigns?.find(({ campaignId }) => campaignId === transfer.campaignId);
    const pass = direction === 'received' ? passOf(transfers, transfer) : undefined;
    const isMine = direction === 'received' && transfer.status === 'accepted';
    const mine = isMine && !pass ? transfer.code : undefined;
    const text = transfer.code ?? codes?.find((code) => isSame(transfer, code))?.code;
    // What was passed on to me once may be so once more, where the campaign says so.
    const mayPass = isMine && (campaign?.transferLimit ?? 0) > 1;
    return (
      <li key={transfer.transferId} className={classes.row} data-testid={direction} data-status={transfer.status}>
        <Stack gap={4}>
          {text !== undefined && <ShownCode code={text} isUsable={mine !== undefined} />}
          {campaign && (
            <Text size="sm" c="dimmed">
              {campaign.name}
            </Text>
          )}
          <Text size="sm">{fateOf(transfer)}</Text>
          {pass && <Text size="sm">{fateOf(pass)}</Text>}
        </Stack>
        <Group gap="sm">
          <StatusBadge tone={mine === undefined ? tones[transfer.status] : 'ready'}>
            {t(`pass.status.${wordOf(transfer)}`)}
          </StatusBadge>
          {mine !== undefined && <ShopLink code={mine} sku={campaign?.skus[0]} memberId={subject} size="xs" />}
          {mayPass && transfer.code !== undefined && (
            <PassOn
              subject={subject}
              name={name}
              campaignId={transfer.campaignId}
              code={transfer.code}
              pass={pass}
              isNext={false}
            />
          )}
        </Group>
      </li>
    );
  };
  return (
    <Section title={t(direction === 'given' ? 'pass.givenTitle' : 'pass.receivedTitle')}>
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid={`${direction}-list`}>
        {listed.map(row)}
      </Paper>
    </Section>
  );
};
