import { Group, Paper, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Demo } from '../demo.ts';
import { HeldOrder } from './held-order.tsx';
import { LeftOrder } from './left-order.tsx';
import { LostOrder } from './lost-order.tsx';
import { afresh, newOrder, type Order } from './order.ts';
import { OrderForm } from './order-form.tsx';
import { PaidOrder } from './paid-order.tsx';

interface OrderPanelProps {
  order: Order;
  onOrder: (order: Order) => void;
  sku: string;
  inviteId: string | undefined;
  demo: Demo;
  onPaid: () => void;
}

/** The order, at whichever stage it is. */
export const OrderPanel = ({ order, onOrder, sku, inviteId, demo, onPaid }: OrderPanelProps) => {
  const { t } = useTranslation();
  const { orderId, code } = order;
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(order.stage);
  // The button that was pressed is gone with its stage; a keyboard goes on from the top of the next.
  useEffect(() => {
    if (shown.current === order.stage) return;
    shown.current = order.stage;
    heading.current?.focus();
  }, [order.stage]);
  const stage = () => {
    switch (order.stage) {
      case 'draft':
        return (
          <OrderForm
            order={order}
            sku={sku}
            inviteId={inviteId}
            demo={demo}
            onCode={(typed) => onOrder({ ...order, code: typed })}
            onHeld={({ holdId, heldAt, holdUntil }) =>
              onOrder({ stage: 'held', orderId, code, holdId, heldAt, holdUntil })
            }
          />
        );
      case 'held':
        return (
          <HeldOrder
            order={order}
            shop={demo.shop}
            onPaid={({ redemptionId, redeemedAt }) => {
              onOrder({ stage: 'paid', orderId, code, redemptionId, redeemedAt });
              onPaid();
            }}
            onLost={() => onOrder({ stage: 'lost', orderId, code })}
            onDeclined={() => onOrder(afresh(order, true))}
            onLeft={() => onOrder({ ...order, stage: 'left' })}
            onAgain={() => onOrder(afresh(order))}
          />
        );
      case 'left':
        return (
          <LeftOrder
            order={order}
            onBack={() => onOrder({ ...order, stage: 'held' })}
            onNew={() => onOrder(newOrder(code))}
          />
        );
      case 'lost':
        return <LostOrder onNew={() => onOrder(newOrder())} />;
      case 'paid':
        return <PaidOrder order={order} onNew={() => onOrder(newOrder())} />;
    }
  };
  return (
    <Paper p="lg" withBorder component="section" aria-labelledby="order">
      <Group justify="space-between" mb="md" gap="xs">
        <Title order={2} size="h3" id="order" ref={heading} tabIndex={-1}>
          {t('shop.order')}
        </Title>
        <Text size="sm" c="dimmed" ff="monospace">
          {t('shop.orderId', { id: orderId })}
        </Text>
      </Group>
      {stage()}
    </Paper>
  );
};
