import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { PageHeading } from './page-heading.tsx';

export const NotFoundPage = () => {
  const { t } = useTranslation();
  return (
    <Stack gap="md" py="xl">
      <PageHeading page="notFound">{t('notFound.title')}</PageHeading>
      <Text>{t('notFound.text')}</Text>
      <Group>
        <Button component={Link} to="/">
          {t('layout.home')}
        </Button>
        <Button component={Link} to="/fan" variant="default">
          {t('layout.fan')}
        </Button>
        <Button component={Link} to="/shop" variant="default">
          {t('layout.shop')}
        </Button>
      </Group>
    </Stack>
  );
};
