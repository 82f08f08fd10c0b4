import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AuditEntry } from '../api.ts';
import { campaignQuery } from '../grants/queries.ts';
import { LookLink } from '../look-up/look-link.tsx';
import { useWho } from '../look-up/use-who.ts';

/** What it was done to, and in which campaign, as links to them. */
export const AuditSubject = ({ subject, entry }: { subject: string; entry: AuditEntry }) => {
  const { t } = useTranslation();
  const whoOf = useWho();
  const { campaignId } = entry;
  const { data: campaign } = useQuery({
    ...campaignQuery(subject, campaignId ?? ''),
    enabled: campaignId !== undefined,
  });
  const [kind, ...rest] = entry.subject.split('/');
  const id = rest.join('/');
  const thing = () => {
    switch (kind) {
      case 'grant':
        return (
          <Anchor component={Link} to={`/ops/campaigns/${campaignId}/grants/${id}`} size="sm">
            {t('console.audit.theGrant')}
          </Anchor>
        );
      case 'code':
        return <LookLink wanted={{ kind: 'code', text: id }}>{t('console.lookUp.code', { code: id })}</LookLink>;
      case 'member':
        return (
          <LookLink wanted={{ kind: 'member', text: id }}>{t('console.lookUp.member', { member: whoOf(id) })}</LookLink>
        );
      case 'batch':
        return <Text size="sm">{t('console.audit.theBatch', { batch: id })}</Text>;
      default:
        return null;
    }
  };
  return (
    <>
      {thing()}
      {campaignId !== undefined && (
        <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} size="sm">
          {t('console.lookUp.ofCampaign', { name: campaign?.name ?? campaignId })}
        </Anchor>
      )}
    </>
  );
};
