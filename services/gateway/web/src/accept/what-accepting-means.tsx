import { List } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';

/** Whose the code is, and until when. */
export const WhatAcceptingMeans = ({ until }: { until: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <List spacing={6}>
      <List.Item>{t('accept.one')}</List.Item>
      <List.Item>{t('accept.back', { date: format.moment(until) })}</List.Item>
    </List>
  );
};
