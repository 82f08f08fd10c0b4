import { Alert, Box, Button, Group, List, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../fan/dialog.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';

/** As many signs as the system keeps of a reason. */
export const reasonAtMost = 200;

interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** What follows from it, a sentence each. */
  consequences: string[];
  /** What the button says: the deed itself. */
  label: string;
  isForGood?: boolean;
  /** What the other button says, where "Cancel" would not be clear. */
  dismiss?: string;
  /** Asks why, where that is kept. */
  hasReason?: boolean;
  onConfirm: (reason: string) => Promise<unknown>;
  /** It is done. The dialog is closed, and what opened it may be gone: the focus must go somewhere. */
  onDone?: () => void;
}

/** What will follow, before it does; why; and then the deed. */
export const ConfirmDialog = ({
  isOpen,
  onClose,
  title,
  consequences,
  label,
  isForGood = false,
  dismiss,
  hasReason = false,
  onConfirm,
  onDone,
}: ConfirmDialogProps) => {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [wasSent, setWasSent] = useState(false);
  const deed = useMutation({ mutationFn: onConfirm });
  const close = () => {
    deed.reset();
    setReason('');
    setWasSent(false);
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    const why = reason.trim();
    if (hasReason && why === '') return;
    deed.mutate(why, {
      onSuccess: () => {
        close();
        onDone?.();
      },
    });
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={title}>
      <Box component="form" onSubmit={submit} noValidate>
        <Stack gap="md">
          {isForGood ? (
            <Alert color="orange" variant="light">
              <List spacing={6} size="sm">
                {consequences.map((text) => (
                  <List.Item key={text}>{text}</List.Item>
                ))}
              </List>
            </Alert>
          ) : (
            <List spacing={6}>
              {consequences.map((text) => (
                <List.Item key={text}>{text}</List.Item>
              ))}
            </List>
          )}
          {hasReason && (
            <TextInput
              label={t('console.reason')}
              description={t('console.reasonHint')}
              value={reason}
              maxLength={reasonAtMost}
              error={wasSent && reason.trim() === '' && t('console.grants.fault.reason')}
              onChange={(event) => setReason(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {deed.error && <ProblemAlert error={deed.error} />}
          <Group>
            <Button type="submit" loading={deed.isPending} {...(isForGood && { color: 'red.9' })}>
              {label}
            </Button>
            <Button variant="default" onClick={close}>
              {dismiss ?? t('console.cancel')}
            </Button>
          </Group>
        </Stack>
      </Box>
    </Dialog>
  );
};
