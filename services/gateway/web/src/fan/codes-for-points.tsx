import { List, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Standing } from '../api.ts';
import { NothingYet } from '../nothing-yet.tsx';
import { campaignsQuery, standingQuery } from '../queries.ts';
import { BuyRow } from './buy-row.tsx';
import { PurchaseList } from './purchase-list.tsx';
import classes from './rows.module.css';
import { Section } from './section.tsx';
import { usePointsText } from './use-points-text.ts';

/** How many points there are to spend, and why not more. */
const PointsToSpend = ({ standing: { score, owed = 0, reasons }, price }: { standing: Standing; price: number }) => {
  const { t } = useTranslation();
  const pointsText = usePointsText();
  const spent = reasons.find(({ code }) => code === 'spent');
  return (
    <Stack gap={4} p="lg" data-testid="to-spend">
      <Text fw={600}>{t('buy.have', { points: pointsText(score) })}</Text>
      <List listStyleType="none" withPadding={false} size="sm" spacing={2}>
        <List.Item>{t('buy.price', { price: pointsText(price) })}</List.Item>
        <List.Item>{t('buy.lessens')}</List.Item>
        {spent && (
          <List.Item data-testid="spent">
            {t('buy.spent', { count: Number(spent.count), points: pointsText(Math.abs(Number(spent.points))) })}
          </List.Item>
        )}
        {owed > 0 && <List.Item data-testid="owed">{t('buy.owed', { points: pointsText(owed) })}</List.Item>}
      </List>
    </Stack>
  );
};

/** What points buy: a code of each campaign that is open. Nothing at all where nothing is for sale. */
export const CodesForPoints = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const { data: standing } = useQuery(standingQuery(subject));
  const { data: campaigns } = useQuery(campaignsQuery(subject));
  if (!standing?.price) return null;
  const { price } = standing;

  const shown = () => {
    if (!campaigns) return <Skeleton height={140} />;
    const open = campaigns.filter(({ phase }) => phase === 'open');
    if (open.length === 0) return <NothingYet title={t('buy.none')}>{t('buy.noneText')}</NothingYet>;
    return (
      <Paper withBorder data-testid="for-points">
        <PointsToSpend standing={standing} price={price.points} />
        <ul className={`${classes.rows} ${classes.under}`}>
          {open.map((campaign) => (
            <BuyRow key={campaign.campaignId} subject={subject} campaign={campaign} standing={standing} price={price} />
          ))}
        </ul>
      </Paper>
    );
  };
  return (
    <Section title={t('buy.title')}>
      {shown()}
      <PurchaseList subject={subject} />
    </Section>
  );
};
