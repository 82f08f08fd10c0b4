import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign, Price, Standing } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { allotmentQuery } from '../queries.ts';
import { BuyDialog } from './buy-dialog.tsx';
import { atLeast } from './next-tier.tsx';
import classes from './rows.module.css';
import { usePointsText } from './use-points-text.ts';

interface BuyRowProps {
  subject: string;
  campaign: Campaign;
  standing: Standing;
  price: Price;
}

/** What keeps a claim from being made and no purchase: a purchase asks for no allotment. */
const ofClaimsOnly = ['nothing_allotted', 'allotment_used'];

/** A campaign of which a code can be bought, or why it cannot. */
export const BuyRow = ({ subject, campaign, standing, price }: BuyRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const pointsText = usePointsText();
  const { ofWord } = useProblemText();
  const [isOpen, setOpen] = useState(false);
  const { campaignId, name, skus, endsAt } = campaign;
  const { data: allotment } = useQuery(allotmentQuery(subject, campaignId));

  const refusal = allotment?.refusal;
  // What is owed is paid first.
  const missing = atLeast(price.points - standing.score + (standing.owed ?? 0));
  const whyNot = () => {
    if (refusal !== undefined && !ofClaimsOnly.includes(refusal)) return ofWord(refusal);
    if (price.after) return undefined;
    return t('fan.missing', { count: missing, points: format.points(missing) });
  };
  const why = whyNot();
  const hintId = `why-not-buy-${campaignId}`;
  return (
    <li className={classes.row} data-testid={`buy-${campaignId}`}>
      <Stack gap={2}>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed">
          {format.list(skus)} · {t('fan.until', { date: format.moment(endsAt) })}
        </Text>
        {why !== undefined && (
          <Text size="sm" id={hintId} data-testid="why-not">
            {why}
          </Text>
        )}
      </Stack>
      <Group gap="md">
        <Text fw={600}>{pointsText(price.points)}</Text>
        <Button
          size="xs"
          onClick={() => setOpen(why === undefined)}
          aria-label={t('buy.codeOf', { name })}
          // Not `disabled`: after the last purchase that the points allow, the focus comes back here.
          {...(why !== undefined && { 'data-disabled': true, 'aria-disabled': true, 'aria-describedby': hintId })}
        >
          {t('buy.code')}
        </Button>
      </Group>
      <BuyDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        subject={subject}
        campaign={campaign}
        standing={standing}
        price={price}
      />
    </li>
  );
};
