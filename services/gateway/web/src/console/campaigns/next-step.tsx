import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import type { Campaign } from '../api.ts';
import { useGrantText, waitsFor } from '../grants/use-grant-text.ts';
import { useWaitingGrants } from '../grants/use-waiting-grants.ts';
import { AskFirst } from './ask-first.tsx';
import { campaignsKey } from './queries.ts';
import { StepButton } from './step-button.tsx';
import { type Asked, stepsOf } from './steps.ts';

interface NextStepProps {
  subject: string;
  campaign: Campaign;
  isKilled: boolean;
  onDone: () => void;
}

/** Where the campaign stands, in a sentence, and the buttons that lead on. */
export const NextStep = ({ subject, campaign, isKilled, onDone }: NextStepProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const id = useId();
  const [asked, ask] = useState<Asked>();
  const [done, setDone] = useState<Asked>();
  const { campaignId, phase, returned } = campaign;
  const { what } = useGrantText();
  const [waiting] = useWaitingGrants(subject)(campaignId);
  const isOver = Date.parse(campaign.endsAt) <= Date.now();
  const sentence = (): string => {
    if (isKilled) return t('console.campaigns.next.killed');
    if (phase === 'draft' && isOver) return t('console.campaigns.next.isDraftOver');
    const date = format.moment(phase === 'scheduled' ? campaign.startsAt : campaign.endsAt);
    return t(`console.campaigns.next.${phase}`, { date });
  };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="section" aria-labelledby={id} data-testid="next-step">
      <Stack gap="sm">
        <Title order={3} size="h4" id={id}>
          {t('console.campaigns.next.title')}
        </Title>
        <Text>{sentence()}</Text>
        {waiting && (
          <Text data-testid="grant-waits">
            {t(waitsFor(subject, waiting) ? 'console.campaigns.next.waitsForYou' : 'console.campaigns.next.waits')}
            <Anchor component={Link} to={`/ops/campaigns/${campaignId}/grants/${waiting.grantId}`}>
              {what(waiting)}
            </Anchor>
          </Text>
        )}
        {returned !== undefined && returned > 0 && (
          <Text size="sm">
            {t('console.campaigns.next.returned', { count: returned, codes: format.number(returned) })}
          </Text>
        )}
        <div role="status">
          {done !== undefined && (
            <Text size="sm" c="teal.9" fw={600} data-testid="done">
              {t(`console.campaigns.ask.${done}.done`)}
            </Text>
          )}
        </div>
        <Group gap="sm">
          {stepsOf({ phase, isOver, isKilled }).map((step, place) => (
            <StepButton key={step} step={step} campaignId={campaignId} isFirst={place === 0} onAsk={ask} />
          ))}
        </Group>
      </Stack>
      {asked !== undefined && (
        <AskFirst
          subject={subject}
          campaign={campaign}
          verb={asked}
          onClose={() => ask(undefined)}
          onDone={() => {
            setDone(asked);
            onDone();
            void queries.invalidateQueries({ queryKey: campaignsKey(subject) });
          }}
        />
      )}
    </Paper>
  );
};
