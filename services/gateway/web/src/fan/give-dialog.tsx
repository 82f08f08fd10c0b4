import { Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Channel, channels, type MemberCode } from '../api.ts';
import { ShownCode } from '../shown-code.tsx';
import { Dialog } from './dialog.tsx';
import { NewLink } from './new-link.tsx';

interface GiveDialogProps {
  isOpen: boolean;
  onClose: () => void;
  subject: string;
  name: string;
  campaignId: string;
  campaignName: string;
  /** Without it the link is an invitation only. */
  code?: MemberCode;
}

const isChannel = (text: string): text is Channel => channels.some((channel) => channel === text);

/** How is it passed on? Each channel has a link of its own, so that each can be counted. */
export const GiveDialog = ({ isOpen, onClose, subject, name, campaignId, campaignName, code }: GiveDialogProps) => {
  const { t } = useTranslation();
  const [channel, setChannel] = useState<Channel>();
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={code ? t('give.title') : t('give.titleWithout', { name: campaignName })}
    >
      {code && (
        <Stack gap="xs">
          <Text size="sm">{t('give.open')}</Text>
          <ShownCode code={code.code} large />
        </Stack>
      )}
      <Radio.Group
        label={t('give.how')}
        value={channel ?? ''}
        onChange={(chosen) => {
          if (isChannel(chosen)) setChannel(chosen);
        }}
      >
        <Stack gap={10} mt="xs">
          {channels.map((choice) => (
            <Radio key={choice} value={choice} label={t(`channel.${choice}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {channel === undefined ? (
        <Text size="sm" c="dimmed">
          {t('give.choose')}
        </Text>
      ) : (
        <NewLink
          subject={subject}
          link={{
            campaignId,
            channel,
            signedAs: name,
            ...(code && { code: { batch: code.batch, index: code.index } }),
          }}
          campaignName={campaignName}
          code={code?.code}
        />
      )}
    </Dialog>
  );
};
