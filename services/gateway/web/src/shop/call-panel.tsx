import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { callLog } from '../calls.ts';
import { NothingYet } from '../nothing-yet.tsx';
import classes from './call-panel.module.css';
import { ShownCall } from './shown-call.tsx';

/** The shop's calls as they happen. Not a live region: the order says what matters, and this would talk over it. */
export const CallPanel = () => {
  const { t } = useTranslation();
  const calls = useSyncExternalStore(callLog.subscribe, callLog.calls);
  const list = useRef<HTMLOListElement>(null);
  const newest = calls.at(-1)?.id;

  useEffect(() => {
    if (newest !== undefined) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [newest]);

  return (
    <Paper p="lg" withBorder component="section" aria-labelledby="calls" className={classes.panel ?? ''}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Title order={2} size="h3" id="calls">
          {t('calls.title')}
        </Title>
        {calls.length > 0 && (
          <Button size="compact-sm" variant="subtle" flex="none" mr={-8} onClick={callLog.clear}>
            {t('calls.clear')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed" mt={4} mb="md">
        {t('calls.lead')}
      </Text>
      {calls.length === 0 ? (
        <NothingYet title={t('calls.none')}>{t('calls.noneText')}</NothingYet>
      ) : (
        <ol className={classes.calls} ref={list} aria-live="off" data-testid="calls">
          {calls.map((call) => (
            <ShownCall key={call.id} call={call} />
          ))}
        </ol>
      )}
    </Paper>
  );
};
