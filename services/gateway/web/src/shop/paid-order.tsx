import { Alert, Button, Group, List, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../language/use-format.ts';
import type { Order } from './order.ts';

interface PaidOrderProps {
  order: Extract<Order, { stage: 'paid' }>;
  onNew: () => void;
}

export const PaidOrder = ({ order, onNew }: PaidOrderProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Stack gap="md" data-testid="paid">
      <Alert color="teal" variant="light" title={t('shop.paidTitle')} role="status">
        <Text size="sm">{t('shop.paidText', { id: order.redemptionId, time: format.moment(order.redeemedAt) })}</Text>
      </Alert>
      <Stack gap="xs">
        <Title order={3} size="h4">
          {t('shop.paidNext')}
        </Title>
        <List spacing={6}>
          <List.Item>{t('shop.paidNext1')}</List.Item>
          <List.Item>{t('shop.paidNext2')}</List.Item>
          <List.Item>{t('shop.paidNext3')}</List.Item>
        </List>
      </Stack>
      <Group>
        <Button onClick={onNew}>{t('shop.newOrder')}</Button>
        <Button variant="default" component={Link} to="/fan">
          {t('shop.seeFan')}
        </Button>
      </Group>
    </Stack>
  );
};
