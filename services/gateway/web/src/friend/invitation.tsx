import { Alert, Paper, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Invite } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { PageHeading } from '../page-heading.tsx';
import { CodeToUse } from './code-to-use.tsx';
import { ProductFacts } from './product-facts.tsx';

/** Who invites, to what, until when; and the code. */
export const Invitation = ({ invite, code }: { invite: Invite; code: string | undefined }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { linkId, signedAs, hasCode } = invite;
  // The terms may be on their way still; the code counts all the same.
  const { name, skus, startsAt, endsAt, holdSeconds } = invite.campaign;
  const now = Date.now();
  const isEnded = endsAt !== undefined && Date.parse(endsAt) <= now;
  const isEarly = startsAt !== undefined && Date.parse(startsAt) > now;

  const notice = () => {
    if (isEnded) {
      return { title: t('friend.ended'), text: t('friend.endedText', { date: format.moment(endsAt) }) };
    }
    if (isEarly) {
      return { title: t('friend.notYet', { date: format.moment(startsAt) }), text: t('friend.notYetText') };
    }
    if (code !== undefined) return undefined;
    if (hasCode) return { title: t('friend.codeLost'), text: t('friend.codeLostText') };
    const text = signedAs === undefined ? t('friend.noCodeTextUnsigned') : t('friend.noCodeText', { name: signedAs });
    return { title: t('friend.noCode'), text };
  };
  const noticed = notice();
  const facts = [
    { what: t('friend.campaign'), value: name },
    { what: t('friend.product'), value: format.list(skus) },
    { what: t('friend.until'), value: endsAt && format.moment(endsAt) },
  ];

  return (
    <>
      <Stack gap="sm">
        <PageHeading page="friend">
          {signedAs === undefined ? t('friend.titleUnsigned') : t('friend.title', { name: signedAs })}
        </PageHeading>
        <Text fz="lg">{t('friend.what')}</Text>
      </Stack>
      <Paper withBorder p="lg" data-testid="invitation">
        <Stack gap="lg">
          <ProductFacts facts={facts} />
          {noticed && (
            <Alert variant="light" color={isEnded ? 'gray' : 'indigo'} title={noticed.title} data-testid="notice">
              {noticed.text}
            </Alert>
          )}
          {!isEnded && <CodeToUse code={code} inviteId={linkId} />}
          {!isEnded && !isEarly && holdSeconds !== undefined && (
            <Text size="sm" c="dimmed">
              {t('friend.held', { count: Math.max(1, Math.round(holdSeconds / 60)) })}
            </Text>
          )}
        </Stack>
      </Paper>
    </>
  );
};
