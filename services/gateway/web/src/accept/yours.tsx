import { Anchor, Group, Paper, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CodeToUse } from '../friend/code-to-use.tsx';
import { useFormat } from '../language/use-format.ts';
import { PageHeading } from '../page-heading.tsx';
import { useMemberName } from '../personas/use-member-name.ts';

interface YoursProps {
  /** Whose it is, and what they are called. */
  subject: string;
  name: string;
  code: string;
  from: string;
  until: string;
  sku: string | undefined;
}

/** The code that a friend has accepted, and the way to the shop. */
export const Yours = ({ subject, name, code, from, until, sku }: YoursProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useMemberName();
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
          <CodeToUse code={code} sku={sku} memberId={subject} />
          <Text size="sm" c="dimmed">
            {t('accept.buyAs', { name })}
          </Text>
        </Stack>
      </Paper>
      <Group>
        <Anchor component={Link} to="/fan">
          {t('home.toFan')}
        </Anchor>
      </Group>
    </Stack>
  );
};
