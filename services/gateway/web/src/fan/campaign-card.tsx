import { Button, Group, List, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Allotment, type Campaign, FcodeProblem, type Reason } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { useReasonText } from '../language/use-reason-text.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { allotmentQuery } from '../queries.ts';
import { StatusBadge } from '../status-badge.tsx';
import { GiveDialog } from './give-dialog.tsx';
import { useClaim } from './use-claim.ts';
import { WaitlistPart } from './waitlist-part.tsx';

interface CampaignCardProps {
  campaign: Campaign;
  subject: string;
  name: string;
}

/** That there is nothing to wait for is worth more than that it has not begun. */
const whyNot = ({ allotted, refusal }: Allotment): string =>
  allotted === 0 ? 'nothing_allotted' : (refusal ?? 'allotment_used');

/** A campaign, and how many of its codes are for this member. */
export const CampaignCard = ({ campaign, subject, name }: CampaignCardProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const reasonText = useReasonText();
  const { ofWord } = useProblemText();
  const { campaignId, phase } = campaign;
  const { data: allotment, error, refetch } = useQuery(allotmentQuery(subject, campaignId));
  const claim = useClaim(subject, campaignId);
  const [isInviting, setInviting] = useState(false);

  const mayClaim = allotment?.mayClaim ?? false;
  // Of several rules that hold, the one that gives most.
  const counts = ({ code, codes }: Reason) => code !== 'rule_holds' || codes === allotment?.allotted;
  const reasons = allotment?.reasons.filter(counts).map(reasonText) ?? [];
  const why = [...new Set(reasons)].filter((text) => text !== undefined);
  const word = claim.error instanceof FcodeProblem ? claim.error.word : undefined;
  // The card says it itself by now, and for as long as it is so.
  const isSaidTwice = word?.startsWith('campaign_') && allotment && !mayClaim && whyNot(allotment) === word;
  const { forget } = claim;
  useEffect(() => {
    if (isSaidTwice) forget();
  }, [isSaidTwice, forget]);
  const hintId = `why-${campaignId}`;
  const isOver = phase === 'ended' || phase === 'closed';
  const isSoldOut = word === 'sold_out';
  return (
    <Paper p="lg" withBorder data-testid={`campaign-${campaignId}`}>
      <Stack gap="sm">
        <Group justify="space-between" gap="md" align="flex-start" wrap="nowrap">
          <Title order={3} size="h4">
            {campaign.name}
          </Title>
          <StatusBadge tone={phase === 'open' ? 'good' : 'over'}>{t(`phase.${phase}`)}</StatusBadge>
        </Group>
        <Text size="sm" c="dimmed">
          {format.list(campaign.skus)} ·{' '}
          {phase === 'scheduled'
            ? t('fan.starts', { date: format.moment(campaign.startsAt) })
            : t('fan.until', { date: format.moment(campaign.endsAt) })}
        </Text>
        {!allotment && (error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={96} />)}
        {allotment && (
          <>
            {allotment.allotted > 0 && (
              <Text fw={600} data-testid="left">
                {t('fan.left', { count: allotment.left, allotted: format.number(allotment.allotted) })}
              </Text>
            )}
            <List listStyleType="none" withPadding={false} size="sm">
              {why.map((text) => (
                <List.Item key={text}>{text}</List.Item>
              ))}
            </List>
            {!mayClaim && (
              <Text size="sm" id={hintId} data-testid="why-not">
                {ofWord(whyNot(allotment))}
              </Text>
            )}
            <div role="status">
              {claim.data && (
                <Text size="sm" c="teal.9" fw={600} data-testid="claimed">
                  {t('fan.claimed', { code: claim.data.code })}
                </Text>
              )}
            </div>
            {claim.error && !isSaidTwice && <ProblemAlert error={claim.error} />}
            <Group gap="sm">
              <Button
                onClick={claim.ask}
                loading={claim.isPending}
                disabled={!mayClaim}
                {...(!mayClaim && { 'aria-describedby': hintId })}
              >
                {t('fan.claim')}
              </Button>
              {(phase === 'open' || phase === 'scheduled') && (
                <Button variant="default" onClick={() => setInviting(true)}>
                  {t('fan.inviteWithout')}
                </Button>
              )}
            </Group>
            {campaign.waitlist && !isOver && (
              <WaitlistPart
                subject={subject}
                campaign={campaign}
                allotment={allotment}
                isSoldOut={isSoldOut}
                onJoin={claim.forget}
              />
            )}
          </>
        )}
      </Stack>
      <GiveDialog
        isOpen={isInviting}
        onClose={() => setInviting(false)}
        subject={subject}
        name={name}
        campaignId={campaignId}
        campaignName={campaign.name}
      />
    </Paper>
  );
};
