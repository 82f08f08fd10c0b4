import { Anchor, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import type { GrantJob } from '../api.ts';
import classes from '../common/list.module.css';
import { useOps } from '../use-ops.ts';
import { GrantStatusBadge } from './grant-status.tsx';
import { useGrantText, waitsFor } from './use-grant-text.ts';

interface GrantRowProps {
  subject: string;
  grant: GrantJob;
  /** The name of its campaign, where the list is of several. */
  campaign?: string;
}

/** What, for whom, why, who asked, who agreed, how far. */
export const GrantRow = ({ subject, grant, campaign }: GrantRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { what } = useGrantText();
  const isForYou = waitsFor(subject, grant);
  const { campaignId, grantId, status, reason, reference, by, requestedAt, approvals, needed, progress } = grant;
  const story = [
    t('console.grants.askedBy', { name: nameOf(by), date: format.moment(requestedAt) }),
    ...(approvals.length > 0
      ? [t('console.grants.approvedBy', { names: format.list(approvals.map((one) => nameOf(one.by))) })]
      : []),
    ...(status === 'waiting' && needed > approvals.length
      ? [t('console.grants.stillNeeded', { count: needed - approvals.length })]
      : []),
    ...(grant.cancelledBy === undefined ? [] : [t('console.grants.cancelledBy', { name: nameOf(grant.cancelledBy) })]),
  ];
  return (
    <li className={classes.row} data-testid="grant" data-status={status} data-for-you={isForYou}>
      <Stack gap={4} style={{ flex: '1 1 260px', minWidth: 0 }}>
        <Anchor component={Link} to={`/ops/campaigns/${campaignId}/grants/${grantId}`} fw={600}>
          {what(grant)}
        </Anchor>
        {campaign !== undefined && <Text size="sm">{t('console.lookUp.ofCampaign', { name: campaign })}</Text>}
        <Text size="sm">{t('console.grants.why', { reason, reference })}</Text>
        <Text size="sm" c="dimmed">
          {story.join(' · ')}
        </Text>
        {status === 'running' && progress && (
          <Progress value={progress.percent} aria-label={t('console.grants.progress')} mt={4} />
        )}
      </Stack>
      <GrantStatusBadge status={status} isForYou={isForYou} />
    </li>
  );
};
