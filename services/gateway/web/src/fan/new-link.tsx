import { Button, CopyButton, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewLink as Wanted } from '../api.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { memberKey, newLinkQuery } from '../queries.ts';

interface NewLinkProps {
  subject: string;
  link: Wanted & { signedAs: string };
  campaignName: string;
  code: string | undefined;
}

/** The link, to be copied, shared or scanned. The code is added here, behind the `#`: the system never sees it there. */
export const NewLink = ({ subject, link, campaignName, code }: NewLinkProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(newLinkQuery(subject, link));
  const linkId = data?.linkId;
  useEffect(() => {
    if (linkId !== undefined) void queries.invalidateQueries({ queryKey: memberKey(subject) });
  }, [linkId, queries, subject]);

  if (error) return <ProblemAlert error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={320} role="status" aria-label={t('give.making')} />;

  const address = new URL(data.url, location.origin);
  if (code !== undefined) address.hash = code;
  const url = address.href;
  const text = code === undefined ? 'give.shareTextWithout' : 'give.shareText';
  const share = () =>
    // Whoever closes the sheet has changed their mind; that is no error.
    navigator.share({ url, text: t(text, { name: link.signedAs, campaign: campaignName }) }).catch(() => {});

  return (
    <Stack gap="sm" data-testid="new-link">
      <TextInput
        label={t('give.link')}
        value={url}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
      <Group gap="sm">
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button onClick={copy} aria-live="polite">
              {copied ? t('give.copied') : t('give.copy')}
            </Button>
          )}
        </CopyButton>
        {'share' in navigator && (
          <Button variant="default" onClick={() => void share()}>
            {t('give.share')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {code === undefined ? t('give.onceWithout') : t('give.once')}
      </Text>
      <Stack gap={4} align="center">
        <QRCodeSVG value={url} size={200} marginSize={2} title={t('give.qrTitle')} role="img" />
        <Text size="sm" c="dimmed">
          {t('give.qrHint')}
        </Text>
      </Stack>
    </Stack>
  );
};
