import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { PageHeading } from '../page-heading.tsx';
import { PersonaPicker } from '../personas/persona-picker.tsx';
import { demoQuery } from '../queries.ts';
import { Loop } from './loop.tsx';

export const HomePage = () => {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: demo } = useQuery(demoQuery);
  const points = [
    { title: t('home.onceTitle'), text: t('home.onceText') },
    { title: t('home.thanksTitle'), text: t('home.thanksText') },
  ];
  return (
    <Stack gap={48}>
      <Stack gap="md" pt={{ base: 0, sm: 'lg' }}>
        <PageHeading page="home">{t('home.title')}</PageHeading>
        <Text fz={{ base: 'md', sm: 'lg' }} maw={720}>
          {t('home.lead')}
        </Text>
        <Group mt="xs">
          <Button component={Link} to="/fan" size="md">
            {t('home.toFan')}
          </Button>
          <Button component={Link} to="/shop" size="md" variant="default">
            {t('home.toShop')}
          </Button>
          <Button component={Link} to="/ops" size="md" variant="subtle">
            {t('home.toOps')}
          </Button>
        </Group>
      </Stack>

      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {points.map(({ title, text }) => (
          <Paper key={title} p="lg" withBorder>
            <Title order={2} size="h3">
              {title}
            </Title>
            <Text mt={6}>{text}</Text>
          </Paper>
        ))}
      </SimpleGrid>

      {demo === null ? (
        <PersonaPicker />
      ) : (
        <Stack component="section" aria-labelledby="who" gap="sm">
          <Title order={2} id="who">
            {t('home.whoTitle')}
          </Title>
          <Text c="dimmed">{t('home.whoText')}</Text>
          <PersonaPicker onChosen={() => navigate('/fan')} />
        </Stack>
      )}

      <Stack component="section" aria-labelledby="loop" gap="sm">
        <Title order={2} id="loop">
          {t('home.loopTitle')}
        </Title>
        <Loop />
        <Text c="dimmed">{t('home.loopAgain')}</Text>
      </Stack>
    </Stack>
  );
};
