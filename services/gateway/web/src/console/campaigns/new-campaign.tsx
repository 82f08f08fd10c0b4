import { Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export const NewCampaign = (_: { subject: string }) => {
  const { t } = useTranslation();
  return <Title order={2}>{t('console.campaigns.title')}</Title>;
};
