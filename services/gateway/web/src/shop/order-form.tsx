import { Alert, Box, Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Buyer, type Hold, shopApi } from '../api.ts';
import { codeSymbols, grouped, isWhole, symbolsOf } from '../code-text.ts';
import type { Demo } from '../demo.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { BuyerFields } from './buyer-fields.tsx';
import { CheckAnswer } from './check-answer.tsx';
import type { Order } from './order.ts';
import { buyerOf, useBuyer } from './use-buyer.ts';
import { useCheck } from './use-check.ts';

interface OrderFormProps {
  order: Extract<Order, { stage: 'draft' }>;
  sku: string;
  inviteId: string | undefined;
  demo: Demo;
  onCode: (code: string) => void;
  onHeld: (hold: Hold) => void;
}

/** Who buys, and the code; then the hold. */
export const OrderForm = ({ order, sku, inviteId, demo, onCode, onHeld }: OrderFormProps) => {
  const { t } = useTranslation();
  const [choice, setChoice] = useBuyer();
  const [wasSent, setWasSent] = useState(false);
  const buyer = buyerOf(choice);
  const code = grouped(order.code);
  const attributed = { code, orderId: order.orderId, sku, ...(inviteId !== undefined && { invite: inviteId }) };

  const check = useCheck(demo.shop, { ...attributed, buyer });
  const hold = useMutation({
    mutationFn: (by: Buyer) => shopApi(demo.shop).hold({ ...attributed, buyer: by }),
    onSuccess: onHeld,
  });

  const typed = symbolsOf(order.code).length;
  const send = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (buyer && isWhole(code)) hold.mutate(buyer);
  };

  return (
    <Box component="form" onSubmit={send} noValidate>
      <Stack gap="md">
        {order.isDeclined && (
          <Alert color="orange" variant="light" role="status">
            {t('shop.declined')}
          </Alert>
        )}
        <BuyerFields
          choice={choice}
          people={demo.personas}
          isMissing={wasSent && buyer === undefined}
          onChange={(changed) => {
            hold.reset();
            setChoice(changed);
          }}
        />
        <TextInput
          label={t('code.label')}
          description={t('shop.codeHint')}
          placeholder={t('shop.codePlaceholder')}
          value={order.code}
          error={wasSent && !isWhole(order.code) && t('shop.codeNeeded')}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', letterSpacing: '0.04em' } }}
          size="md"
          onChange={(event) => {
            hold.reset();
            onCode(event.currentTarget.value);
          }}
          onBlur={() => onCode(grouped(order.code))}
        />
        <Box role="status" mih={44} data-testid="check">
          {hold.error ? (
            <ProblemAlert error={hold.error} />
          ) : isWhole(order.code) && check.error ? (
            <ProblemAlert error={check.error} onRetry={check.refetch} />
          ) : isWhole(order.code) && check.data ? (
            <CheckAnswer check={check.data} />
          ) : (
            <Text size="sm" c="dimmed">
              {isWhole(order.code) ? t('shop.checking') : t('shop.codeCount', { count: Math.min(typed, codeSymbols) })}
            </Text>
          )}
        </Box>
        <Button type="submit" size="md" loading={hold.isPending} fullWidth>
          {t('shop.hold')}
        </Button>
      </Stack>
    </Box>
  );
};
