import { Button, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keepToken } from '../session.ts';
import { useOps } from './use-ops.ts';

/** For whom nobody signs in here: a token of their identity provider. */
const TokenForm = () => {
  const { t } = useTranslation();
  const { choose } = useOps();
  const [token, setToken] = useState('');
  const [isBad, setBad] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const subject = keepToken(token.trim());
    setBad(subject === undefined);
    if (subject !== undefined) choose(subject);
  };
  return (
    <Paper p="lg" withBorder component="form" onSubmit={submit} maw={640}>
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('console.tokenTitle')}
        </Title>
        <Text c="dimmed">{t('console.tokenText')}</Text>
        <PasswordInput
          label={t('console.token')}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={isBad && t('console.tokenBad')}
          autoComplete="off"
          spellCheck={false}
        />
        <Group>
          <Button type="submit" disabled={token.trim() === ''}>
            {t('console.signIn')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
};

export const SignIn = () => {
  const { t } = useTranslation();
  const { people, nameOf, choose } = useOps();
  if (people.length === 0) return <TokenForm />;
  return (
    <Stack gap="sm">
      <Title order={2} size="h3">
        {t('console.you')}
      </Title>
      <Text c="dimmed">{t('console.youText')}</Text>
      <Group>
        {people.map(({ subject }) => (
          <Button key={subject} size="md" variant="default" onClick={() => choose(subject)} data-testid={subject}>
            {nameOf(subject)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
};
