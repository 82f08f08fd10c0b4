import { Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Channel, channels, type MemberCode } from '../api.ts';
import { ShownCode } from '../shown-code.tsx';
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
    <Modal.Root opened={isOpen} onClose={onClose} size="lg" centered>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body p="lg">
          <Stack gap="md">
            {/* Not Modal.Header: its <header> would be a second banner of the page. */}
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Modal.Title fz="lg" fw={650}>
                {code ? t('give.title') : t('give.titleWithout', { name: campaignName })}
              </Modal.Title>
              <Modal.CloseButton aria-label={t('give.close')} />
            </Group>
            {code && <ShownCode code={code.code} large />}
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
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
};
