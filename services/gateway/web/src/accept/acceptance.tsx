import { Alert, Anchor, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FcodeProblem, memberApi } from '../api.ts';
import { CodeToUse } from '../friend/code-to-use.tsx';
import { useFormat } from '../language/use-format.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { PageHeading } from '../page-heading.tsx';
import { useMemberName } from '../personas/use-member-name.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { memberKey } from '../queries.ts';

/** What a link is no good for any more; to try again would change nothing. */
const finals = ['transfer_not_found', 'transfer_own', 'transfer_taken', 'transfer_over'] as const;
const finalOf = (error: unknown) =>
  error instanceof FcodeProblem ? finals.find((word) => word === error.word) : undefined;

/** What accepting means, and the button for it; then the code, and the way to the shop; or why there is none. */
export const Acceptance = ({ subject, name, token }: { subject: string; name: string; token: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { ofWord } = useProblemText();
  const nameOf = useMemberName();
  const queries = useQueryClient();
  const accept = useMutation({
    mutationFn: () => memberApi(subject).accept(token),
    onSettled: () => queries.invalidateQueries({ queryKey: memberKey(subject) }),
  });
  const toFan = (
    <Anchor component={Link} to="/fan">
      {t('home.toFan')}
    </Anchor>
  );

  if (accept.data) {
    const { from, until, code, skus } = accept.data;
    return (
      <Stack gap="lg" maw={640} mx="auto" data-testid="accepted">
        <Stack gap="sm">
          <PageHeading key="yours" page="accept">
            {t('accept.yours')}
          </PageHeading>
          <Text fz="lg">{t('accept.yoursText', { name: nameOf(from), date: format.moment(until) })}</Text>
        </Stack>
        <Paper withBorder p="lg">
          <Stack gap="lg">
            <CodeToUse code={code} sku={skus[0]} memberId={subject} />
            <Text size="sm" c="dimmed">
              {t('accept.buyAs', { name })}
            </Text>
          </Stack>
        </Paper>
        <Group>{toFan}</Group>
      </Stack>
    );
  }
  const final = finalOf(accept.error);
  if (final) {
    return (
      <Stack gap="lg" maw={640} mx="auto">
        <PageHeading key="refused" page="accept">
          {t(`accept.refused.${final}`)}
        </PageHeading>
        <Alert variant="light" role="alert" data-testid="refused">
          {ofWord(final)}
        </Alert>
        <Group>{toFan}</Group>
      </Stack>
    );
  }
  return (
    <Stack gap="lg" maw={640} mx="auto">
      <Stack gap="sm">
        <PageHeading page="accept">{t('accept.title')}</PageHeading>
        <Text fz="lg">{t('accept.what')}</Text>
      </Stack>
      <Paper withBorder p="lg">
        <Stack gap="md">
          <List spacing={6}>
            <List.Item>{t('accept.one')}</List.Item>
            <List.Item>{t('accept.back')}</List.Item>
          </List>
          {accept.error && <ProblemAlert error={accept.error} />}
          <Group>
            <Button size="lg" onClick={() => accept.mutate()} loading={accept.isPending}>
              {t('accept.accept')}
            </Button>
          </Group>
          <Text size="sm" c="dimmed">
            {t('accept.as', { name })}
          </Text>
        </Stack>
      </Paper>
    </Stack>
  );
};
