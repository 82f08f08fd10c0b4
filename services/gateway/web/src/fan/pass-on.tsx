import { Button, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { memberApi, type Transfer } from '../api.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { memberKey } from '../queries.ts';
import { PassOnDialog } from './pass-on-dialog.tsx';

interface PassOnProps {
  subject: string;
  name: string;
  campaignId: string;
  code: string;
  /** How the code is being passed on. */
  pass: Transfer | undefined;
  /** Whether it is what one would do next. */
  isNext: boolean;
}

/** Passes a code on to one friend; while it waits for the friend, shows the link again, or takes it back. */
export const PassOn = ({ subject, name, campaignId, code, pass, isNext }: PassOnProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const passButton = useRef<HTMLButtonElement>(null);
  const withdraw = useMutation({
    mutationFn: (transferId: string) => memberApi(subject).withdraw(transferId),
    onSettled: () => queries.invalidateQueries({ queryKey: memberKey(subject) }),
    // The button that was pressed goes with the offer; a keyboard goes on beside it.
    onSuccess: () => passButton.current?.focus(),
  });
  const offer = pass?.status === 'offered' ? pass : undefined;
  return (
    <>
      {(offer || pass === undefined) && (
        <Button
          ref={passButton}
          size="xs"
          variant={isNext && !offer ? 'filled' : 'default'}
          onClick={() => {
            withdraw.reset();
            setOpen(true);
          }}
          aria-label={t(offer ? 'pass.showLinkOf' : 'pass.codeOn', { code })}
        >
          {offer ? t('pass.showLink') : t('pass.on')}
        </Button>
      )}
      {offer && (
        <Button
          size="xs"
          variant="default"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate(offer.transferId)}
          aria-label={t('pass.withdrawCode', { code })}
        >
          {t('pass.withdraw')}
        </Button>
      )}
      {withdraw.error && (
        <Stack w="100%">
          <ProblemAlert error={withdraw.error} />
        </Stack>
      )}
      <PassOnDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        subject={subject}
        name={name}
        campaignId={campaignId}
        code={code}
        pass={pass}
      />
    </>
  );
};
