import { Group, Paper, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FoundTitle } from './found-title.tsx';
import { LookLink } from './look-link.tsx';
import { type Order, orderQuery } from './queries.ts';
import { Timeline } from './timeline.tsx';

interface FoundOrderProps {
  subject: string;
  orderId: string;
  shop: string | undefined;
}

/** An order, or the orders of several shops that have this id, and what happened to it. */
export const FoundOrder = ({ subject, orderId, shop }: FoundOrderProps) => {
  const { t } = useTranslation();
  const [order, setOrder] = useState<Order>('oldest');
  const history = useInfiniteQuery(orderQuery(subject, orderId, shop, order));
  const shops = [...new Set(history.data?.pages.flatMap(({ entries }) => entries.flatMap((one) => one.shop ?? [])))];
  return (
    <Stack gap="md">
      <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="found-order">
        <FoundTitle>{t('console.lookUp.order', { order: orderId })}</FoundTitle>
        {shops.length === 1 && <Text c="dimmed">{t('console.lookUp.atShop', { shop: shops[0] ?? '' })}</Text>}
        {shops.length > 1 && (
          <Group gap="xs" mt={4}>
            <Text>{t('console.lookUp.manyShops')}</Text>
            {shops.map((one) => (
              <LookLink key={one} wanted={{ kind: 'order', text: orderId, shop: one }}>
                {one}
              </LookLink>
            ))}
          </Group>
        )}
      </Paper>
      <Timeline
        subject={subject}
        here={{ kind: 'order', text: orderId }}
        history={history}
        order={order}
        onOrder={setOrder}
        nothing={t('console.lookUp.noOrder')}
      />
    </Stack>
  );
};
