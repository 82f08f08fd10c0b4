import { Alert, Grid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../page-heading.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { demoQuery } from '../queries.ts';
import { CallPanel } from './call-panel.tsx';
import { ShopCounter } from './shop-counter.tsx';

const ShopPage = () => {
  const { t } = useTranslation();
  const { data: demo, error, refetch } = useQuery(demoQuery);
  if (demo === null) {
    return (
      <Stack gap="lg">
        <PageHeading page="shop">{t('shop.title')}</PageHeading>
        <Alert title={t('personas.none')}>{t('personas.noneText')}</Alert>
      </Stack>
    );
  }
  const counter = () => {
    if (error) return <ProblemAlert error={error} onRetry={refetch} />;
    return demo ? <ShopCounter demo={demo} /> : <Skeleton height={420} />;
  };
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <PageHeading page="shop">{t('shop.title')}</PageHeading>
        <Text c="dimmed">{t('shop.lead')}</Text>
      </Stack>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>{counter()}</Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <CallPanel />
        </Grid.Col>
      </Grid>
    </Stack>
  );
};

export default ShopPage;
