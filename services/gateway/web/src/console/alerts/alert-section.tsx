import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { Page } from '../api.ts';
import classes from '../common/list.module.css';

interface AlertSectionProps<Item> {
  title: string;
  /** What it means, and what is to be done. */
  about: string;
  none: string;
  noneText: string;
  list: UseInfiniteQueryResult<InfiniteData<Page<Item>>>;
  row: (item: Item) => ReactNode;
}

/** Alerts of one kind, newest first. */
export const AlertSection = <Item,>({ title, about, none, noneText, list, row }: AlertSectionProps<Item>) => {
  const { t } = useTranslation();
  const id = useId();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = list;
  const items = data?.pages.flatMap((page) => page.items);
  const shown = () => {
    if (!items) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={120} />;
    if (items.length === 0) return <NothingYet title={none}>{noneText}</NothingYet>;
    return (
      <Paper withBorder component="ul" className={classes.rows ?? ''} aria-labelledby={id}>
        {items.map(row)}
      </Paper>
    );
  };
  return (
    <Stack gap="sm" component="section" aria-labelledby={id}>
      <Title order={3} size="h4" id={id}>
        {title}
      </Title>
      {items !== undefined && items.length > 0 && <Text maw={720}>{about}</Text>}
      {shown()}
      {hasNextPage && (
        <Group>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('console.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
};
