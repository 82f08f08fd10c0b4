import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { PurchaseReceipt } from '../api.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { codesQuery, purchasesQuery } from '../queries.ts';
import { ShownCode } from '../shown-code.tsx';
import { usePointsText } from './use-points-text.ts';

interface BoughtCodeProps {
  subject: string;
  receipt: PurchaseReceipt;
  onClose: () => void;
}

/** The points are spent: the code as soon as it is there, or that there is none and the points are back. */
export const BoughtCode = ({ subject, receipt: { purchaseId, points }, onClose }: BoughtCodeProps) => {
  const { t } = useTranslation();
  const pointsText = usePointsText();
  const { ofWord } = useProblemText();
  const { data: purchases } = useQuery(purchasesQuery(subject));
  const { data: codes } = useQuery(codesQuery(subject));
  const purchase = purchases?.find((known) => known.purchaseId === purchaseId);
  const code =
    purchase?.status === 'bought'
      ? codes?.find(({ batch, index }) => batch === purchase.batch && index === purchase.index)
      : undefined;
  const button = useRef<HTMLButtonElement>(null);
  // What it was bought by is gone; a keyboard goes on from here.
  useEffect(() => button.current?.focus(), []);

  const became = () => {
    if (code) {
      return (
        <Stack gap="xs" data-testid="bought">
          <Text fw={600}>{t('buy.bought')}</Text>
          <ShownCode code={code.code} large />
        </Stack>
      );
    }
    if (purchase?.status === 'refunded') {
      return (
        <Stack gap={4} data-testid="refunded">
          <Text fw={600}>{t('buy.refused', { price: pointsText(points) })}</Text>
          {purchase.reason !== undefined && <Text size="sm">{ofWord(purchase.reason)}</Text>}
        </Stack>
      );
    }
    return (
      <Group gap="sm" wrap="nowrap" data-testid="under-way">
        <Loader size="sm" aria-hidden />
        <Text>{t('buy.underWay', { price: pointsText(points) })}</Text>
      </Group>
    );
  };
  return (
    <>
      <div role="status">{became()}</div>
      <Group>
        <Button ref={button} variant="default" onClick={onClose} data-testid="done">
          {t('give.close')}
        </Button>
      </Group>
    </>
  );
};
