import { Anchor, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { campaignQuery } from '../grants/queries.ts';
import { useOps } from '../use-ops.ts';
import { aboutOf, type Entry } from './entry.ts';
import { LookLink } from './look-link.tsx';
import classes from './timeline.module.css';
import { useEntryText } from './use-entry-text.ts';
import { useWho } from './use-who.ts';
import type { Wanted } from './wanted.ts';

const CampaignName = ({ subject, campaignId }: { subject: string; campaignId: string }) => {
  const { t } = useTranslation();
  const { data: campaign } = useQuery(campaignQuery(subject, campaignId));
  return (
    <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} size="sm">
      {t('console.lookUp.ofCampaign', { name: campaign?.name ?? campaignId })}
    </Anchor>
  );
};

interface ShownEntryProps {
  subject: string;
  entry: Entry;
  /** What the page is about: it needs no link to itself. */
  here: Wanted;
  /** It followed from another, which stands above and says in which campaign. */
  isEffect?: boolean;
}

/** What happened, when, by whom, where it leads; and what the event says, for whom it is not enough. */
export const ShownEntry = ({ subject, entry, here, isEffect = false }: ShownEntryProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const textOf = useEntryText();
  const whoOf = useWho();
  const { nameOf } = useOps();
  const { code, order, members, campaignId, by } = aboutOf(entry);
  const isHere = (kind: Wanted['kind'], text: string) => here.kind === kind && here.text === text;
  return (
    <div data-testid="entry" data-type={entry.type}>
      <Text>{textOf(entry)}</Text>
      <Group gap="4px 14px">
        <Text size="sm" c="dimmed">
          {by === undefined
            ? format.moment(entry.at)
            : t('console.lookUp.byAt', { name: nameOf(by), date: format.moment(entry.at) })}
        </Text>
        {code !== undefined && !isHere('code', code) && (
          <LookLink wanted={{ kind: 'code', text: code }}>{t('console.lookUp.code', { code })}</LookLink>
        )}
        {order && !isHere('order', order.orderId) && (
          <LookLink wanted={{ kind: 'order', text: order.orderId, shop: order.shop }}>
            {t('console.lookUp.order', { order: order.orderId })}
          </LookLink>
        )}
        {members
          .filter((member) => member !== '' && !isHere('member', member))
          .map((member) => (
            <LookLink key={member} wanted={{ kind: 'member', text: member }}>
              {t('console.lookUp.member', { member: whoOf(member) })}
            </LookLink>
          ))}
        {/* A code is of one campaign, which stands above. */}
        {campaignId !== undefined && here.kind !== 'code' && !isEffect && (
          <CampaignName subject={subject} campaignId={campaignId} />
        )}
        <details className={classes.raw}>
          <summary>{t('console.lookUp.raw')}</summary>
          <pre>{JSON.stringify(entry, null, 2)}</pre>
        </details>
      </Group>
    </div>
  );
};
