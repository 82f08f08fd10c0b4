import { Alert, Button, Group, List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Campaign, Price, Standing } from '../api.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { BoughtCode } from './bought-code.tsx';
import { Dialog } from './dialog.tsx';
import { useBuy } from './use-buy.ts';
import { usePointsText } from './use-points-text.ts';

interface BuyDialogProps {
  isOpen: boolean;
  onClose: () => void;
  subject: string;
  campaign: Campaign;
  standing: Standing;
  price: Price;
}

const stays = { tier_pinned: 'pinned', tier_open: 'open' } as const;
const isStay = (code: string | undefined): code is keyof typeof stays =>
  code !== undefined && Object.hasOwn(stays, code);

/** What a code costs, and what it does to score and tier, before it is bought; then what became of it. */
export const BuyDialog = ({ isOpen, onClose, subject, campaign, standing, price }: BuyDialogProps) => {
  const { t } = useTranslation();
  const pointsText = usePointsText();
  const { ask, forget, data: purchase, error, isPending } = useBuy(subject, campaign.campaignId);
  const close = () => {
    forget();
    onClose();
  };

  const confirming = () => {
    const { tier, score, reasons } = standing;
    const { points, after } = price;
    // The first reason is the tier's.
    const why = reasons[0]?.code;
    return (
      <>
        <List spacing={6}>
          {after && (
            <List.Item data-testid="costs">
              {t('buy.costs', {
                price: pointsText(points),
                have: pointsText(score),
                left: pointsText(after.score),
              })}
            </List.Item>
          )}
          {after?.tier === tier && (
            <List.Item>{t(`buy.tier.${isStay(why) ? stays[why] : 'kept'}`, { tier: t(`tier.${tier}`) })}</List.Item>
          )}
          <List.Item>{t('buy.how')}</List.Item>
        </List>
        {after && after.tier !== tier && (
          <Alert
            color="orange"
            variant="light"
            title={t('buy.falls', { from: t(`tier.${tier}`), to: t(`tier.${after.tier}`) })}
            data-testid="falls"
          >
            {t('buy.fallsText')}
          </Alert>
        )}
        {error && <ProblemAlert error={error} />}
        <Group>
          <Button onClick={ask} loading={isPending} disabled={!after && !error}>
            {t('buy.pay', { price: pointsText(points) })}
          </Button>
          <Button variant="default" onClick={close}>
            {t('buy.notNow')}
          </Button>
        </Group>
      </>
    );
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={t('buy.dialog')}>
      <Text c="dimmed">{campaign.name}</Text>
      {purchase ? <BoughtCode subject={subject} receipt={purchase} onClose={close} /> : confirming()}
    </Dialog>
  );
};
