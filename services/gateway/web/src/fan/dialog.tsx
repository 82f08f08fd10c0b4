import { Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}

/** What a code is given away by. */
export const Dialog = ({ isOpen, onClose, title, children }: DialogProps) => {
  const { t } = useTranslation();
  return (
    <Modal.Root opened={isOpen} onClose={onClose} size="lg" centered>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body p="lg">
          <Stack gap="md">
            {/* Not Modal.Header: its <header> would be a second banner of the page. */}
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Modal.Title fz="lg" fw={650}>
                {title}
              </Modal.Title>
              <Modal.CloseButton aria-label={t('give.close')} />
            </Group>
            {children}
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
};
